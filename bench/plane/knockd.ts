import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { World } from "../../test/kernel/world";

/** One door of three steps, whose opening nobody waits for. */
const CONFIGURATION = `[options]
	logfile = /dev/null
[door]
	sequence      = 7000:tcp,7001:udp,7002:tcp
	seq_timeout   = 60
	tcpflags      = syn
	start_command = true
`;

/** Starts knockd on a host. Returns what tells the nanoseconds of CPU time that it has taken so far. */
export async function startKnockd(world: World, host: string): Promise<() => number> {
  await world.run(host, ["sh", "-c", "cat >/run/knockd.conf"], CONFIGURATION);
  // The machine's /proc is mounted in a world, so this is the pid by which the machine knows it.
  const start = "read -r self _ </proc/self/stat; echo $self; exec knockd -i eth0 -c /run/knockd.conf";
  const lines = createInterface(world.spawn(host, ["sh", "-c", start]).stdout);
  const pid = await new Promise<string>((resolve, reject) => {
    lines.once("line", resolve);
    lines.once("close", () => reject(new Error("knockd does not start")));
  });
  // It listens once it has a packet socket for all protocols.
  while (!/^\S+ +\d+ +\d+ +0003 /m.test(await world.run(host, ["cat", "/proc/net/packet"])))
    readFileSync(`/proc/${pid}/stat`);
  return () => Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]);
}
