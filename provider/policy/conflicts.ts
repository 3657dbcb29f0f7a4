import { includesLoopback, parseNetwork } from "./networks";
import { includesPort, portRanges } from "./ports";
import { sameStep } from "./sameStep";
import type { Ignored, Policy, Sequence, Service, Step } from "./types";

/** A mistake in an input: its path (`sequence[2].port`), and what is allowed there. Never the value itself. */
export interface Failure {
  readonly property: string;
  readonly reason: string;
}

/** The fields that open a door: a policy has at least one. */
export const OPENING_FIELDS = ["sequence", "calendar", "oneTime"] as const;

/** Fields that only make sense with a sequence. */
const OF_SEQUENCE = ["previous", "lockout"] as const;

/** A door that no knock opens is just a closed port. `given` has the fields as the user wrote them. */
export function missingOpening(given: Readonly<Record<string, unknown>>): Failure[] {
  if (!OPENING_FIELDS.some((way) => given[way] !== undefined)) {
    return [{ property: "sequence", reason: "must be given: without a knock the door never opens" }];
  }
  if (given.sequence !== undefined || given.calendar !== undefined) return [];
  return OF_SEQUENCE.filter((name) => given[name] !== undefined).map((property) => ({
    property,
    reason: "must not be given without `sequence`",
  }));
}

/** The host cannot tell two equal steps in a row from a retransmitted packet (rules/automaton.ts). */
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

/** If one step takes every datagram to a port, and another only those with a payload, one datagram is both knocks. */
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
            reason: "must use another port: a step without a payload accepts every datagram to this one",
          },
        ]
      : [],
  );
}

/** A packet that `door` or `ignore` names never counts as a knock. */
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

/** Options that contradict each other. */
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
              "must not be true with an `interface` other than lo: packets of the host to itself arrive on lo",
          },
        ]
      : []),
    ...(chain !== undefined && chain !== "INPUT" && policy.interface === undefined
      ? [
          {
            property: "interface",
            reason: `must name the interface on which clients arrive, with \`chain\` ${chain}: without it the door also blocks connections from behind this host to these ports elsewhere`,
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

/** A port that a sequence, `door` or `ignore` uses receives no token. */
export function hiddenTokens(policy: Partial<Policy>): Failure[] {
  const port = policy.oneTime?.port;
  return port !== undefined && isNamed(policy, { protocol: "udp", port })
    ? [
        {
          property: "oneTime.port",
          reason: "must not be a UDP port of a sequence, `door` or `ignore`",
        },
      ]
    : [];
}

/** Whether a sequence, `door` or `ignore` of a policy uses a packet's port. */
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
