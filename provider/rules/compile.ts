import { isDeepStrictEqual } from "node:util";
import { type PortRange, portRanges } from "../policy/ports";
import type { Ignored, Policy, Service, Step } from "../policy/types";
import { onAttempt } from "./automaton";
import type { Chain, Identity, List, Rule, Ruleset, Test, Verdict } from "./ir";

type ServiceTest = Extract<Test, { kind: "service" }>;

const RETURN: Verdict = { kind: "return" };
const GRANT: List = { kind: "grant" };
const DISPATCHER: Chain = { kind: "dispatcher" };
const DOOR: Chain = { kind: "door" };
const ATTEMPT: Chain = { kind: "attempt" };

/** Compiles a policy into the rules of one door. Pure: the same policy and identity give the same ruleset. */
export function compile(policy: Policy, identity: Identity): Ruleset {
  const stages = policy.sequence.slice(1).map((_, index) => index + 1);
  return {
    identity,
    rules: [
      ...dispatcherRules(policy, identity),
      ...doorRules(policy),
      ...attemptRules(policy, stages),
      ...stages.flatMap((stage) => stageRules(policy, stage)),
    ],
    lists: [GRANT, ...stages.map((stage): List => ({ kind: "stage", stage }))],
  };
}

/**
 * Established flows leave first: those of this door past the host's own rules, so that an open session outlives its
 * grant; all others to the host's rules, at no more than what connection tracking costs anyway.
 */
function dispatcherRules(policy: Policy, { id, owner }: Identity): Rule[] {
  return [
    ...policy.door.flatMap(serviceTests).map(
      (test): Rule => ({
        chain: DISPATCHER,
        tests: [test, { kind: "flow", state: "established" }],
        verdict: { kind: "accept" },
        comment: `portknock ${id}`,
      }),
    ),
    {
      chain: DISPATCHER,
      tests: [{ kind: "notIcmp" }, { kind: "flow", state: "established" }],
      verdict: RETURN,
    },
    { chain: DISPATCHER, tests: [], verdict: { kind: "jump", chain: DOOR }, comment: `portknock ${owner}` },
  ];
}

/** Opens or closes the door, and sends every other packet that may be a knock to the attempt chain. */
function doorRules(policy: Policy): Rule[] {
  const granted: Test[] = [
    { kind: "flow", state: "new" },
    { kind: "in", list: GRANT, seconds: policy.openForSeconds },
  ];
  const services = policy.door.flatMap(serviceTests);
  return [
    ...services.map(
      (test): Rule => ({ chain: DOOR, tests: [test, ...granted], verdict: { kind: "accept" } }),
    ),
    ...services
      .filter((test) => test.protocol === "tcp")
      .map(
        (test): Rule => ({ chain: DOOR, tests: [test, { kind: "openSocket" }], verdict: { kind: "accept" } }),
      ),
    ...services.map((test): Rule => ({ chain: DOOR, tests: [test], verdict: { kind: "drop" } })),
    ...policy.ignore
      .flatMap(ignoredTests)
      .map((test): Rule => ({ chain: DOOR, tests: [test], verdict: RETURN })),
    ...(["tcp", "udp", "icmp"] as const).map(
      (protocol): Rule => ({
        chain: DOOR,
        tests: [{ kind: "attempt", protocol }],
        verdict: { kind: "jump", chain: ATTEMPT },
      }),
    ),
  ];
}

/** Sends a source to its stage, highest first, and lets everyone else try the first step. */
function attemptRules(policy: Policy, stages: readonly number[]): Rule[] {
  const dispatch = stages.toReversed().map(
    (stage): Rule => ({
      chain: ATTEMPT,
      tests: [{ kind: "in", list: { kind: "stage", stage }, seconds: policy.stepTimeoutSeconds }],
      verdict: { kind: "goto", chain: { kind: "stage", stage } },
    }),
  );
  return [...dispatch, ...alphabet(policy).flatMap((step) => moveRules(policy, ATTEMPT, 0, step))];
}

/** The automaton's row for a stage: a rule for each step that does not simply reset, and one that resets. */
function stageRules(policy: Policy, stage: number): Rule[] {
  const chain: Chain = { kind: "stage", stage };
  return [
    ...alphabet(policy).flatMap((step) => moveRules(policy, chain, stage, step)),
    { chain, tests: [], move: { from: { kind: "stage", stage } }, verdict: RETURN },
  ];
}

function moveRules(policy: Policy, chain: Chain, stage: number, step: Step): Rule[] {
  const effect = onAttempt(policy.sequence, stage, step);
  const tests: Test[] = [{ kind: "knock", step }];
  if (effect.kind === "neutral") return [{ chain, tests, verdict: RETURN }];
  if (effect.stage === 0) return [];
  const to: List = effect.stage === policy.sequence.length ? GRANT : { kind: "stage", stage: effect.stage };
  const move = stage === 0 ? { to } : { from: { kind: "stage", stage } as const, to };
  return [{ chain, tests, move, verdict: RETURN }];
}

/** The different steps of a sequence, in the order in which they first occur. */
function alphabet({ sequence }: Policy): Step[] {
  return sequence.filter(
    (step, index) => sequence.findIndex((other) => isDeepStrictEqual(step, other)) === index,
  );
}

/** One test for up to 15 ports, of which a range counts two (iptables-extensions(8), multiport). */
function serviceTests({ protocol, ports }: Service): ServiceTest[] {
  const chunks: PortRange[][] = [[]];
  let slots = 0;
  for (const range of portRanges(ports)) {
    const size = range.first === range.last ? 1 : 2;
    slots += size;
    if (slots > 15) {
      chunks.push([]);
      slots = size;
    }
    chunks.at(-1)?.push(range);
  }
  return chunks.map((chunk) => ({ kind: "service", protocol, ports: chunk }));
}

function ignoredTests(ignored: Ignored): Test[] {
  return ignored.protocol === "icmp" ? [{ kind: "attempt", protocol: "icmp" }] : serviceTests(ignored);
}
