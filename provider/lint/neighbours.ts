import { hiddenSteps } from "../policy/conflicts";
import type { Policy } from "../policy/types";
import { newcomer, onPacket } from "../rules/automaton";
import type { Finding, NamedPolicy } from "./finding";

/** Doors that the knock for another door opens too: the automaton of one runs over the sequence of the other. */
export function opensOtherDoors(doors: readonly NamedPolicy[]): Finding[] {
  return pairs(doors).flatMap(([one, other]): Finding[] =>
    isOpenedBy(other.policy, one.policy)
      ? [
          {
            code: "opens-other-door",
            severity: "warning",
            reason: `a knock for ${one.name} opens ${other.name} too: the sequence of ${other.name} is part of it`,
            remedy: "choose a sequence that is not part of another one on the same host",
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

/** Steps to a port that another door of the host guards. That door drops them, unless their own door comes first. */
export function hiddenByOtherDoors(doors: readonly NamedPolicy[]): Finding[] {
  return pairs(doors).flatMap(([one, other]) =>
    hiddenSteps(one.policy.sequence ?? [], other.policy.door, "door").map(
      ({ property }): Finding => ({
        code: "hidden-step",
        severity: "error",
        reason: `the door ${other.name} guards this port, so a packet to it is never a knock`,
        remedy: "choose a port that no door of the host guards",
        path: `${one.name}.${property}`,
      }),
    ),
  );
}

/** Networks lose and reorder datagrams, and a carrier's NAT may give each one another address. */
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
        "every step is UDP: datagrams get lost and overtake each other, and behind a carrier's NAT (RFC 6888) knock and connection may come from different addresses",
      remedy: "use TCP for at least one step of each door, and let the client retry",
      path: "sequence",
    },
  ];
}

function pairs(doors: readonly NamedPolicy[]): (readonly [NamedPolicy, NamedPolicy])[] {
  return doors.flatMap((one) => doors.filter((other) => other !== one).map((other) => [one, other] as const));
}
