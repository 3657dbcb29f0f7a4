import { formatStep, parseSequence } from "../../provider/policy/text";
import type { Family } from "../../provider/policy/types";
import type { Backend, ListEntry, Observed } from "../../provider/rules/backend";
import { hostChains, isShared } from "../../provider/rules/dispatcher";
import { bitsOf, ruleIn, rulesIn } from "../../provider/rules/families";
import type { Chain, Identity, List, Move, Rule, Ruleset, Test, Verdict } from "../../provider/rules/ir";
import { compare } from "../../provider/rules/lines/compare";
import { driftOf } from "../../provider/rules/lines/drift";
import { fromSyntax } from "../../provider/rules/lines/lineBackend";
import type { LineSyntax, MergedSyntax, WriteSecret } from "../../provider/rules/lines/syntax";

/**
 * A second backend, of a firewall that does not exist: rules are JSON after the name of their chain, one document is for
 * both families, lists grow as they need to, and the host tells ages in seconds. It shows that nothing outside of a
 * backend knows a firewall's language.
 */

const FAMILIES = ["ipv4", "ipv6"] as const;
type Id = Pick<Identity, "id">;

const chainName = (chain: Chain, { id }: Id) => `${isShared(chain) ? "all" : id}:${JSON.stringify(chain)}`;

/** A name's owner and what it is the name of. */
function read<Named>(name: string): readonly [owner: string, named: Named] | undefined {
  const [, owner = "", json = ""] = /^(all|[0-9a-f]{10}):(\{.*\})$/.exec(name) ?? [];
  try {
    return [owner, JSON.parse(json) as Named];
  } catch {
    return undefined;
  }
}

function chainOf(name: string, { id }: Id): Chain | undefined {
  const [owner, chain] = read<Chain>(name) ?? [];
  return owner === id || owner === "all" ? chain : undefined;
}

function listName(list: List, { id }: Id, family: Family): string {
  const bits = list.kind === "token" ? undefined : bitsOf(list, family);
  const owner = list.kind === "known" || list.kind === "advanced" ? "all" : id;
  const narrowed = "prefix" in list ? { kind: list.kind, ...(bits && { prefix: { [family]: bits } }) } : list;
  return `${owner}:${JSON.stringify({ family, list: narrowed })}`;
}

function listOf(name: string, { id }: Id): { readonly family: Family; readonly list: List } | undefined {
  const [owner, named] = read<{ family: Family; list: List }>(name) ?? [];
  return owner === id || owner === "all" ? named : undefined;
}

/** A rule as JSON: chains and lists are their names, secrets are texts. */
type Body = {
  tests: unknown[];
  move?: { [list in "from" | "to" | "also"]?: string };
  verdict: unknown;
  comment?: string;
};

function renderRule(
  { chain, tests, move, verdict, comment }: Rule,
  identity: Identity,
  family: Family,
  write: WriteSecret = () => undefined,
): string {
  const nameOf = (list: List) =>
    (list.kind === "token" ? write(list) : undefined) ?? listName(list, identity, family);
  const body: Body = {
    tests: tests.map((test) => writeTest(test, family, write, nameOf)),
    ...(move && {
      move: {
        ...(move.from && { from: nameOf(move.from) }),
        ...(move.to && { to: nameOf(move.to) }),
        ...(move.also && { also: nameOf(move.also) }),
      },
    }),
    verdict: "chain" in verdict ? { ...verdict, chain: chainName(verdict.chain, identity) } : verdict,
    ...(comment !== undefined && { comment }),
  };
  return `rule ${chainName(chain, identity)} ${JSON.stringify(body)}`;
}

function writeTest(test: Test, family: Family, write: WriteSecret, nameOf: (list: List) => string): unknown {
  switch (test.kind) {
    case "knock":
      return { ...test, step: write(test) ?? formatStep(test.step) };
    case "tokenShape":
      return { ...test, port: write(test) ?? String(test.port) };
    case "token":
      return { kind: "token", token: write(test) ?? `${test.name}.${test.secrets[family]}` };
    case "in":
      return { ...test, list: nameOf(test.list) };
    default:
      return test;
  }
}

function parseRule(line: string, identity: Identity, family: Family): Rule | undefined {
  const [, name = "", json = ""] = /^rule (\S+) (\{.*\})$/.exec(line) ?? [];
  const chain = chainOf(name, identity);
  if (chain === undefined) return undefined;
  try {
    const { tests, move, verdict, comment } = JSON.parse(json) as Body;
    const list = (named: string) => known(listOf(named, identity)).list;
    const moved: Move = {
      ...(move?.from && { from: list(move.from) }),
      ...(move?.to && { to: list(move.to) }),
      ...(move?.also && { also: list(move.also) }),
    };
    return {
      chain,
      tests: tests.map((test) => readTest(test as Written, family, list)),
      ...(move && { move: moved }),
      verdict: readVerdict(verdict as Verdict & { chain?: string }, identity),
      ...(comment !== undefined && { comment }),
    };
  } catch {
    return undefined;
  }
}

type Written = { kind: string; step: string; port: string; token: string; list: string };

function readTest(test: Written, family: Family, listIn: (name: string) => List): Test {
  const { kind } = test;
  if (kind === "knock") return { ...test, kind, step: known(parseSequence(test.step)[0]) };
  if (kind === "tokenShape") return { ...test, kind, port: Number(test.port) };
  if (kind === "in")
    return { ...(test as unknown as Extract<Test, { kind: "in" }>), list: listIn(test.list) };
  if (kind !== "token") return test as unknown as Test;
  const [name = "", secret = ""] = test.token.split(".");
  return { kind, name, secrets: { [family]: secret } };
}

function readVerdict(verdict: Verdict & { chain?: unknown }, identity: Identity): Verdict {
  if (verdict.chain === undefined) return verdict;
  return { ...verdict, chain: known(chainOf(String(verdict.chain), identity)) } as Verdict;
}

function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new SyntaxError("no rule of the compiler's");
  return value;
}

const renderJump: LineSyntax["renderJump"] = (of) =>
  `jump ${of} ${chainName({ kind: "dispatcher", of }, { id: "" })}`;

const syntax: MergedSyntax = {
  lower: (ruleset) => ruleset,
  // Doors share nothing there but the chains in which their rules stand.
  beside: ({ rules }, _lines, family) =>
    rules.flatMap((rule) =>
      isShared(rule.chain) ? { rule: ruleIn(rule, family) ?? rule, key: JSON.stringify(rule) } : [],
    ),
  keyOf: (rule) => JSON.stringify(rule),
  ...{ renderRule, parseRule, renderJump, listName, chainName, chainOf },
  chainIn: (line) => line.split(" ")[1] ?? "",
  isDeclaration: () => false,
  headOf: (line) => line.split(" ", 2).join(" "),
  doorOfChain: (name) => /^([0-9a-f]{10}):/.exec(name)?.[1],
  doorIdOf: (line) => /(?:^rule |"chain":"|"portknock )([0-9a-f]{10})[:"]/.exec(line)?.[1],
  entranceIn: (line) => {
    const [, id, rest] = /^rule all:\S+ .*"kind":"jump","chain":"([0-9a-f]{10}):(\S+?\})"/.exec(line) ?? [];
    return id === undefined ? undefined : { id, isDoor: rest?.includes("door") === true };
  },
  numberOf: (step) => (step.protocol === "icmp" ? step.payloadBytes : step.port),
  byteTexts: (digits) => (digits === "" ? [] : [digits]),
};

/** What a host of this firewall lists that holds exactly a ruleset. */
export function heldByTiny(ruleset: Ruleset): Required<Observed> {
  const linesIn = (family: Family) => [
    ...(ruleset.families.includes(family) ? hostChains(ruleset).map(renderJump) : []),
    ...rulesIn(ruleset, family).map((rule) => renderRule(rule, ruleset.identity, family)),
  ];
  return { ipv4: linesIn("ipv4"), ipv6: linesIn("ipv6") };
}

/** Its status script prints `on LIST SOURCE AGE`, and `stored FAMILY LINE` of what it loads at boot. */
const readStatus: Backend["readStatus"] = (observed, lines) => {
  const all = FAMILIES.flatMap((family) => (observed[family] ?? []).map((line) => ({ family, line })));
  const ofDoor = (id: string, family: Family, from: readonly string[]) =>
    from.filter((line) => [undefined, id].includes(syntax.doorIdOf(line))).map((line) => ({ family, line }));
  const storedIn = (family: Family) =>
    lines.flatMap((line) => new RegExp(`^stored ${family} (.*)$`).exec(line)?.[1] ?? []);
  const ownLines = (id: string, of: (family: Family) => readonly string[]) =>
    Object.fromEntries(
      FAMILIES.map((family) => [family, ofDoor(id, family, of(family)).map(({ line }) => line)]),
    );
  return {
    hasClock: true,
    ids: [...new Set(all.flatMap(({ line }) => syntax.entranceIn(line)?.id ?? []))],
    door: (id) => ({
      owner: "",
      rules: all.flatMap(({ family, line }) => parseRule(line, { id, owner: "" }, family) ?? []),
      entries: lines.flatMap((line): ListEntry[] => {
        const [word, name = "", source = "", age] = line.split(" ");
        const named = word === "on" ? listOf(name, { id }) : undefined;
        return named ? [{ ...named, source, ageSeconds: Number(age) }] : [];
      }),
      counts: [],
    }),
    driftOf: (id) =>
      driftOf(
        syntax,
        ownLines(id, storedIn),
        ownLines(id, (family) => observed[family] ?? []),
        { id },
      ),
  };
};

export const tiny: Backend = {
  ...fromSyntax(syntax),
  compare: (...given) => compare(syntax, ...given),
  name: "tiny",
  documents: (ruleset) => [
    {
      families: FAMILIES,
      command: "tiny load",
      text: FAMILIES.flatMap((family) =>
        heldByTiny(ruleset)[family].map((line) => `${family} ${line}\n`),
      ).join(""),
    },
  ],
  readStatus,
  unsupported: ({ rateLimit }) =>
    rateLimit ? [{ property: "rateLimit", reason: "is nothing that this firewall can do" }] : [],
  markOf: () => "",
  inputsIn: () => ({}),
  listLimit: undefined,
  remedyFor: () => undefined,
  doorName: (identity) => chainName({ kind: "door" }, identity),
  openByHand: "`tiny flush`",
  waysPast: "nothing",
  scripts: { load: [], read: [], remove: [], persist: [] },
};
