import { join } from "node:path";
import { createInterface } from "node:readline";
import { beforeAll, describe, expect, test } from "vitest";
import { formatSequence } from "../../provider/policy/text";
import type { Sequence } from "../../provider/policy/types";
import { type Host, killGroup } from "../lab/lab";
import { leaks } from "./leaks";
import { REPOSITORY } from "./stack";
import { useStack } from "./useStack";
import { connection } from "./world";

const HOSTS = 8;
const OVERLAP_SECONDS = 30;
const NAMES = Array.from({ length: HOSTS }, (_, index) => `h${index + 1}`);

/** Longer than a grant, so that each round of the knocker needs one of its own. */
const ROUND_MS = 2_300;
const OPEN_FOR_SECONDS = 2;

interface Outputs {
  current: Sequence;
  previous?: { sequence: Sequence; acceptUntil: string };
  generation: number;
  derivation?: { subkey: string };
}

interface Round {
  host: string;
  atMs: number;
  isOpen: boolean;
}

/** A host that knocks at all others without a pause, with sequences that it was once told. */
class Knocker {
  readonly rounds: Round[] = [];
  private readonly child;

  constructor(node: Host, targets: readonly { host: string; sequence: Sequence }[]) {
    this.child = node.spawn(["node", join(__dirname, "fleet/knocker.cjs")]);
    createInterface(this.child.stdout).on("line", (line) => this.rounds.push(JSON.parse(line) as Round));
    const order = { compiled: join(REPOSITORY, "dist"), targets, roundMs: ROUND_MS };
    this.child.stdin.write(`${JSON.stringify(order)}\n`);
  }

  /** What became of the next rounds at every host. */
  async next(count: number): Promise<Round[]> {
    const from = this.rounds.length;
    const since = () => this.rounds.slice(from);
    const fewest = () =>
      Math.min(
        ...[...new Set(this.rounds.map(({ host }) => host))].map(
          (host) => since().filter((round) => round.host === host).length,
        ),
      );
    await expect.poll(fewest, { timeout: 30_000 }).toBeGreaterThanOrEqual(count);
    return since();
  }

  end(): void {
    killGroup(this.child);
  }
}

describe("a fleet whose sequences rotate", () => {
  const { lab, stack } = useStack({ hosts: HOSTS + 1, program: "fleet" });
  let client: Host;
  let keepers = {};
  const printed: string[] = [];
  const known: number[] = [];

  beforeAll(async () => {
    client = lab.host(HOSTS + 1);
    await declare();
    await up();
  });

  const door = (host: Host) => ({
    connection: connection(lab, host, { dialErrorLimit: 4 }),
    door: [{ protocol: "tcp", ports: [22] }],
    openForSeconds: OPEN_FOR_SECONDS,
    stepTimeoutSeconds: 60,
    rollbackAfterSeconds: 15,
  });

  /** Above the ports that the system hands out by itself, so that no log has them by chance. */
  const PORTS = ["61100-65500"];
  /** A preview shows the ends of the range, so no sequence may have them. */
  const exclude = [61_100, 65_500];

  async function declare(overlap = `${OVERLAP_SECONDS}s`): Promise<void> {
    const sequence = { overlap, keepers, ports: PORTS, exclude, protocols: ["tcp", "udp"] };
    await stack.declare(
      Object.fromEntries(NAMES.map((name, index) => [name, { sequence, door: door(lab.host(index + 1)) }])),
    );
  }

  async function up(...flags: string[]): Promise<string> {
    const text = await stack.up(...flags);
    printed.push(text);
    return text;
  }

  async function outputs(): Promise<Record<string, Outputs>> {
    const text = await stack.must("stack", "output", "doors", "--json", "--show-secrets");
    const all = JSON.parse(text.slice(text.indexOf("{"))) as Record<string, Outputs>;
    for (const { current } of Object.values(all))
      known.push(...current.flatMap((step) => (step.protocol === "icmp" ? [] : [step.port])));
    return all;
  }

  async function send(from: Host, to: Host, steps: Sequence = []): Promise<void> {
    const code = `require(${JSON.stringify(join(REPOSITORY, "dist/knock/send.js"))}).sendSequence(
      { address: "${to.ipv4}", family: 4 }, ${JSON.stringify(steps)})`;
    await from.run(["node", "-e", code]);
  }

  const targetsOf = (all: Record<string, Outputs>) =>
    NAMES.map((name, index) => ({
      host: lab.host(index + 1).ipv4,
      sequence: all[name]?.current ?? [],
    }));

  const areAll = (rounds: readonly Round[], isOpen: boolean) =>
    expect(rounds.filter((round) => round.isOpen !== isOpen)).toEqual([]);

  const endings = () =>
    Promise.all(
      NAMES.map(async (_, index) => /--datestop/.test((await lab.host(index + 1).firewall()).ipv4)),
    );

  test("up twice changes nothing", async () => {
    expect(await up("--expect-no-changes")).toMatch(/\d+ unchanged/);
  });

  test("a preview shows a rotation as such, and which rules it changes", async () => {
    keepers = { reason: "a test" };
    await declare();
    const preview = await stack.preview();
    printed.push(preview);
    // After them the program's own outputs are listed, with the rules once more.
    const [shown = ""] = preview.split("--outputs:--");
    expect(shown.match(/~ generation +: 1 => 2/g)).toHaveLength(HOSTS);
    expect(shown.match(/~ sequenceRevision +: 1 => 2/g)).toHaveLength(HOSTS);
    expect(shown).toMatch(/\+ \[\d+\]: "-A PK-[0-9a-f]{10}-B -p tcp -m tcp --dport <knock 1> .*"/);
    expect(shown).toMatch(/"-A PK-[0-9a-f]{10} -p udp -m time --datestop \S+ -j PK-[0-9a-f]{10}-A"/);
    // For each host, the old sequence gets an end, and the new one is added; nothing else.
    const lines = [...shown.matchAll(/^ *([~+-]) \[\d+\]: ("-A .*)$/gm)].map(([, sign, line = ""]) => ({
      sign,
      line,
    }));
    const ends = lines.filter(({ sign }) => sign === "~").map(({ line }) => line);
    expect(ends).toHaveLength(3 * HOSTS);
    for (const line of ends) expect(line).toMatch(/^"(.*) -j (\S+)" => "\1 -m time --datestop \S+ -j \2"$/);
    const added = lines.filter(({ sign }) => sign !== "~");
    expect(added.length).toBeGreaterThan(15 * HOSTS);
    const isNew =
      /^\+"-A PK-(\w+(-B\d* |.* -j PK-\w+-B")|000000000\d(-f\w+|-ping)? .*(<first knocks>|<knock 1>|-ping"))/;
    for (const { sign, line } of added) expect(sign + line).toMatch(isNew);
  });

  test("while 8 hosts rotate, a client that was told of nothing gets in everywhere, at every time", async () => {
    const before = await outputs();
    const knocker = new Knocker(client, targetsOf(before));
    areAll(await knocker.next(1), true);
    await up();
    const after = await outputs();
    areAll(await knocker.next(1), true);
    const endsMs = NAMES.map((name) => Date.parse(after[name]?.previous?.acceptUntil ?? ""));
    expect(Math.min(...endsMs)).toBeGreaterThan(Date.now());
    await expect
      .poll(() => Date.now(), { timeout: 60_000, interval: 250 })
      .toBeGreaterThan(Math.max(...endsMs) + 1_000);
    const during = knocker.rounds.filter(({ atMs }) => atMs < Math.min(...endsMs) - 1_000);
    expect(during.length).toBeGreaterThan(3 * HOSTS);
    areAll(during, true);
    await knocker.next(1);
    areAll(await knocker.next(2), false);
    knocker.end();
    const fresh = new Knocker(client, targetsOf(after));
    areAll(await fresh.next(1), true);
    fresh.end();
  });

  test("the next up removes what is over", async () => {
    expect(await endings()).toEqual(NAMES.map(() => true));
    const shown = await stack.preview();
    printed.push(shown);
    expect(shown.match(/- previous +: \[secret\]/g)).toHaveLength(HOSTS);
    expect(shown).not.toMatch(/=> ".*--datestop/);
    await up();
    expect(await endings()).toEqual(NAMES.map(() => false));
    await up("--expect-no-changes");
  });

  test("an up that is killed between hosts leaves all of them reachable, and the next one finishes", async () => {
    keepers = { reason: "another test" };
    await declare();
    const before = await outputs();
    const [steps, further] = [before.h1?.current.slice(0, 2), before.h1?.current.slice(2)];
    await send(lab.host(2), lab.host(1), steps);
    const child = stack.spawn([
      "pulumi",
      "up",
      "--yes",
      "--skip-preview",
      "--parallel",
      "1",
      "--non-interactive",
    ]);
    const count = async () => (await endings()).filter(Boolean).length;
    await expect.poll(count, { timeout: 60_000, interval: 200 }).toBeGreaterThanOrEqual(3);
    killGroup(child);
    expect(await count()).toBeLessThan(HOSTS);
    const knocker = new Knocker(client, targetsOf(before));
    areAll(await knocker.next(1), true);
    knocker.end();
    await stack.must("cancel", "--yes");
    await up();
    // Who was half way through the old sequence when the new one came still is.
    await send(lab.host(2), lab.host(1), further);
    expect((await lab.host(2).exec(["nc", "-z", "-w", "1", lab.host(1).ipv4, "22"])).code).toBe(0);
    expect(await endings()).toEqual(NAMES.map(() => true));
    const fresh = new Knocker(client, targetsOf(await outputs()));
    areAll(await fresh.next(1), true);
    fresh.end();
  });

  test("after a suspected leak one command rotates at once, and no earlier sequence opens", async () => {
    const before = await outputs();
    const urns = (await stack.export()).deployment.resources ?? [];
    const replace = urns
      .filter(({ type }) => type.endsWith(":KnockSequence"))
      .flatMap(({ urn }) => ["--replace", urn]);
    await up(...replace);
    expect(await endings()).toEqual(NAMES.map(() => false));
    const old = new Knocker(client, targetsOf(before));
    await old.next(1);
    areAll(await old.next(1), false);
    old.end();
    const after = await outputs();
    for (const name of NAMES)
      expect(formatSequence(after[name]?.current ?? [])).not.toBe(
        formatSequence(before[name]?.current ?? []),
      );
    const fresh = new Knocker(client, targetsOf(after));
    areAll(await fresh.next(1), true);
    fresh.end();
  });

  test("no sequence of all these was printed, or stands in the state", async () => {
    expect(known.length).toBeGreaterThanOrEqual(3 * 4 * HOSTS);
    for (const text of printed) expect(leaks(text, [], known)).toEqual([]);
    for (const [path, text] of await stack.files()) expect(leaks(text, [], known), path).toEqual([]);
  });
});
