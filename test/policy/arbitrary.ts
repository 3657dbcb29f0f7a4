import fc from "fast-check";
import { formatStep } from "../../provider/policy/text";
import type { Ignored, PortOrRange, Sequence, Service, Step } from "../../provider/policy/types";
import { validatePolicy } from "../../provider/policy/validate";
import type { Sequenced } from "./complete";
import { type Options, options } from "./options";

export interface Size {
  readonly maxSteps: number;
  readonly maxOpenForSeconds: number;
  readonly maxStepTimeoutSeconds: number;
}

const LARGE: Size = { maxSteps: 16, maxOpenForSeconds: 86_400, maxStepTimeoutSeconds: 3_600 };

/** As JSON has them: objects without a prototype are equal to none with one. */
const PLAIN = { noNullPrototype: true } as const;

/** Of a previous sequence: whenever a test runs, it is accepted, or no more. */
export const ACCEPT_UNTIL = { always: "2037-01-01T00:00:00Z", never: "2001-01-01T00:00:00Z" } as const;

/** A time that lies between them, in seconds. */
export const BETWEEN_SECONDS = Date.parse("2026-01-01T00:00:00Z") / 1000;

const port = fc.integer({ min: 1, max: 65_535 });
const protocol = fc.constantFrom("tcp", "udp");

/** As the schema writes them: few and alike, or any bytes. */
const payloads = fc
  .oneof(
    fc.constantFrom([0x6f], [0x6f, 0x70, 0x65, 0x6e], [0x6f, 0x70, 0x65, 0x6e, 0]),
    fc.array(fc.nat(255), { minLength: 1, maxLength: 36, size: "max" }),
  )
  .map((bytes) => `hex:${Buffer.from(bytes).toString("hex")}`);

export const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ protocol: fc.constant("tcp" as const), port }, PLAIN),
  fc.record({ protocol: fc.constant("udp" as const), port }, PLAIN),
  fc.record({ protocol: fc.constant("udp" as const), port, payload: payloads }, PLAIN),
  fc.record(
    { protocol: fc.constant("icmp" as const), payloadBytes: fc.integer({ min: 0, max: 1452 }) },
    PLAIN,
  ),
);

/**
 * Few different steps, half of the time in a pattern that begins again: only where a sequence overlaps itself does its
 * automaton fall back to a stage above the first. Never the same step twice in a row.
 */
export function sequences(maxSteps: number): fc.Arbitrary<Sequence> {
  const alphabet = fc.uniqueArray(steps, {
    minLength: Math.min(maxSteps, 2),
    maxLength: 4,
    selector: formatStep,
  });
  const hops = fc.array(fc.nat(5), { maxLength: maxSteps - 1, size: "max" });
  const period = fc.option(fc.integer({ min: 2, max: 3 }), { freq: 1 });
  return fc.tuple(alphabet, hops, period).map(([letters, hops, period]) => {
    const numbers = [0];
    for (const [index, hop] of letters.length > 1 ? hops.entries() : []) {
      const last = numbers.at(-1) ?? 0;
      const again = index + 1 < hops.length && period !== null ? numbers[index + 1 - period] : undefined;
      const isAgain = again !== undefined && again !== last;
      numbers.push(isAgain ? again : (last + 1 + (hop % (letters.length - 1))) % letters.length);
    }
    return numbers.flatMap((number) => letters[number] ?? []);
  });
}

const ports: fc.Arbitrary<PortOrRange> = fc.oneof(
  port,
  fc.tuple(port, fc.nat(50)).map(([first, span]) => `${first}-${Math.min(first + span, 65_535)}`),
);

const services: fc.Arbitrary<Service> = fc.record(
  {
    protocol,
    ports: fc.oneof(
      { weight: 4, arbitrary: fc.array(ports, { minLength: 1, maxLength: 3 }) },
      { weight: 1, arbitrary: fc.array(ports, { minLength: 12, maxLength: 40 }) },
    ),
  },
  PLAIN,
);

const ignored: fc.Arbitrary<Ignored> = fc.oneof(
  { weight: 4, arbitrary: services },
  { weight: 1, arbitrary: fc.constant({ protocol: "icmp" } as const) },
);

/** Policies with whatever options come from `among`: all that the schema allows, unless told. */
export function policies(
  size: Partial<Size> = {},
  among: fc.Arbitrary<Options> = options,
): fc.Arbitrary<Sequenced> {
  const { maxSteps, maxOpenForSeconds, maxStepTimeoutSeconds } = { ...LARGE, ...size };
  const earlier = fc.record({
    kind: fc.constantFrom("none", "none", "new", "like it"),
    own: sequences(maxSteps),
    acceptUntil: fc.constantFrom(...Object.values(ACCEPT_UNTIL)),
  });
  const base = fc.record(
    {
      sequence: sequences(maxSteps),
      door: fc.array(services, { minLength: 1, maxLength: 3 }),
      openForSeconds: fc.integer({ min: 1, max: maxOpenForSeconds }),
      stepTimeoutSeconds: fc.integer({ min: 1, max: maxStepTimeoutSeconds }),
      ignore: fc.array(ignored, { maxLength: 2 }),
    },
    PLAIN,
  );
  return fc
    .tuple(base, among, earlier)
    .map(([policy, options, { kind, own, acceptUntil }]): Sequenced => {
      if (kind === "none") return { ...policy, ...options };
      // Steps of both are where two automata could get into each other's way.
      const alike = [...policy.sequence.slice(1), ...own].slice(0, maxSteps);
      return {
        ...policy,
        ...options,
        previous: { sequence: kind === "new" ? own : alike, acceptUntil },
      };
    })
    .filter((policy) => validatePolicy({ ...policy }).failures.length === 0);
}
