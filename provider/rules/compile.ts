import type { Schedule } from "../policy/schedule";
import type { TokenList } from "../policy/tokens";
import type { Policy } from "../policy/types";
import { approachOf } from "./approach";
import { calendarLists, calendarRules } from "./calendarRules";
import { dispatcherRules } from "./dispatcher";
import { doorRules, hearingRules } from "./doorRules";
import type { Chain, Identity, List, Rule, Ruleset, Slot, Verdict } from "./ir";
import { sharedList } from "./services";
import { type Automaton, automatonLists, automatonRules } from "./stageRules";
import { tokenLists, tokenRules } from "./tokenRules";
import { tracksOf } from "./tracks";

const RETURN: Verdict = { kind: "return" };
/** Asked about by more packets than any other list, so they come first. */
const SHARED_LISTS: readonly List[] = [{ kind: "advanced" }, { kind: "known" }];
const WRONG: Chain = { kind: "wrong" };

/**
 * What the provider has made for a door, beside its policy. The slot is the one in which the current sequence stands; the
 * previous one, if any, stands in the other. With a schedule, its sequences are the ones that open the door.
 */
export type CompileContext = Slot & {
  readonly schedule?: Schedule | undefined;
  readonly tokens?: TokenList | undefined;
};

/** Compiles a policy into the rules of one door. Pure: the same of everything gives the same ruleset. */
export function compile(
  policy: Policy,
  identity: Identity,
  { schedule, tokens, ...slot }: CompileContext = {},
): Ruleset {
  const tracks = schedule ? [] : tracksOf(policy, slot);
  const approach = approachOf(policy, tracks, schedule);
  const { remembers } = approach;
  const { lockout, ...unlimited } = policy;
  const automata = tracks.map(
    (track, index): Automaton =>
      index === 0
        ? { ...track, policy, remembers, others: tracks.slice(1) }
        : { ...track, policy: unlimited, remembers, others: [] },
  );
  return {
    identity,
    families: policy.families,
    rules: [
      ...dispatcherRules(policy, identity, approach, tokens),
      ...doorRules(policy, tokens),
      ...(tokens ? tokenRules(policy, tokens) : []),
      ...wrongRules(policy),
      // The newer one last, so that a rotation adds rules at the end: Pulumi compares lists place by place.
      ...automata
        .toReversed()
        .flatMap((automaton) => [
          ...hearingRules(policy, { kind: "attempt", ...automaton.slot }, automaton.gate),
          ...automatonRules(automaton),
        ]),
      ...(schedule
        ? [...hearingRules(policy, { kind: "calendar" }), ...calendarRules(policy, schedule)]
        : []),
    ],
    lists: [
      ...SHARED_LISTS,
      ...(remembers ? [{ kind: "underWay" } as const] : []),
      sharedList(policy, "grant"),
      ...automata.flatMap(automatonLists),
      ...(schedule ? calendarLists(schedule) : []),
      ...(lockout && lockout.wrongKnocks > 1 ? [sharedList(policy, "wrong")] : []),
      ...(lockout ? [sharedList(policy, "deaf")] : []),
      // Every look-up passes the lists that were made before, so those of tokens come last.
      ...(tokens ? tokenLists(tokens) : []),
    ],
  };
}

/** Counts a wrong knock, or makes the source deaf: with as many before it as make the number full. */
function wrongRules(policy: Policy): Rule[] {
  if (policy.lockout === undefined) return [];
  const { wrongKnocks, withinSeconds: seconds } = policy.lockout;
  const [wrong, deaf] = [sharedList(policy, "wrong"), sharedList(policy, "deaf")];
  if (wrongKnocks === 1) return [{ chain: WRONG, tests: [], move: { to: deaf }, verdict: RETURN }];
  return [
    {
      chain: WRONG,
      tests: [{ kind: "in", list: wrong, seconds, hits: wrongKnocks - 1 }],
      move: { from: wrong, to: deaf },
      verdict: RETURN,
    },
    { chain: WRONG, tests: [], move: { to: wrong }, verdict: RETURN },
  ];
}
