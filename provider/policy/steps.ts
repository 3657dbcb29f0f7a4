import { type Failure, repeatedSteps } from "./conflicts";
import { limits } from "./limits";
import { parseSequence } from "./text";
import type { Sequence, Step } from "./types";

/**
 * What the schema would say of a sequence's values. The command line asks here: loading zod takes it as long as
 * everything else does together. A test holds the two together.
 */
export function sequenceFailures(steps: readonly Step[]): Failure[] {
  const { min, max } = limits.steps;
  if (steps.length > max) return [{ property: "sequence", reason: `must have at most ${max} steps` }];
  if (steps.length < min) return [{ property: "sequence", reason: `must have at least one step` }];
  const wrong = steps.flatMap((step, index) => {
    const isPing = step.protocol === "icmp";
    const { min, max } = isPing ? limits.pingPayloadBytes : limits.port;
    const value = isPing ? step.payloadBytes : step.port;
    if (Number.isInteger(value) && value >= min && value <= max) return [];
    const property = `sequence[${index}].${isPing ? "payloadBytes" : "port"}`;
    const what = isPing ? "the ping's payload in bytes" : "a port";
    return [{ property, reason: `must be ${what}: a whole number from ${min} to ${max}` }];
  });
  return [...wrong, ...repeatedSteps(steps)];
}

/**
 * Reads and checks a sequence's text form.
 * @throws SyntaxError that names every wrong step, and no value: it may end up in a log.
 */
export function readSequence(text: string): Sequence {
  const steps = parseSequence(text);
  const failures = sequenceFailures(steps);
  if (failures.length === 0) return steps;
  throw new SyntaxError(failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
}
