import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Lab, startLab } from "../lab/lab";
import { type Path, type Relay, startRelay } from "../lab/relay";
import { seed } from "../policy/seed";
import { asUser, closeDoors, configure, makeUser, putDoor, SEQUENCE } from "./world";

/** Doors that are knocked at side by side. */
const HOSTS = 10;
const OPENINGS = 200;

interface Opening {
  readonly open: boolean;
  readonly address: string;
  readonly tries: number;
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

  /** Opens the doors again and again, each as soon as it was closed; every second time over IPv6. */
  async function open(count: number, path: Omit<Path, "seed">, args: readonly string[] = []) {
    relay = await startRelay(lab, { ...path, seed: seed() });
    const openings: Opening[] = [];
    const each = lab.hosts.map(async (host) => {
      for (let i = 0; i < count / HOSTS; i++) {
        await closeDoors(host);
        const address = i % 2 === 0 ? host.ipv4 : host.ipv6;
        const command = ["portknock", "knock", address, "--port", "22", "--json", ...args];
        const { stdout, stderr } = await asUser(lab, command);
        expect(stderr).toBe("");
        openings.push(JSON.parse(stdout) as Opening);
      }
    });
    await Promise.all(each);
    const tries = new Map<number, number>();
    for (const opening of openings) tries.set(opening.tries, (tries.get(opening.tries) ?? 0) + 1);
    const counts = [...tries].sort(([a], [b]) => a - b).map(([n, times]) => `${times} by try ${n}`);
    console.log(`${openings.length} openings: ${counts.join(", ")}`);
    return { openings, tries };
  }

  test(`${OPENINGS} openings in a row without a miss: 5 % loss and 200 ms each way, IPv4 and IPv6`, async () => {
    const { openings, tries } = await open(OPENINGS, { delayMs: 200, lossPercent: 5 });
    expect(openings.filter(({ open }) => open)).toHaveLength(OPENINGS);
    const lost = await relay?.stop();
    relay = undefined;
    expect(lost?.toHosts.lost).toBeGreaterThan(0);
    // Without the retries a fifth would have missed.
    expect(tries.size).toBeGreaterThan(1);
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

  test("knocks that overtake each other are knocked again; paced ones keep their order", async () => {
    const path = { delayMs: 5, jitterMs: 25 };
    const unpaced = await open(HOSTS, path, ["--delay", "0"]);
    expect(unpaced.tries.size).toBeGreaterThan(1);
    await relay?.stop();
    const paced = await open(20, path);
    expect([...paced.tries]).toEqual([[1, 20]]);
  });
});
