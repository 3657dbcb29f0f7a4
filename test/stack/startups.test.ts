import { beforeAll, describe, expect, test } from "vitest";
import type { Host } from "../lab/lab";
import { useStack } from "./useStack";
import { prepareHosts, sshDoor, webDoor } from "./world";

const BEHIND = 32;
/** OpenSSH's default, in place of the lab's: the 11th connection without a login is dropped with a chance of 30 %. */
const DEFAULT_STARTUPS = [
  "sed -i 's/^MaxStartups .*/MaxStartups 10:30:100/' /etc/ssh/sshd_config",
  "echo LogLevel VERBOSE >>/etc/ssh/sshd_config",
].join("; ");
const TCP_STEPS = [
  { protocol: "tcp", port: 7201 },
  { protocol: "tcp", port: 7202 },
];

describe("an sshd with the default of MaxStartups drops nobody", () => {
  const { lab, stack } = useStack({ hosts: BEHIND + 1 });
  let bastion: Host;

  beforeAll(async () => {
    bastion = lab.host(BEHIND + 1);
    await prepareHosts(
      lab,
      lab.hosts.map(() => DEFAULT_STARTUPS),
    );
  });

  test(`a bastion with ${BEHIND} hosts behind it, all at once`, async () => {
    const proxy = { host: bastion.ipv4, privateKey: lab.privateKey, hostKey: bastion.hostKey };
    await stack.declare(
      Object.fromEntries(
        lab.hosts.slice(0, BEHIND).map((host) => {
          const connection = { host: host.ipv4, privateKey: lab.privateKey, proxy };
          return [host.name, sshDoor(lab, host, { connection, sequence: TCP_STEPS })];
        }),
      ),
    );
    await stack.up("--parallel", "64");
    await stack.refresh("--expect-no-changes", "--parallel", "64");
    await stack.destroy("--parallel", "64");
    for (const host of lab.hosts) expect(await dropped(host), host.name).toBe("");
    // Those who wait for a turn share the connection of those who have one.
    expect(Number(await bastion.run(["grep", "-c", "Accepted publickey", "/var/log/sshd.log"]))).toBeLessThan(
      10,
    );
  });

  test("twelve doors of one host, all at once", async () => {
    const host = lab.host();
    await stack.declare(
      Object.fromEntries(
        Array.from({ length: 12 }, (_, n) => [
          `web${n}`,
          webDoor(lab, host, { door: [{ protocol: "tcp", ports: [9000 + n] }] }),
        ]),
      ),
    );
    await stack.up("--parallel", "64");
    await stack.refresh("--expect-no-changes", "--parallel", "64");
    await stack.destroy("--parallel", "64");
    expect(await dropped(host)).toBe("");
  });
});

/** What sshd says of connections that it dropped since too many had not logged in. */
async function dropped(host: Host): Promise<string> {
  return (await host.exec(["grep", "-E", "drop connection|MaxStartups", "/var/log/sshd.log"])).stdout;
}
