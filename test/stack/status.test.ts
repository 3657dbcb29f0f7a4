import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { HostStatus } from "../../provider/host/status/readStatus";
import { deleteRule } from "../lab/nft";
import { useStack } from "./useStack";
import { traces, webDoor } from "./world";

/** A door whose grants and stages last long enough to be read at leisure. */
const OPEN_FOR_SECONDS = 600;
const STEP_TIMEOUT_SECONDS = 60;
/** SSH is no knock here: whoever asks for the status would be locked out by it. */
const OPTIONS = {
  ignore: [{ protocol: "tcp", ports: [22] }],
  lockout: { wrongKnocks: 3, withinSeconds: 60, forSeconds: 900 },
};

describe.each([
  { variant: "nf_tables", family: "ipv4" },
  { variant: "legacy", family: "ipv6" },
  { variant: "nftables", family: "ipv4" },
] as const)("status over $family, with $variant", ({ variant, family }) => {
  const { lab, stack, host } = useStack({ variant });

  beforeAll(async () => {
    const ssh = join(lab.dir, "home/.ssh");
    await mkdir(ssh, { recursive: true });
    await writeFile(join(ssh, "known_hosts"), `${host.ipv4},${host.ipv6} ${host.hostKey}\n`);
    const times = { openForSeconds: OPEN_FOR_SECONDS, stepTimeoutSeconds: STEP_TIMEOUT_SECONDS };
    await stack.declare({ web: webDoor(lab, host, { ...times, ...OPTIONS }) });
    await stack.up();
  });

  const portknock = (...args: string[]) => stack.exec(["portknock", ...args]);

  async function read(...how: string[]): Promise<HostStatus> {
    const login = how.length > 0 ? how : [host[family], "-i", lab.privateKeyFile];
    const { stdout, stderr, code } = await portknock("status", ...login, "--json");
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const [only, ...more] = JSON.parse(stdout) as HostStatus[];
    if (only === undefined || more.length > 0) throw new Error("not the status of one host");
    return only;
  }

  /** Addresses of people whom the status is about. */
  const [walker, guest, stranger, intruder] =
    family === "ipv4"
      ? ["198.51.100.7", "198.51.100.8", "198.51.100.9", "198.51.100.10"]
      : ["2001:db8:51::7", "2001:db8:51::8", "2001:db8:51::9", "2001:db8:51::a"];

  const datagram = (from: string) =>
    lab.controller.run(["sh", "-c", `echo | nc -u -w 1 -s ${from} ${host[family]} 8101`]);
  const syn = (from: string, port: number) =>
    lab.controller.exec(["nc", "-z", "-w", "1", "-s", from, host[family], String(port)]);
  const everything = async () => [
    await traces(host),
    await host.run(["sh", "-c", "cat /proc/net/xt_recent/* /etc/portknock/* 2>/dev/null || true"]),
  ];

  test("who has knocked nothing is not there", async () => {
    for (const address of [walker, guest, stranger, intruder]) await lab.controller.addAddress(address);
    const { doors, hasClock } = await read();
    expect(hasClock).toBe(true);
    expect(doors).toMatchObject([
      {
        owner: "organization/program/test/web",
        services: ["TCP port 8080"],
        granted: [],
        underWay: [],
        lockedOut: [],
        drift: [],
      },
    ]);
  });

  /** Between which two times the walker knocked, on this machine's clock. */
  let walked = { from: 0, to: 0 };

  test("who has knocked once is under way, who has knocked twice is granted", async () => {
    const from = performance.now();
    await datagram(walker);
    walked = { from, to: performance.now() };
    await datagram(guest);
    await syn(guest, 7101);
    const { doors } = await read();
    expect(doors).toMatchObject([
      {
        underWay: [{ source: expanded(walker), stage: 1, of: 2 }],
        granted: [{ source: expanded(guest) }],
      },
    ]);
  });

  test("who has knocked wrong too often is locked out", async () => {
    for (const port of [9001, 9002, 9003]) await syn(intruder, port);
    const { doors } = await read();
    expect(doors[0]?.lockedOut).toMatchObject([{ source: expanded(intruder) }]);
    expect(doors[0]?.lockedOut[0]?.leftSeconds).toBeGreaterThan(880);
  });

  test("packets to the door are counted where they are dropped", async () => {
    const before = (await read()).doors[0]?.dropped[family] ?? Number.NaN;
    expect((await syn(stranger, 8080)).code).toBe(1);
    const sent = (await read()).doors[0]?.dropped[family];
    expect(sent).toBeGreaterThan(before);
    expect((await syn(guest, 8080)).code).toBe(0);
    expect((await read()).doors[0]?.dropped[family]).toBe(sent);
  });

  test("the kernel's ticks become the seconds that passed here", async () => {
    const asked = performance.now();
    const { doors } = await read();
    const answered = performance.now();
    const age = STEP_TIMEOUT_SECONDS - (doors[0]?.underWay[0]?.leftSeconds ?? Number.NaN);
    console.log(`age ${age} s; here ${(asked - walked.to) / 1000} to ${(answered - walked.from) / 1000} s`);
    // Two ticks of up to 10 ms: when the entry was made, and when the clock was read.
    expect(age).toBeGreaterThan((asked - walked.to) / 1000 - 0.02);
    expect(age).toBeLessThan((answered - walked.from) / 1000 + 0.02);
  });

  test("it is told to people, without a knock", async () => {
    const { stdout } = await portknock("status", host[family], "-i", lab.privateKeyFile);
    expect(stdout).toMatch(/^\S+: 1 door, gone after a reboot\n/);
    expect(stdout).toMatch(/^ {4}granted {4}\S+, 5\d\d\.\d s left\n/m);
    expect(stdout).toMatch(/^ {4}under way {2}\S+, 1 of 2 knocks, \d+\.\d s left\n/m);
    expect(stdout).toMatch(/^ {4}dropped {4}\d+ packets \(IPv4 \d+, IPv6 \d+\)\n/m);
    expect(stdout).not.toMatch(/8101|7101/);
  });

  test("drift is shown rule by rule, without a knock", async () => {
    const chain = `PK-${(await stack.doors())[0]?.id}`;
    const { drop, attempt } = variant === "nftables" ? nft : iptables;
    if (variant === "nftables") {
      await host.run(["sh", "-c", deleteRule(`ip portknock ${chain}`, "tcp dport 8080 counter .* drop")]);
      await host.run(["nft", `insert ${attempt(chain, "5353").replace(/^add /, "")}`]);
    } else {
      const tool = family === "ipv4" ? "iptables" : "ip6tables";
      await host.run([tool, ...drop(chain).replace(/^-A/, "-D").split(" ")]);
      await host.run([tool, ...attempt(chain, "5353").replace(/^-A/, "-I").split(" ")]);
    }
    expect((await read()).doors[0]?.drift).toEqual([
      `missing (${family}): ${drop(chain)}`,
      `unexpected (${family}): ${attempt(chain, "<knock>")}`,
    ]);
    // Against the state, which knows the sequence.
    expect((await read("--stack", "test")).doors[0]?.drift).toEqual([
      `missing (${family}): ${drop(chain)}`,
      `unexpected (${family}): ${attempt(chain, "<knock of another sequence>")}`,
    ]);
    await stack.refresh();
    await stack.up();
    expect((await read()).doors[0]?.drift).toEqual([]);
    expect((await read("--stack", "test")).doors[0]?.drift).toEqual([]);
  });

  test("nothing on the host changes by it", async () => {
    const before = await everything();
    await read();
    expect(await everything()).toEqual(before);
  });

  test("known_hosts is that of the home in passwd, wherever HOME is, as with ssh", async () => {
    const asked = ["portknock", "status", host[family], "-i", lab.privateKeyFile];
    const { stderr, code } = await stack.exec(["env", "HOME=/nowhere", ...asked]);
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  });

  test("a host whose key is not in known_hosts is not asked", async () => {
    await writeFile(join(lab.dir, "home/.ssh/known_hosts"), "");
    const { stderr, code } = await portknock("status", host[family], "-i", lab.privateKeyFile);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("which is not known") });
    // The stack has recorded it.
    expect((await read("--stack", "test", host.ipv4)).doors).toHaveLength(1);
  });
});

/** Rules as each firewall lists them. */
const iptables = {
  drop: (chain: string) => `-A ${chain} -p tcp -m tcp --dport 8080 -j DROP`,
  attempt: (chain: string, port: string) => `-A ${chain}-A -p udp -m udp --dport ${port} -j RETURN`,
};
const nft = {
  drop: (chain: string) => `add rule ip portknock ${chain} tcp dport 8080 counter drop`,
  attempt: (chain: string, port: string) => `add rule ip portknock ${chain}-A udp dport ${port} return`,
};

/** As the kernel writes an address into its lists (seq_printf's %pI6: no zeros are left out). */
function expanded(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail = ""] = address.split("::");
  const groups = [head, tail].map((part) => part.split(":"));
  const zeros = new Array<string>(8 - groups.flat().length).fill("0");
  return [...(groups[0] ?? []), ...zeros, ...(groups[1] ?? [])]
    .map((group) => group.padStart(4, "0"))
    .join(":");
}
