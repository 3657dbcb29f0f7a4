import { portRanges } from "../../policy/ports";
import type { Policy, Service } from "../../policy/types";
import { describePorts, type NameKnock } from "../../rules/describe";

/** What a door does, in sentences. */
export function doorInWords(policy: Policy, nameKnock: NameKnock): string[] {
  const { sequence, door, openForSeconds, stepTimeoutSeconds, ignore } = policy;
  const isOne = sequence.length === 1;
  return [
    `Closed to everyone: ${services(door)}. Packets to it are dropped.`,
    `Opens for ${openForSeconds} s, to new connections of a source that sends`,
    ...sequence.map((step, index) => `  ${index + 1}. ${nameKnock(step)}`),
    ...(isOne ? [] : [`in this order, each within ${stepTimeoutSeconds} s of the one before.`]),
    "A wrong knock begins anew; a repeated one, or a try at the door, changes nothing.",
    "Connections that are open outlive the grant. No knock is answered or dropped by these rules.",
    ...(ignore.length === 0 ? [] : [`No knock, whatever happens there: ${ignored(ignore)}.`]),
  ];
}

function services(door: readonly Service[]): string {
  return door.map(({ protocol, ports }) => describePorts(protocol, portRanges(ports))).join("; ");
}

function ignored(ignore: Policy["ignore"]): string {
  return ignore.map((item) => (item.protocol === "icmp" ? "pings" : services([item]))).join("; ");
}
