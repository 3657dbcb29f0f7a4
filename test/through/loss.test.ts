import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Lab, startLab } from "../lab/lab";
import { type Relay, startRelay } from "../lab/relay";
import { seed } from "../policy/seed";
import { asUser, closeDoors, configure, makeUser, putDoor, SEQUENCE } from "./world";

/** Doors that are knocked at side by side. */
const HOSTS = 10;
const OPENINGS = 200;

/** What the client says of one; without tries where the door stayed shut. */
interface Opening {
  readonly open: boolean;
  readonly tries?: number;
}

/** Opens a lab's doors again and again, side by side, each as soon as it was closed; half of the times over IPv6. */
async function open(lab: Lab, count: number, args: readonly string[] = []): Promise<Opening[]> {
  const openings: Opening[] = [];
  const each = lab.hosts.map(async (host) => {
    for (let i = 0; i < count / lab.hosts.length; i++) {
      await closeDoors(host);
      const address = openings.length % 2 === 0 ? host.ipv4 : host.ipv6;
      const command = ["portknock", "knock", address, "--port", "22", "--json", ...args];
      openings.push(JSON.parse((await asUser(lab, command)).stdout) as Opening);
    }
  });
  await Promise.all(each);
  const counts = new Map<number | "none", number>();
  for (const { tries = "none" } of openings) counts.set(tries, (counts.get(tries) ?? 0) + 1);
  console.log(
    `${openings.length} openings: ${[...counts].map(([n, times]) => `${times} by try ${n}`).join(", ")}`,
  );
  return openings;
}

describe("over a path that is slow and loses packets", () => {
  let lab: Lab;
  let relay: Relay | undefined;

  beforeAll(async () => {
    lab = await startLab({ hosts: HOSTS });
    await makeUser(lab);
    await configure(lab, SEQUENCE);
    await Promise.all(lab.hosts.map((host) => putDoor(host, SEQUENCE)));
  });
  afterAll(() => lab?.stop());
  beforeEach(async () => {
    await relay?.stop();
    relay = undefined;
    await Promise.all(lab.hosts.map(closeDoors));
  });

  test(`${OPENINGS} openings in a row without a miss: 5 % loss and 200 ms each way, IPv4 and IPv6`, async () => {
    relay = await startRelay(lab, { delayMs: 200, lossPercent: 5, seed: seed() });
    const openings = await open(lab, OPENINGS);
    expect(openings.filter(({ open }) => open)).toHaveLength(OPENINGS);
    const lost = await relay?.stop();
    relay = undefined;
    expect(lost?.toHosts.lost).toBeGreaterThan(0);
    // Without the retries a fifth would have missed.
    expect(openings.some(({ tries }) => tries !== 1)).toBe(true);
  });

  test.each([["ipv4"], ["ipv6"]] as const)("ssh and rsync get in and stay in, over %s", async (family) => {
    relay = await startRelay(lab, { delayMs: 200, lossPercent: 5, seed: seed() });
    const [host, other] = [lab.host(1), lab.host(2)];
    const source = `${__dirname}/`;
    const target = family === "ipv4" ? other.ipv4 : `[${other.ipv6}]`;
    const [login, copy] = await Promise.all([
      asUser(lab, ["portknock", "ssh", host[family], "hostname"]),
      asUser(lab, [
        "rsync",
        "-e",
        "ssh -o 'ProxyCommand=portknock proxy %h %p'",
        "-a",
        source,
        `${target}:/root/`,
      ]),
    ]);
    expect(login).toEqual({ stdout: "h1\n", stderr: "", code: 0 });
    expect(copy).toMatchObject({ stderr: "", code: 0 });
    expect(await other.run(["ls", "/root"])).toContain("loss.test.ts");
  });
});

describe("over a path on which packets overtake each other", () => {
  /** Nothing but SYNs: a ping is waited for, and so keeps its place. */
  const sequence = "tcp/7001,tcp/7002,tcp/7003";
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab({ hosts: 4 });
    await makeUser(lab);
    await configure(lab, sequence);
    await Promise.all(lab.hosts.map((host) => putDoor(host, sequence)));
  });
  afterAll(() => lab?.stop());

  test("knocks sent at once miss; paced ones keep their order", async () => {
    const relay = await startRelay(lab, { delayMs: 5, jitterMs: 25, seed: seed() });
    const unpaced = await open(lab, 8, ["--delay", "0", "--timeout", "3"]);
    expect(unpaced.some(({ tries }) => tries !== 1)).toBe(true);
    const paced = await open(lab, 12);
    expect(paced.every(({ tries }) => tries === 1)).toBe(true);
    await relay.stop();
  });
});
