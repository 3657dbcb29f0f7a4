import { ambiguousSteps, type Failure, repeatedSteps } from "./conflicts";
import { limits } from "./limits";
import { formatPayload, parsePayload } from "./payload";
import { parseSequence } from "./text";
import type { Sequence, Step } from "./types";

/**
 * The same checks as the schema's, for the command line: loading zod would double its start time. A test compares both.
 */
export function sequenceFailures(steps: readonly Step[]): Failure[] {
  const { max } = limits.steps;
  if (steps.length > max) return [{ property: "sequence", reason: `must have at most ${max} steps` }];
  const wrong = steps.flatMap((step, index) =>
    stepFailures(step).map(({ property, reason }) => ({
      property: `sequence[${index}].${property}`,
      reason,
    })),
  );
  return [...wrong, ...repeatedSteps(steps), ...ambiguousSteps(steps)];
}

function stepFailures(step: Step): Failure[] {
  if (step.protocol === "icmp") {
    return outside("payloadBytes", step.payloadBytes, limits.pingPayloadBytes, "the ping's payload in bytes");
  }
  const failures = outside("port", step.port, limits.port, "a port");
  if (step.protocol === "tcp" || step.payload === undefined) return failures;
  const payload = parsePayload(step.payload);
  const { min, max } = limits.payloadBytes;
  if (payload === undefined) {
    const reason = 'must have an even number of hexadecimal digits after "hex:"';
    return [...failures, { property: "payload", reason }];
  }
  if (payload.length >= min && payload.length <= max) return failures;
  return [...failures, { property: "payload", reason: `must be ${min} to ${max} bytes` }];
}

function outside(
  property: string,
  value: number,
  { min, max }: { readonly min: number; readonly max: number },
  what: string,
): Failure[] {
  if (Number.isInteger(value) && value >= min && value <= max) return [];
  return [{ property, reason: `must be ${what}: a whole number from ${min} to ${max}` }];
}

/**
 * Reads and checks a sequence's text form.
 * @throws SyntaxError with every wrong step, without values: the message may end up in a log.
 */
export function readSequence(text: string): Sequence {
  const steps = parseSequence(text).map(withOnePayload);
  const failures = sequenceFailures(steps);
  if (failures.length === 0) return steps;
  throw new SyntaxError(failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
}

/** One form for equal payloads, so that equal steps are equal objects. */
function withOnePayload(step: Step): Step {
  const payload = step.protocol === "udp" ? parsePayload(step.payload) : undefined;
  return payload && payload.length > 0 ? ({ ...step, payload: formatPayload(payload) } as Step) : step;
}
