import { includesLoopback, parseNetwork } from "./networks";
import { includesPort, portRanges } from "./ports";
import { sameStep } from "./sameStep";
import type { Ignored, Policy, Sequence, Service, Step } from "./types";

/** Something wrong with an input: where (`sequence[2].port`), and what would be right. Never the value itself. */
export interface Failure {
  readonly property: string;
  readonly reason: string;
}

/** The fields that say how a door is opened. */
export const OPENING_FIELDS = ["sequence", "calendar", "oneTime"] as const;

/** Fields that are about the sequence. */
const OF_SEQUENCE = ["previous", "lockout"] as const;

/** A door that no knock opens is a closed port, which needs no door. `given` has the fields as they were given. */
export function missingOpening(given: Readonly<Record<string, unknown>>): Failure[] {
  if (!OPENING_FIELDS.some((way) => given[way] !== undefined)) {
    return [{ property: "sequence", reason: "must be given: without a knock the door never opens" }];
  }
  if (given.sequence !== undefined || given.calendar !== undefined) return [];
  return OF_SEQUENCE.filter((name) => given[name] !== undefined).map((property) => ({
    property,
    reason: "has a meaning only with `sequence`",
  }));
}

/** Two equal steps in a row could not be told from a retransmitted packet (DESIGN: automaton, rule 1). */
export function repeatedSteps(sequence: Sequence): Failure[] {
  return sequence.flatMap((step, index) => {
    const before = sequence[index - 1];
    return before && sameStep(step, before)
      ? [
          {
            property: `sequence[${index}]`,
            reason: "must differ from the step before it: a repeated packet does not count",
          },
        ]
      : [];
  });
}

/** A datagram would be two knocks at once where one step takes any to a port, and another those with a payload. */
export function ambiguousSteps(sequence: Sequence): Failure[] {
  const takesAny = (step: Step, port: number) =>
    step.protocol === "udp" && step.port === port && step.payload === undefined;
  return sequence.flatMap((step, index) =>
    step.protocol === "udp" &&
    step.payload !== undefined &&
    sequence.some((other) => takesAny(other, step.port))
      ? [
          {
            property: `sequence[${index}]`,
            reason: "must be to another port: a step without a payload takes every datagram to this one",
          },
        ]
      : [],
  );
}

/** A knock that the door or `ignore` takes first would never count. */
export function hiddenSteps(
  sequence: Sequence,
  services: readonly (Service | Ignored)[],
  field: "door" | "ignore",
): Failure[] {
  return sequence.flatMap((step, index) =>
    services.some((service) => covers(service, step))
      ? [
          {
            property: `sequence[${index}]`,
            reason: `must not be a packet that \`${field}\` names: it would never count as a knock`,
          },
        ]
      : [],
  );
}

/** Options that leave no meaning to each other. */
export function contradictions(policy: Partial<Policy>): Failure[] {
  const { singleUse, extend, loopbackKnocks, chain, families, allowFrom, denyFrom } = policy;
  const networks = { allowFrom: allowFrom ?? [], denyFrom: denyFrom ?? [] };
  return [
    ...(singleUse && extend
      ? [
          {
            property: "extend",
            reason: "must not be true with `singleUse`: the grant that it renews is gone",
          },
        ]
      : []),
    ...(loopbackKnocks && policy.interface !== undefined && !includesLoopback(policy.interface)
      ? [
          {
            property: "loopbackKnocks",
            reason:
              "must not be true with an `interface` other than lo: what the host sends to itself does not come by it",
          },
        ]
      : []),
    ...(chain !== undefined && chain !== "INPUT" && policy.interface === undefined
      ? [
          {
            property: "interface",
            reason: `must name the interface by which clients come, with \`chain\` ${chain}: connections from behind this host to such ports elsewhere pass there too, and would find the door closed`,
          },
        ]
      : []),
    ...Object.entries(networks).flatMap(([property, texts]) =>
      texts.flatMap((text, index) => {
        const family = parseNetwork(text)?.family;
        return family && families && !families.includes(family)
          ? [{ property: `${property}[${index}]`, reason: "must be of a family that `families` names" }]
          : [];
      }),
    ),
  ];
}

/** A port that is heard as something else would hear no token. */
export function hiddenTokens(policy: Partial<Policy>): Failure[] {
  const port = policy.oneTime?.port;
  return port !== undefined && isNamed(policy, { protocol: "udp", port })
    ? [
        {
          property: "oneTime.port",
          reason: "must be no port that a sequence, `door` or `ignore` names for UDP",
        },
      ]
    : [];
}

/** Whether a packet is one that a policy names as something else than a token. */
export function isNamed(
  { sequence = [], previous, door = [], ignore = [] }: Partial<Policy>,
  packet: Extract<Step, { protocol: "udp" }>,
): boolean {
  const steps = [...sequence, ...(previous?.sequence ?? [])];
  return (
    steps.some((step) => step.protocol === "udp" && step.port === packet.port) ||
    [...door, ...ignore].some((service) => covers(service, packet))
  );
}

function covers(service: Service | Ignored, step: Step): boolean {
  if (service.protocol === "icmp") return step.protocol === "icmp";
  return step.protocol === service.protocol && includesPort(portRanges(service.ports), step.port);
}
