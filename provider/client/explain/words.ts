import { portRanges } from "../../policy/ports";
import type { Calendar, OneTime, Policy, Service } from "../../policy/types";
import { describePorts, type NameKnock } from "../../rules/describe";

/** What a door does, in sentences. */
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
    "Connections that are open outlive the grant. No knock is answered or dropped by these rules.",
    ...grantInWords(policy),
    ...sourcesInWords(policy),
    ...(ignore.length === 0 ? [] : [`No knock, whatever happens there: ${ignored(ignore)}.`]),
    ...(policy.log ? ["Grants that are used, and tries of who is locked out, go to the kernel's log."] : []),
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
      ? [`Until ${previous.acceptUntil} by the host's clock, the previous sequence does the same.`]
      : []),
    "A wrong knock begins anew; a repeated one, or a try at the door, changes nothing.",
  ];
}

function tokensInWords({ tokens }: OneTime, { openForSeconds }: Policy): string[] {
  return [
    `Opens for ${openForSeconds} s to whoever sends one of ${tokens} tokens, UDP datagrams, each of which is good once.`,
    "A token that was used is answered as the right one is, and as any other datagram.",
  ];
}

/** The sequence before it, and the rules of it that follow, are those of the window that is open now. */
function calendarInWords({ windowMinutes, days, graceSeconds }: Calendar): string[] {
  return [
    `That is the sequence of now: every ${windowMinutes} minutes another one takes its place, by the host's clock, in UTC.`,
    `Each is heard ${graceSeconds} s longer on both sides. After ${days} days without an \`up\` none opens the door any more.`,
  ];
}

/** What a grant is good for. */
function grantInWords({ singleUse, extend, grantVerdict, rateLimit, grantPrefix }: Policy): string[] {
  const { ipv4, ipv6 } = grantPrefix;
  return [
    ...(singleUse ? ["The first new connection uses the grant up."] : []),
    ...(extend ? ["Each new connection begins the grant anew."] : []),
    ...(grantVerdict === "return" ? ["Whom the door lets through, the host's own rules still judge."] : []),
    ...(rateLimit
      ? [
          `A source may open ${rateLimit.burst} connections at once, and ${rateLimit.connectionsPerMinute} a minute after that.`,
        ]
      : []),
    ...(ipv4 < 32 || ipv6 < 128
      ? [
          `A source is all that shares the first ${ipv4} bits of an IPv4 address, or ${ipv6} of an IPv6 address.`,
        ]
      : []),
  ];
}

/** Who is meant, and by which way they come. */
function sourcesInWords(policy: Policy): string[] {
  const { allowFrom, denyFrom, lockout, oneTime, interface: name, chain } = policy;
  return [
    ...(chain === "INPUT"
      ? []
      : [`Guards what passes through the host, in ${chain}, by the port that the client named.`]),
    ...(name === undefined ? [] : [`Guards what comes by the interface ${name}; all else passes.`]),
    policy.loopbackKnocks || name === "lo"
      ? "What the host sends to itself may be a knock, so any account there can try sequences."
      : "What the host sends to itself is no knock.",
    ...(denyFrom.length === 0 ? [] : [`Never opens to ${denyFrom.join(", ")}.`]),
    ...(allowFrom.length === 0 ? [] : [`Always open to ${allowFrom.join(", ")}.`]),
    ...(lockout
      ? [
          `After ${lockout.wrongKnocks} wrong knocks within ${lockout.withinSeconds} s a source is not heard for ${lockout.forSeconds} s${oneTime ? ", but for its one-time tokens" : ""}. Forged packets lift that, and bring it on others.`,
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
