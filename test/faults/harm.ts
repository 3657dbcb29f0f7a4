import { setTimeout as pause } from "node:timers/promises";
import { killGroup } from "../lab/lab";
import { deleteRule } from "../lab/nft";
import { type Bench, OPERATIONS, type Operation, type State } from "./bench";

/** What faults do to a host and to the way to it, and how that is mended. */

/** In the switch, which has an nft table for it (faults.test.ts). */
export const nft = (verb: "add" | "delete", set: string) => async (bench: Bench) => {
  await bench.uplink().run(["nft", `${verb} element bridge faults ${set} { ${bench.rig.host.name} }`]);
};

export async function cutSessions(bench: Bench): Promise<void> {
  const pids = bench.pids("sshd: root");
  if (pids.length > 0) await bench.run(`kill -KILL ${pids.join(" ")} || :`);
}

/** Refuses new connections at once, so that there is time for what comes after; open ones stay. */
export const stopSshd = (bench: Bench): Promise<void> =>
  bench.run("kill $(cat /run/sshd.pid)", "while [ -e /run/sshd.pid ]; do sleep 0.01; done");
export const startSshd = (bench: Bench): Promise<void> => bench.run("sh /etc/ssh/restart.sh");

/** Every packet of the connections that are open now is answered by a reset, to both ends. */
export async function reset(bench: Bench): Promise<void> {
  const { address, lab } = bench;
  const peer = address.includes(":") ? `[${address}]` : address;
  const listed = await lab.controller.run(["ss", "-Htn", "state", "established", "dst", peer]);
  const ports = [...listed.matchAll(/\S+:(\d+)\s+\S+:22\b/g)].map(([, port]) => port);
  if (ports.length === 0) return;
  const reject = "-j REJECT --reject-with tcp-reset";
  for (const rule of [
    `INPUT -s ${address} -p tcp --sport 22 -m multiport --dports ${ports}`,
    `OUTPUT -d ${address} -p tcp --dport 22 -m multiport --sports ${ports}`,
  ])
    await lab.controller.run(["sh", "-c", `${iptablesFor(address)} -w 5 -A ${rule} ${reject}`]);
}

function iptablesFor(address: string): string {
  return address.includes(":") ? "ip6tables" : "iptables";
}

export async function unreset({ address, lab }: Bench): Promise<void> {
  const tool = iptablesFor(address);
  const rules = await lab.controller.run([tool, "-S"]);
  for (const rule of rules.split("\n").filter((line) => line.includes(` ${address}/`)))
    await lab.controller.run(["sh", "-c", `${tool} -w 5 ${rule.replace("-A", "-D")}`]);
}

export async function killTimer(bench: Bench): Promise<void> {
  await bench.run('kill -KILL "-$(cat /run/portknock/pending/pid)"');
}

/** An `up` before this one is killed once its rules are loaded. */
export const leaveUnconfirmed =
  (how: "with its timer" | "without its timer") =>
  async (bench: Bench): Promise<void> => {
    const [operation] = Object.entries(OPERATIONS).find(([, { from }]) => from === bench.state) ?? [];
    const onStop = async () => {
      if (how === "without its timer") await killTimer(bench);
      bench.driver.kill();
    };
    bench.rig.arm();
    const { isKilled } = await bench.operate(operation as Operation, { stopAt: "applied", onStop });
    if (!isKilled) throw new Error("the earlier up was not killed");
  };

/** The host's own chain drops what it does not name, and the door is to have it accept whom it lets in; nftables alone. */
export async function closeHost(bench: Bench): Promise<void> {
  bench.more = { manageMark: true };
  await bench.run(
    "nft add rule inet host input icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept",
    "nft add rule inet host input ip saddr 192.0.2.0/24 accept",
    "nft add rule inet host input ip6 saddr 2001:db8:2::/64 accept",
    "nft 'add chain inet host input { policy drop; }'",
  );
}

const MARK_RULE = '[^"]* accept comment "portknock"';

export async function openHost(bench: Bench): Promise<void> {
  bench.more = {};
  const chain = "inet host input";
  await bench.run(
    "nft 'add chain inet host input { policy accept; }'",
    `if nft list chain ${chain} | grep -q ' accept comment "portknock"'; then ${deleteRule(chain, MARK_RULE)}; fi`,
    deleteRule(chain, "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept"),
    deleteRule(chain, "ip saddr 192.0.2.0\\/24 accept"),
    deleteRule(chain, "ip6 saddr 2001:db8:2::\\/64 accept"),
  );
}

/** Whether the host's own chain has a rule for the mark, as it must where there is a door, and only there. */
export async function inspectMark(bench: Bench, state: State | undefined): Promise<string[]> {
  const listed = await bench.rig.host.run(["nft", "list", "chain", "inet", "host", "input"]);
  const count = listed.split(' accept comment "portknock"').length - 1;
  const wanted = state === "absent" ? 0 : 1;
  return count === wanted ? [] : [`${count} rules for the mark, in ${state}`];
}

const visits = new Map<Bench, Promise<string[]>>();

/** Another stack comes to the host, and need not be waited for. */
export function startVisit(bench: Bench): void {
  visits.set(bench, bench.visit());
}

export async function endVisit(bench: Bench): Promise<string[]> {
  return (await visits.get(bench)) ?? [];
}

/** From the next session on, the host's programs read the time of day off a file (faketime(1)). */
export async function fakeClock(bench: Bench): Promise<void> {
  await bench.run(
    "echo +0 >/etc/faults/clock",
    "library=$(dpkg -L libfaketime | grep /libfaketime.so.1)",
    "cp /etc/ssh/sshd_config /etc/faults/sshd_config",
    'sed -i "s|^SetEnv .*|& LD_PRELOAD=$library FAKETIME_TIMESTAMP_FILE=/etc/faults/clock FAKETIME_NO_CACHE=1|" /etc/ssh/sshd_config',
    "sh /etc/ssh/restart.sh",
  );
}

export async function realClock(bench: Bench): Promise<void> {
  await bench.run("mv /etc/faults/sshd_config /etc/ssh/sshd_config", "sh /etc/ssh/restart.sh");
}

/** The holder dies once apply.sh waits for it. */
export async function holdLock({ rig }: Bench): Promise<void> {
  const holder = rig.host.spawn([
    "sh",
    "-c",
    "umask 077; exec flock /run/portknock.lock sh -c 'echo held; sleep 600'",
  ]);
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  const endIt = async () => {
    while (!rig.calls().includes("apply/flock/1")) await pause(20);
    killGroup(holder);
  };
  endIt().catch(() => killGroup(holder));
}

/** /run is a tmpfs of its own on lab hosts; 4 KiB a page. */
export function fillRun(pages: number): string[] {
  return [
    "used=$(df -k --output=used /run | tail -n 1)",
    `mount -o "remount,size=$((used + 4 * ${pages}))k" /run`,
  ];
}

export const FREE_RUN = "mount -o remount,size=50% /run";

/** Puts what is stored on a small file system. */
export function fillStore(pages: number): string[] {
  return [
    "mkdir -p /etc/portknock /var/tmp/store",
    "mount -t tmpfs store /var/tmp/store",
    "cp -a /etc/portknock/. /var/tmp/store",
    "mount --move /var/tmp/store /etc/portknock",
    "used=$(df -k --output=used /etc/portknock | tail -n 1)",
    `mount -o "remount,size=$((used + 4 * ${pages}))k" /etc/portknock`,
  ];
}

export const FREE_STORE = [
  "rm -rf /var/tmp/store",
  "cp -a /etc/portknock /var/tmp/store",
  "umount /etc/portknock",
  "rm -rf /etc/portknock",
  '[ -z "$(ls /var/tmp/store)" ] || mv /var/tmp/store /etc/portknock',
];
