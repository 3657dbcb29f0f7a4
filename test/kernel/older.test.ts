import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Family, Policy, Step } from "../../provider/policy/types";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { iptables } from "../../provider/rules/iptables/backend";
import type { Ruleset } from "../../provider/rules/ir";
import { complete } from "../policy/complete";
import { addDoor } from "./host";
import { buildInjector, inject } from "./inject";
import { type Line, script as shots, tcp, udp } from "./script";
import { families, iptablesVariants, World } from "./world";

/**
 * Doors of the release before the chains of all doors beside doors of this one. What older/ has of that release are its
 * documents of one door, for tcp/2201 and then for tcp/2202, and the programs with which it put doors together.
 */

const OLDER = join(__dirname, "older");
const SCRIPTS = join(__dirname, "../../provider/host/scripts");
const times = { openForSeconds: 60, stepTimeoutSeconds: 60, ignore: [] };

const olderPolicy = complete({
  ...{ ...times, sequence: [tcp(7001), udp(7002)] },
  door: [{ protocol: "tcp", ports: [2201] }],
});
/** It has the first knock of the older door. */
const newer = complete({
  ...{ ...times, sequence: [tcp(7001), udp(7003), tcp(7004)] },
  door: [{ protocol: "tcp", ports: [2301] }],
});
const other = complete({
  ...{ ...times, sequence: [udp(7005), tcp(7006)] },
  door: [{ protocol: "tcp", ports: [2401] }],
});
/** As this release has it. */
const moved = compile(olderPolicy, identify("stack::older", "h1"));
const doors = {
  newer: compile(newer, identify("stack::newer", "h1")),
  other: compile(other, identify("stack::other", "h1")),
};

const TRIES: Readonly<Record<string, Step>> = { A: tcp(2201), a: tcp(2202), B: tcp(2301), C: tcp(2401) };
const olderDocument = (port: 2201 | 2202, family: Family) =>
  readFileSync(join(OLDER, `door-${port}.${family === "ipv4" ? "v4" : "v6"}`), "utf8");

describe.each(iptablesVariants)("a release without chains of all doors, %s", (variant) => {
  let world: World;
  let host = "";
  let hosts = 0;
  let sources = 0;

  beforeAll(async () => {
    await buildInjector();
    world = await World.start();
  });
  beforeEach(async () => {
    host = `h${hosts++}`;
    await world.addHosts([host]);
  });
  afterAll(() => world.stop());

  /** As the older release does it; no document takes the door away. */
  async function applyOlder(id: string, document: (family: Family) => string): Promise<void> {
    for (const family of families) {
      const tool = family === "ipv4" ? "iptables" : "ip6tables";
      const given = [OLDER, SCRIPTS, variant === "legacy" ? "legacy" : "nft", tool, id];
      await world.run(host, ["sh", join(OLDER, "apply.sh"), ...given], document(family));
    }
  }
  const applyNewer = (ruleset: Ruleset) => addDoor(world, host, variant, ruleset);

  /** Which doors a new source finds open, in both families: after these packets, of which a try at a door is no knock. */
  async function opened(...lines: readonly Line[]): Promise<string[]> {
    const source = ++sources;
    return await openTo(source, ...lines);
  }
  async function openTo(source: number, ...lines: readonly Line[]): Promise<string[]> {
    const tries = Object.entries(TRIES);
    const salvos = families.map((family) => ({
      ...{ host, family, source },
      shots: shots(...lines, ...tries.map(([, step]) => step)),
    }));
    const sent = await inject(world, salvos);
    return sent.map((all) => {
      const answers = all.slice(-tries.length);
      return tries.flatMap(([name], index) => (answers[index]?.answer === "reset" ? [name] : [])).join("");
    });
  }

  async function lines(): Promise<{ readonly [F in Family]: readonly string[] }> {
    const [one = [], two = []] = await Promise.all(
      families.map(async (family) => (await world.save(host, variant, family)).split("\n")),
    );
    const ours = (all: readonly string[]) =>
      all
        .filter((line) => /^-A (INPUT|PORTKNOCK|PK-)/.test(line))
        .map((line) => line.replace(/^-A INPUT/, "-I INPUT 1"));
    return { ipv4: ours(one), ipv6: ours(two) };
  }
  async function isAsWanted(ruleset: Ruleset, policy: Policy): Promise<boolean> {
    return iptables.compare(ruleset, policy, await lines()).isEqual;
  }

  const both = (text: string) => [text, text];
  const [A, B, C] = [tcp(2201), tcp(2301), tcp(2401)];
  const openA: Line[] = [tcp(7001), B, udp(7002)];
  /** With tries at other doors in between. */
  const openB = (...tries: Line[]): Line[] => [tcp(7001), ...tries, udp(7003), ...tries, tcp(7004)];
  const openC = (...tries: Line[]): Line[] => [udp(7005), ...tries, tcp(7006)];
  const olderId = moved.identity.id;

  test("its door, and a door of this one that comes beside it: both work, and are closed without their knocks", async () => {
    for (const family of families) await world.restore(host, variant, family, olderDocument(2201, family));
    await applyNewer(doors.newer);
    // Where nothing listens, a port that is open answers, and 2202 and 2401 have no door.
    expect(await opened()).toEqual(both("aC"));
    expect(await opened(...openA)).toEqual(both("AaC"));
    expect(await opened(...openB(A))).toEqual(both("aBC"));
    expect(await opened(...openA, ...openB(A))).toEqual(both("AaBC"));
    expect(await isAsWanted(doors.newer, newer)).toBe(true);
    expect(await isAsWanted(moved, olderPolicy)).toBe(false);
  });

  test("its door is updated by this one: it moves, who has a grant keeps it, and nothing is left", async () => {
    await applyOlder(olderId, (family) => olderDocument(2201, family));
    await applyNewer(doors.newer);
    const source = ++sources;
    expect(await openTo(source, ...openA)).toEqual(both("AaC"));
    await applyNewer(moved);
    expect(await openTo(source)).toEqual(both("AaC"));
    expect(await opened()).toEqual(both("aC"));
    expect(await opened(...openA, ...openB(A))).toEqual(both("AaBC"));
    const held = await lines();
    for (const family of families) {
      expect(
        held[family].filter((line) => line.startsWith("-A PORTKNOCK") && line.includes(olderId)),
      ).toEqual([]);
      const document = olderDocument(2201, family).split("\n");
      const ofDispatcher = document.filter(
        (line) => line.startsWith("-A PORTKNOCK") && !line.includes("! -p"),
      );
      expect(held[family].filter((line) => ofDispatcher.includes(line))).toEqual([]);
    }
    expect(await isAsWanted(moved, olderPolicy)).toBe(true);
    expect(await isAsWanted(doors.newer, newer)).toBe(true);
  });

  test("it adds, updates and removes a door beside doors of this one, which keep working", async () => {
    await applyNewer(doors.newer);
    await applyNewer(doors.other);
    const others = async (with2201: string, with2202: string, ofA: string, ...tries: Line[]) => {
      expect(await opened()).toEqual(both(with2201 + with2202));
      expect(await opened(...openA)).toEqual(both(ofA));
      expect(await opened(...openB(C, ...tries))).toEqual(both(`${with2201}${with2202}B`));
      expect(await opened(...openC(B, ...tries))).toEqual(both(`${with2201}${with2202}C`));
    };
    await applyOlder(olderId, (family) => olderDocument(2201, family));
    await others("", "a", "Aa", A);
    await applyOlder(olderId, (family) => olderDocument(2202, family));
    await others("A", "", "Aa", tcp(2202));
    await applyOlder(olderId, () => "");
    await others("A", "a", "Aa");
    await applyNewer(doors.newer);
    for (const [ruleset, policy] of [
      [doors.newer, newer],
      [doors.other, other],
    ] as const)
      expect(iptables.compare(ruleset, policy, await lines()).isEqual).toBe(true);
  });

  test("it can neither update nor remove a door that has moved, and changes nothing", async () => {
    await applyNewer(doors.newer);
    await applyNewer(moved);
    const before = await lines();
    await expect(applyOlder(olderId, (family) => olderDocument(2201, family))).rejects.toThrow(
      "tcp/2201 belongs to the door (merged)",
    );
    await expect(applyOlder(olderId, () => "")).rejects.toThrow();
    expect(await lines()).toEqual(before);
    expect(await opened(...openA)).toEqual(both("AaC"));
  });
});
