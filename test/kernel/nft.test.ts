import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../provider/rules/compile";
import type { DoorSecrets } from "../../provider/rules/doorSecrets";
import { identify } from "../../provider/rules/identity";
import type { Rule, Ruleset } from "../../provider/rules/ir";
import { nftables } from "../../provider/rules/nftables/backend";
import { normalForm, readListing } from "../../provider/rules/nftables/listing";
import { cases } from "../golden/cases";
import { policies } from "../policy/arbitrary";
import { seed } from "../policy/seed";
import { possibleOn } from "./host";
import { World } from "./world";

const { compare, documents, lower, redactedLines } = nftables;
const identity = identify("stack::door", "h1");
const POLICIES = 25;

/** nft 0.9.8 reads no socket, which the input is: a pipe. */
const LOAD = `
document=$(cat)
load() { printf '%s\\n' "$document" | "$0" -f - && TZ=UTC "$0" list ruleset; }
"$0" flush ruleset && load && echo ---- && load`;

/** Debian 11, 12 and 13: nft 0.9.8, 1.0.6, 1.1.3. */
describe.each(["bullseye", "bookworm", "trixie"])("loaded and read back by nft of %s", (release) => {
  let world: World;
  let nft: string;

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)("bash", [join(__dirname, "nftReleases.sh"), release]);
    nft = stdout.trim();
    world = await World.start();
    await world.addHosts(["h1"]);
  });
  afterAll(() => world.stop());

  /** What the host lists after a document was loaded once, and again. */
  async function load(text: string): Promise<[string, string]> {
    const [once = "", again = ""] = (await world.run("h1", ["sh", "-c", LOAD, nft], text)).split("----\n");
    return [once, again];
  }

  async function expectReadBack(ruleset: Ruleset, secrets: DoorSecrets, about: unknown): Promise<void> {
    for (const { text } of documents(ruleset)) {
      const [observed, again] = (await load(text)).map(readListing);
      const { isPresent, isEqual, lines } = compare(ruleset, secrets, observed ?? {});
      expect({ isPresent, isEqual, lines, about }).toEqual({
        ...{ isPresent: true, isEqual: true, about },
        lines: redactedLines(ruleset, secrets),
      });
      expect(again).toEqual(observed);
    }
  }

  test(`${POLICIES} random policies`, async () => {
    for (const drawn of fc.sample(policies(), { seed: seed(), numRuns: POLICIES })) {
      const policy = possibleOn("nftables", drawn);
      await expectReadBack(compile(policy, identity), policy, policy);
    }
  });

  test.each(cases)("$name", ({ ruleset, knocks }) => expectReadBack(ruleset, knocks, ""));

  test("each rule is read as the rule that it was", async () => {
    for (const { ruleset } of cases) {
      const [text = ""] = documents(ruleset).map((document) => document.text);
      const { ipv4, ipv6 } = readListing((await load(text))[0]);
      const read = (lines: readonly string[], family: "ipv4" | "ipv6"): Rule[] =>
        lines.flatMap((line) => nftables.parseRule(normalForm(line), ruleset.identity, family) ?? []);
      const rules = [...read(ipv4, "ipv4"), ...read(ipv6, "ipv6")];
      const count = lower(ruleset).rules.length;
      expect(rules.length).toBeGreaterThanOrEqual(count);
    }
  });

  /** As apply/nft.sh does it: of several in one call, nft 1.1.3 does the last. */
  test("tokens are made good by a call each", async () => {
    const quotas = ["ip portknock pk4-a", "ip portknock pk4-b", "ip6 portknock pk6-a"];
    const document = quotas.flatMap((quota) => [
      `add table ${quota.split(" ").slice(0, 2).join(" ")}`,
      `add quota ${quota} { 119 bytes used 119 bytes }`,
    ]);
    const resets = quotas.map((quota) => `"$0" reset quota ${quota} >/dev/null`).join(" && ");
    const listed = await world.run(
      "h1",
      ["sh", "-c", `"$0" flush ruleset; cat | "$0" -f - && ${resets} && "$0" list ruleset`, nft],
      `${document.join("\n")}\n`,
    );
    expect(listed.match(/119 bytes(?! used [1-9])/g)).toHaveLength(quotas.length);
  });

  const limits = Array.from({ length: 100 }, (_, index): Rule => {
    return {
      chain: { kind: "door" },
      tests: [{ kind: "limit", perMinute: 1 + 6 * index }],
      verdict: { kind: "return" },
    };
  });
  const rates = Array.from({ length: 60 }, (_, index): Rule => {
    const rate = { connectionsPerMinute: 1 + 101 * index, burst: 1 + (index % 100) };
    return { chain: { kind: "door" }, tests: [{ kind: "rate", ...rate }], verdict: { kind: "return" } };
  });

  test("limits and rates are read back as it was written", async () => {
    const ruleset: Ruleset = {
      identity,
      families: ["ipv4", "ipv6"],
      rules: [...limits, ...rates],
      lists: [],
    };
    await expectReadBack(ruleset, {}, "");
  });
});
