import { beforeAll, expect, test } from "vitest";
import type { Policy } from "../../provider/policy/types";
import type { List, Rule, Test } from "../../provider/rules/ir";
import { ACCEPT_UNTIL } from "../policy/arbitrary";
import { games, play } from "./campaign";
import { address, buildInjector } from "./inject";
import { tcp, udp } from "./script";
import { type Variant, World } from "./world";

/** A mistake that a compiler could make; undefined leaves the rule out. */
type Mutate = (rule: Rule) => Rule | undefined;

interface Mutant {
  readonly mutate: Mutate;
  /** The same mistake in a document, where backends make the rule by themselves. */
  readonly rewrite?: (document: string) => string;
  /** What makes the mistake matter, so that few policies show it. */
  readonly having?: Partial<Policy>;
}

const isStage = ({ chain }: Rule) => chain.kind === "stage";
const isDoor = ({ chain }: Rule) => chain.kind === "door";
const isOpening = ({ chain, tests }: Rule) =>
  (chain.kind === "door" || chain.kind === "allowed") &&
  tests.some((test) => test.kind === "flow" && test.state === "new");
const without = (rule: Rule, isOut: (test: Test) => boolean): Rule => ({
  ...rule,
  tests: rule.tests.filter((test) => !isOut(test)),
});
const change = (rule: Rule, to: (test: Test) => Test): Rule => ({ ...rule, tests: rule.tests.map(to) });
const forever = (rule: Rule, list: List["kind"]): Rule =>
  change(rule, (test) => (test.kind === "in" && test.list.kind === list ? { ...test, seconds: 1000 } : test));
const fallsBack = ({ move }: Rule) =>
  move?.from?.kind === "stage" && move.to?.kind === "stage" && move.to.stage <= move.from.stage;
const unmoved = ({ move, ...rule }: Rule): Rule => rule;
const asks = ({ tests }: Rule, list: List["kind"]) =>
  tests.some((test) => test.kind === "in" && test.list.kind === list);

/** Each address by itself on the lists of some kinds. */
const alone = (rule: Rule, ...kinds: readonly List["kind"][]): Rule => {
  const whole = (list: List): List => (kinds.includes(list.kind) ? ({ kind: list.kind } as List) : list);
  const { from, to } = rule.move ?? {};
  return {
    ...change(rule, (test) => (test.kind === "in" ? { ...test, list: whole(test.list) } : test)),
    ...(rule.move && { move: { ...(from && { from: whole(from) }), ...(to && { to: whole(to) }) } }),
  };
};

/** No option that would hide another, unless a mutant is about it. */
const plain: Partial<Policy> = {
  ...{ allowFrom: [], denyFrom: [], families: ["ipv4", "ipv6"], chain: "INPUT", interface: "eth0" },
  ...{ singleUse: false, extend: false, closedResponse: "drop", grantVerdict: "accept" },
  grantPrefix: { ipv4: 32, ipv6: 128 },
};
const having = (policy: Partial<Policy>) => ({ having: { ...plain, ...policy } });
const hasEnd = ({ tests }: Rule) => tests.some(({ kind }) => kind === "until");
/** A sequence that was replaced: three steps, as many as a lockout takes. */
const earlier = (accepted: keyof typeof ACCEPT_UNTIL): Partial<Policy> => ({
  previous: { sequence: [udp(8100), tcp(7100), udp(8101)], acceptUntil: ACCEPT_UNTIL[accepted] },
});
const lockout = { wrongKnocks: 3, withinSeconds: 2, forSeconds: 2 };
const threeSteps: Partial<Policy> = {
  ...{ sequence: [tcp(7000), udp(8000), tcp(9000)], ignore: [] },
  door: [{ protocol: "tcp", ports: [22] }],
};
const networks = [1, 2, 3, 4].flatMap((n) => [
  `${address("ipv4", 4 * n)}/32`,
  `${address("ipv6", 4 * n)}/128`,
]);

const mutants: Record<string, Mutant> = {
  "a repeated knock resets": { mutate: (rule) => (isStage(rule) && !rule.move ? undefined : rule) },
  "a wrong knock does not reset": {
    mutate: (rule) => (isStage(rule) && !rule.move?.to ? unmoved(rule) : rule),
  },
  "a wrong knock that begins the sequence only resets": {
    mutate: (rule) =>
      fallsBack(rule) && rule.move?.from ? { ...rule, move: { from: rule.move.from } } : rule,
  },
  "a step back goes one too far": {
    ...having({
      // Where it falls back from stage 4, it is to 3.
      sequence: [tcp(7000), udp(8000), tcp(7000), udp(8000), tcp(9000)],
      ...{ door: [{ protocol: "tcp", ports: [22] }], ignore: [] },
    }),
    mutate: (rule) =>
      fallsBack(rule) && rule.move?.to?.kind === "stage" && rule.move.to.stage > 1
        ? { ...rule, move: { ...rule.move, to: { kind: "stage", stage: 1 } } }
        : rule,
  },
  "a source stays on the stage it left": {
    mutate: (rule) => (isStage(rule) && rule.move?.to ? { ...rule, move: { to: rule.move.to } } : rule),
  },
  "a grant is for packets of no flow too": {
    mutate: (rule) => without(rule, (test) => test.kind === "flow" && test.state === "new"),
  },
  "a grant does not end": { mutate: (rule) => forever(rule, "grant") },
  "a stage does not end": { mutate: (rule) => forever(rule, "stage") },
  "a second ping of one id does not count": {
    mutate: (rule) => without(rule, ({ kind }) => kind === "notIcmp"),
    rewrite: (document) => document.replaceAll(/ (?:meta l4proto !=|! -p) \S+/g, ""),
  },
  "a knock is dropped": {
    mutate: (rule) =>
      !isDoor(rule) && rule.move?.to?.kind === "grant" ? { ...rule, verdict: { kind: "drop" } } : rule,
  },
  "the door stays open": {
    mutate: (rule) =>
      isDoor(rule) && (rule.verdict.kind === "drop" || rule.verdict.kind === "refuse") ? undefined : rule,
  },
  "an ignored packet counts": {
    ...having({
      sequence: [tcp(7000), udp(8000), tcp(9000)],
      door: [{ protocol: "tcp", ports: [22] }],
      ignore: [{ protocol: "icmp" }, { protocol: "tcp", ports: [443] }],
    }),
    mutate: (rule) =>
      isDoor(rule) && rule.verdict.kind === "return" && rule.tests.length === 1 && !asks(rule, "deaf")
        ? undefined
        : rule,
  },
  "the previous sequence does not end": {
    ...having(earlier("never")),
    mutate: (rule) => without(rule, ({ kind }) => kind === "until"),
  },
  "the previous sequence is forgotten": {
    ...having(earlier("always")),
    mutate: (rule) => (isDoor(rule) && hasEnd(rule) ? undefined : rule),
  },
  "a sequence leads into the other": {
    ...having(earlier("always")),
    mutate: (rule) =>
      rule.move?.to?.kind === "stage" && rule.move.to.slot
        ? { ...rule, move: { ...rule.move, to: { kind: "stage", stage: rule.move.to.stage } } }
        : rule,
  },
  "a knock of the previous sequence is a wrong one": {
    ...having({ ...earlier("always"), lockout }),
    mutate: (rule) => (!isDoor(rule) && hasEnd(rule) ? undefined : rule),
  },
  "any datagram to the port will do": {
    mutate: (rule) =>
      change(rule, (test) =>
        test.kind === "knock" && test.step.protocol === "udp"
          ? { ...test, step: { protocol: "udp", port: test.step.port } }
          : test,
      ),
  },
  "a grant is for many connections": {
    ...having({ singleUse: true }),
    mutate: (rule) => (isDoor(rule) ? unmoved(rule) : rule),
  },
  "a connection does not renew the grant": {
    ...having({ extend: true, openForSeconds: 3, stepTimeoutSeconds: 1 }),
    mutate: (rule) => (isDoor(rule) ? unmoved(rule) : rule),
  },
  "a closed door does not answer": {
    ...having({ closedResponse: "reset" }),
    mutate: (rule) => (rule.verdict.kind === "refuse" ? { ...rule, verdict: { kind: "drop" } } : rule),
  },
  "a granted connection passes the host's own rules by": {
    ...having({ grantVerdict: "return" }),
    mutate: (rule) => (isOpening(rule) ? { ...rule, verdict: { kind: "accept" } } : rule),
  },
  "an allowed network has to knock": {
    ...having({ allowFrom: networks }),
    mutate: (rule) => (rule.tests.some(({ kind }) => kind === "source") ? undefined : rule),
  },
  "a denied network may knock": {
    ...having({ denyFrom: networks }),
    mutate: (rule) => (rule.tests.some(({ kind }) => kind === "source") ? undefined : rule),
  },
  "a network is both, and allowed": {
    ...having({ allowFrom: networks, denyFrom: networks }),
    mutate: (rule) =>
      rule.verdict.kind === "goto" && rule.verdict.chain.kind === "denied"
        ? { ...rule, verdict: { kind: "goto", chain: { kind: "allowed" } } }
        : rule,
  },
  "the door stands at every interface": {
    ...having({ interface: "eth1" }),
    mutate: (rule) => without(rule, ({ kind }) => kind === "interface"),
  },
  "a grant is for one address": {
    ...having({ grantPrefix: { ipv4: 31, ipv6: 127 } }),
    mutate: (rule) => alone(rule, "grant"),
  },
  "a lockout is for one address": {
    ...having({ grantPrefix: { ipv4: 31, ipv6: 127 }, lockout }),
    mutate: (rule) => alone(rule, "wrong", "deaf"),
  },
  "nobody is deaf": {
    ...having({ lockout }),
    mutate: (rule) => (asks(rule, "deaf") && rule.verdict.kind === "return" ? undefined : rule),
  },
  "a deaf source stays deaf": { ...having({ lockout }), mutate: (rule) => forever(rule, "deaf") },
  "wrong knocks are never forgotten": { ...having({ lockout }), mutate: (rule) => forever(rule, "wrong") },
  "one wrong knock more is for free": {
    ...having({ lockout }),
    mutate: (rule) =>
      change(rule, (test) => (test.kind === "in" && test.hits ? { ...test, hits: test.hits + 1 } : test)),
  },
  "a wrong knock that begins the sequence does not count": {
    // The first one counts: a word that has two such knocks, and no other wrong one, is rare.
    ...having({ lockout: { ...lockout, wrongKnocks: 1 } }),
    mutate: (rule) => (fallsBack(rule) ? { ...rule, verdict: { kind: "return" } } : rule),
  },
  "a rate has no limit": {
    ...having({ rateLimit: { connectionsPerMinute: 20, burst: 1 } }),
    mutate: (rule) => without(rule, ({ kind }) => kind === "rate"),
  },
  "a rate lets one more through": {
    ...having({ rateLimit: { connectionsPerMinute: 20, burst: 1 } }),
    mutate: (rule) => change(rule, (test) => (test.kind === "rate" ? { ...test, burst: 2 } : test)),
  },
  "who has sent a first knock is not remembered": {
    ...having(threeSteps),
    mutate: (rule) => (rule.move?.to?.kind === "known" ? unmoved(rule) : rule),
  },
  "the door to which a source is under way is not remembered": {
    ...having(threeSteps),
    mutate: (rule) =>
      rule.move?.also?.kind === "underWay" ? { ...rule, move: { to: { kind: "known" } } } : rule,
  },
  "no packet for its port comes to the door": {
    mutate: (rule) =>
      rule.chain.kind === "dispatcher" && rule.verdict.kind === "goto" && !asks(rule, "advanced")
        ? undefined
        : rule,
  },
  "a forwarded door looks at the translated port": {
    ...having({ chain: "FORWARD" }),
    mutate: (rule) =>
      change(rule, (test) =>
        test.kind === "service" ? { kind: test.kind, protocol: test.protocol, ports: test.ports } : test,
      ),
  },
  "a forwarded door hears nothing that is sent to the host": {
    ...having({ chain: "DOCKER-USER" }),
    mutate: (rule) => (rule.chain.kind === "knocks" ? { ...rule, verdict: { kind: "return" } } : rule),
  },
};

beforeAll(buildInjector);

async function count(
  { mutate, rewrite, having }: Mutant,
  of: Variant,
): Promise<{ disagreements: number; total: number }> {
  const world = await World.start();
  try {
    // On nftables, time takes sources off lists: what is left on them tells less, so more words are needed.
    const policies = (having ? 8 : 16) * (of === "nftables" ? 3 : 1);
    const mutated = games(20_130_301, policies, 4, having)
      .filter(({ variant }) => variant === of)
      .map((game) => {
        const rules = game.ruleset.rules.flatMap((rule) => mutate(rule) ?? []);
        const lists = [...game.ruleset.lists, ...listsIn(rules)];
        return { ...game, ruleset: { ...game.ruleset, rules, lists }, ...(rewrite && { rewrite }) };
      });
    const { disagreements, total } = await play(world, mutated);
    return { disagreements: disagreements.length, total };
  } finally {
    await world.stop();
  }
}

/** A mutant may name a list that no other rule has. Where lists are sets, they are made before the rules. */
function listsIn(rules: readonly Rule[]): List[] {
  return rules.flatMap(({ tests, move }) => [
    ...tests.flatMap((test) => (test.kind === "in" ? [test.list] : [])),
    ...(move?.from ? [move.from] : []),
    ...(move?.to ? [move.to] : []),
  ]);
}

/** What random words are worth: a compiler with any of these mistakes would be caught. */
test.each(["nf_tables", "nftables"] as const)(
  "random words tell every mutant from the automaton, %s",
  async (of) => {
    const found: string[] = [];
    const unseen: string[] = [];
    const left = Object.entries(mutants);
    const worker = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [name, mutant] = next;
        const { disagreements, total } = await count(mutant, of);
        found.push(`${name}: ${disagreements}/${total}`);
        if (disagreements === 0) unseen.push(name);
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    console.log(found.join("\n"));
    expect(unseen).toEqual([]);
  },
  // On nftables it takes five minutes beside other suites, which is the limit elsewhere.
  600_000,
);
