import fc from "fast-check";
import { expect } from "vitest";
import { networkAccessOf } from "../../provider/policy/networks";
import type { Family, Policy } from "../../provider/policy/types";
import { newcomer, onPacket, type Progress } from "../../provider/rules/automaton";
import type { Backend } from "../../provider/rules/backend";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { address, type Salvo, type Shot } from "../kernel/inject";
import { judge } from "../kernel/judge";
import { optionsFor } from "../kernel/options";
import { randomNumbers } from "../kernel/random";
import { retrace } from "../kernel/retrace";
import { randomWord } from "../kernel/word";
import { BETWEEN_SECONDS, policies } from "../policy/arbitrary";
import { seed } from "../policy/seed";

/**
 * The rules, traced, do what the automaton says. `npm test` tries this for some random words, campaign.test.ts for many.
 */

const SIZE = { maxSteps: 6, maxOpenForSeconds: 3, maxStepTimeoutSeconds: 2 };

interface Seen {
  readonly verdict: string;
  readonly stage: number;
  readonly isGranted: boolean;
  readonly isDeaf: boolean;
}

/** What the specification says of each packet of a word from one source. */
function specified(policy: Policy, salvo: From, shots: readonly Shot[]): Seen[] {
  const { verdicts } = judge(policy, salvo, shots);
  const isThere = verdicts.length > 0 && policy.families.includes(salvo.family);
  let state = newcomer;
  return shots.map(({ packet, atMs, flags }, index) => {
    const at = BETWEEN_SECONDS + atMs / 1000;
    const standing = networkAccessOf(policy, address(salvo.family, salvo.source));
    // What is no flow's packet is no try and no knock.
    if (flags !== "bogus" && isThere && policy.interface !== "eth1")
      state = onPacket(policy, state, packet, at, standing).state;
    const isWithin = (since: number | undefined, seconds = 0) => since !== undefined && at - since <= seconds;
    const stageOf = ({ stage, stageSince }: Progress) =>
      isWithin(stageSince, policy.stepTimeoutSeconds) ? stage : 0;
    return {
      verdict: verdicts[index] ?? "",
      stage: Math.max(stageOf(state), stageOf(state.earlier ?? newcomer)),
      isGranted: isWithin(state.grantedAt, policy.openForSeconds),
      isDeaf: isWithin(state.deafSince, policy.lockout?.forSeconds),
    };
  });
}

type From = Pick<Salvo, "family" | "source">;

/** Policies as the kernel tests have them, and a word for each. */
const games = fc
  .tuple(policies(SIZE, optionsFor([4])), fc.nat(), fc.constantFrom<Family>("ipv4", "ipv6"))
  .map(([policy, number, family]) => {
    const salvo: From = { family, source: 4 };
    const ruleset = compile(policy, identify("random", "h1"));
    return { policy, ruleset, salvo, shots: randomWord(randomNumbers(number), policy, salvo) };
  });

/** What a firewall makes of compiled rules. */
export type Lower = Backend["lower"];

/** Of one source: its verdicts, and how far it has come. */
export function expectTraced(numRuns: number, lower: Lower): void {
  const count = { packets: 0, accept: 0, drop: 0, reset: 0, pass: 0, deaf: 0 };
  fc.assert(
    fc.property(games, ({ policy, ruleset, salvo, shots }) => {
      const alone = shots.filter(({ from }) => from === undefined);
      const { isDoor } = judge(policy, salvo, alone);
      const traced = retrace(policy, lower(ruleset), salvo, alone, isDoor);
      const seen = traced.map(({ verdict, after }): Seen => ({ verdict, ...after }));
      expect(seen).toEqual(specified(policy, salvo, alone));
      for (const { verdict, isDeaf } of seen) {
        count.packets++;
        count[verdict as "accept"]++;
        if (isDeaf) count.deaf++;
      }
    }),
    { seed: seed(), numRuns },
  );
  console.log(JSON.stringify(count));
  expect(Math.min(...Object.values(count))).toBeGreaterThan(numRuns / 3);
}

/** Where neighbours share grants and lockouts. */
export function expectNeighboursTraced(numRuns: number, lower: Lower): void {
  let shared = 0;
  fc.assert(
    fc.property(games, ({ policy, ruleset, salvo, shots }) => {
      const { verdicts, isDoor } = judge(policy, salvo, shots);
      expect(retrace(policy, lower(ruleset), salvo, shots, isDoor).map(({ verdict }) => verdict)).toEqual(
        verdicts,
      );
      if (shots.some(({ from }) => from !== undefined)) shared++;
    }),
    { seed: seed(), numRuns },
  );
  expect(shared).toBeGreaterThan(numRuns / 10);
}
