import { hiddenSteps } from "../policy/conflicts";
import type { Policy } from "../policy/types";
import { newcomer, onPacket } from "../rules/automaton";
import type { Finding, NamedPolicy } from "./finding";

/** Doors that the knock for another one opens as well: the automaton is given that knock, and says so. */
export function opensOtherDoors(doors: readonly NamedPolicy[]): Finding[] {
  return pairs(doors).flatMap(([one, other]): Finding[] =>
    isOpenedBy(other.policy, one.policy)
      ? [
          {
            code: "opens-other-door",
            severity: "warning",
            reason: `whoever knocks for ${one.name} has opened ${other.name} too: its sequence is part of the other`,
            remedy: "take a sequence that does not stand within another one of the same host",
            path: `${other.name}.sequence`,
          },
        ]
      : [],
  );
}

function isOpenedBy(policy: Policy, { sequence = [] }: Policy): boolean {
  let state = newcomer;
  for (const step of sequence) state = onPacket(policy, state, step, 0).state;
  return state.grantedAt !== undefined;
}

/** Steps to a port that another door of the host guards: dropped there, unless one's own door is asked first. */
export function hiddenByOtherDoors(doors: readonly NamedPolicy[]): Finding[] {
  return pairs(doors).flatMap(([one, other]) =>
    hiddenSteps(one.policy.sequence ?? [], other.policy.door, "door").map(
      ({ property }): Finding => ({
        code: "hidden-step",
        severity: "error",
        reason: `the door ${other.name} guards this port, so a packet to it is never a knock`,
        remedy: "take a port that no door of the host guards",
        path: `${one.name}.${property}`,
      }),
    ),
  );
}

/** Networks keep neither the order nor the number of datagrams, and a carrier's NAT may give each another address. */
export function udpOnly(doors: readonly NamedPolicy[]): Finding[] {
  const sequences = doors.map(({ policy }) => policy.sequence ?? []);
  const isUdpOnly = sequences.every((sequence) => sequence.every(({ protocol }) => protocol === "udp"));
  const isOrdered = sequences.some((sequence) => sequence.length > 1);
  if (!isUdpOnly || !isOrdered) return [];
  return [
    {
      code: "udp-only",
      severity: "warning",
      reason:
        "every step is UDP: datagrams are lost and overtake each other, and behind a carrier's NAT (RFC 6888) knock and connection may come from different addresses",
      remedy: "make a step of each door TCP, and let the client knock again",
      path: "sequence",
    },
  ];
}

function pairs(doors: readonly NamedPolicy[]): (readonly [NamedPolicy, NamedPolicy])[] {
  return doors.flatMap((one) => doors.filter((other) => other !== one).map((other) => [one, other] as const));
}
