import { beforeAll, expect, test } from "vitest";
import type { Rule, Test } from "../../provider/rules/ir";
import { games, play } from "./campaign";
import { buildInjector } from "./inject";
import { World } from "./world";

/** A mistake that a compiler could make; undefined leaves the rule out. */
type Mutate = (rule: Rule) => Rule | undefined;

const isStage = ({ chain }: Rule) => chain.kind === "stage";
const without = (rule: Rule, isOut: (test: Test) => boolean): Rule => ({
  ...rule,
  tests: rule.tests.filter((test) => !isOut(test)),
});
const forever = (rule: Rule, list: "grant" | "stage"): Rule => ({
  ...rule,
  tests: rule.tests.map((test) =>
    test.kind === "in" && test.list.kind === list ? { ...test, seconds: 1000 } : test,
  ),
});
const fallsBack = ({ move }: Rule) =>
  move?.from?.kind === "stage" && move.to?.kind === "stage" && move.to.stage <= move.from.stage;

const mutants: Record<string, Mutate> = {
  "a repeated knock resets": (rule) => (isStage(rule) && !rule.move ? undefined : rule),
  "a wrong knock does not reset": (rule) => (isStage(rule) && !rule.move?.to ? undefined : rule),
  "a wrong knock that begins the sequence only resets": (rule) =>
    fallsBack(rule) && rule.move?.from ? { ...rule, move: { from: rule.move.from } } : rule,
  "a step back goes one too far": (rule) =>
    fallsBack(rule) && rule.move?.to?.kind === "stage" && rule.move.to.stage > 1
      ? { ...rule, move: { ...rule.move, to: { kind: "stage", stage: 1 } } }
      : rule,
  "a source stays on the stage it left": (rule) =>
    rule.move?.to ? { ...rule, move: { to: rule.move.to } } : rule,
  "a grant is for packets of no flow too": (rule) =>
    without(rule, (test) => test.kind === "flow" && test.state === "new"),
  "a grant does not end": (rule) => forever(rule, "grant"),
  "a stage does not end": (rule) => forever(rule, "stage"),
  "a second ping of one id does not count": (rule) => without(rule, ({ kind }) => kind === "notIcmp"),
  "a knock is dropped": (rule) =>
    rule.move?.to?.kind === "grant" ? { ...rule, verdict: { kind: "drop" } } : rule,
  "the door stays open": (rule) => (rule.verdict.kind === "drop" ? undefined : rule),
  "the previous sequence does not end": (rule) => without(rule, ({ kind }) => kind === "until"),
  "the previous sequence is forgotten": (rule) =>
    rule.chain.kind === "door" && rule.tests.some(({ kind }) => kind === "until") ? undefined : rule,
  "a sequence leads into the other": (rule) =>
    rule.move?.to?.kind === "stage" && rule.move.to.slot
      ? { ...rule, move: { ...rule.move, to: { kind: "stage", stage: rule.move.to.stage } } }
      : rule,
  "an ignored packet counts": (rule) =>
    rule.chain.kind === "door" && rule.verdict.kind === "return" ? undefined : rule,
};

beforeAll(buildInjector);

/** What random words are worth: a compiler with any of these mistakes would be caught. */
test("random words tell every mutant from the automaton", async () => {
  const found = await Promise.all(
    Object.entries(mutants).map(async ([name, mutate]) => {
      const world = await World.start();
      try {
        const mutated = games(20_130_301, 16, 4)
          .filter(({ variant }) => variant === "nf_tables")
          .map((game) => {
            const rules = game.ruleset.rules.flatMap((rule) => mutate(rule) ?? []);
            return { ...game, ruleset: { ...game.ruleset, rules } };
          });
        const { disagreements, total } = await play(world, mutated);
        return { name, disagreements: disagreements.length, total };
      } finally {
        await world.stop();
      }
    }),
  );
  console.log(found.map(({ name, disagreements, total }) => `${name}: ${disagreements}/${total}`).join("\n"));
  expect(found.filter(({ disagreements }) => disagreements === 0)).toEqual([]);
});
