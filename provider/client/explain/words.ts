import { portRanges } from "../../policy/ports";
import type { Calendar, OneTime, Policy, Service } from "../../policy/types";
import { describePorts, type NameKnock } from "../../rules/describe";

/** Describes a door in sentences. */
export function doorInWords(policy: Policy, nameKnock: NameKnock): string[] {
  const { door, ignore, closedResponse } = policy;
  const families = policy.families.map((family) => family.replace("ipv", "IPv")).join(" and ");
  return [
    `Closed to everyone over ${families}: ${services(door)}.`,
    closedResponse === "drop"
      ? "Packets to it are dropped."
      : "Packets to it are refused, as by a port where nothing listens.",
    ...sequenceInWords(policy, nameKnock),
    ...(policy.oneTime ? tokensInWords(policy.oneTime, policy) : []),
    "Open connections stay open when the grant ends. These rules neither answer nor drop a knock.",
    ...grantInWords(policy),
    ...sourcesInWords(policy),
    ...(ignore.length === 0 ? [] : [`Packets that never count as knocks: ${ignored(ignore)}.`]),
    ...(policy.log
      ? ["The kernel's log has each use of a grant, and each try of a source that is locked out."]
      : []),
  ];
}

/** What opens the door. */
function sequenceInWords(policy: Policy, nameKnock: NameKnock): string[] {
  const { sequence, calendar, previous, openForSeconds, stepTimeoutSeconds } = policy;
  if (sequence === undefined) return [];
  return [
    `Opens for ${openForSeconds} s, to new connections of a source that sends`,
    ...sequence.map((step, index) => `  ${index + 1}. ${nameKnock(step)}`),
    ...(sequence.length === 1
      ? []
      : [`in this order, each within ${stepTimeoutSeconds} s of the one before.`]),
    ...(calendar ? calendarInWords(calendar) : []),
    ...(previous
      ? [`Until ${previous.acceptUntil} by the host's clock, the previous sequence opens it too.`]
      : []),
    "After a wrong knock the source starts over. A repeated knock, or a packet to the door, changes nothing.",
  ];
}

function tokensInWords({ tokens }: OneTime, { openForSeconds }: Policy): string[] {
  return [
    `Opens for ${openForSeconds} s to a source that sends one of ${tokens} tokens (UDP datagrams). Each token works once.`,
    "A used token gets the same answer as an unused one, and as any other datagram.",
  ];
}

/** The sequence above these lines, and the rules below them, are those of the present window. */
function calendarInWords({ windowMinutes, days, graceSeconds }: Calendar): string[] {
  return [
    `This is the present sequence. Another one replaces it every ${windowMinutes} minutes, by the host's clock in UTC.`,
    `Each is accepted ${graceSeconds} s before and after its window too. After ${days} days without an \`up\`, no sequence opens the door.`,
  ];
}

/** What a grant allows. */
function grantInWords({ singleUse, extend, grantVerdict, rateLimit, grantPrefix }: Policy): string[] {
  const { ipv4, ipv6 } = grantPrefix;
  return [
    ...(singleUse ? ["The first new connection uses the grant up."] : []),
    ...(extend ? ["Each new connection renews the grant."] : []),
    ...(grantVerdict === "return"
      ? ["The host's own rules decide about connections that the door lets through."]
      : []),
    ...(rateLimit
      ? [
          `A source may open ${rateLimit.burst} connections at once, and ${rateLimit.connectionsPerMinute} a minute after that.`,
        ]
      : []),
    ...(ipv4 < 32 || ipv6 < 128
      ? [`Addresses with the same first ${ipv4} bits (IPv4) or ${ipv6} bits (IPv6) count as one source.`]
      : []),
  ];
}

/** Which sources the door concerns, and on which path. */
function sourcesInWords(policy: Policy): string[] {
  const { allowFrom, denyFrom, lockout, oneTime, interface: name, chain } = policy;
  return [
    ...(chain === "INPUT"
      ? []
      : [
          `Guards traffic that passes through the host, in ${chain}, by the port that the client connects to.`,
        ]),
    ...(name === undefined ? [] : [`Guards only packets that arrive on the interface ${name}.`]),
    policy.loopbackKnocks || name === "lo"
      ? "Packets from the host to itself may be knocks, so any account there can try sequences."
      : "Packets from the host to itself are never knocks.",
    ...(denyFrom.length === 0 ? [] : [`Never opens to ${denyFrom.join(", ")}.`]),
    ...(allowFrom.length === 0 ? [] : [`Always open to ${allowFrom.join(", ")}.`]),
    ...(lockout
      ? [
          `After ${lockout.wrongKnocks} wrong knocks within ${lockout.withinSeconds} s, a source is locked out for ${lockout.forSeconds} s${oneTime ? ", except for its one-time tokens" : ""}. Forged packets can end a lockout, and can lock out other sources.`,
        ]
      : []),
  ];
}

function services(door: readonly Service[]): string {
  return door.map(({ protocol, ports }) => describePorts(protocol, portRanges(ports))).join("; ");
}

function ignored(ignore: Policy["ignore"]): string {
  return ignore.map((item) => (item.protocol === "icmp" ? "pings" : services([item]))).join("; ");
}
