import { isIPv6 } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { sequencesAt } from "../derive/derivation";
import { windowDerivation } from "../derive/schedule";
import type { Door } from "../door/door";
import { guards } from "../door/guards";
import { type Knock, type KnockSource, knocksNow, type NamedKnockSource } from "../door/knockSources";
import { remedyForEndedCalendar } from "../door/startedCalendar";
import type { Probe } from "../host/apply/probe";
import type { HostAccess } from "../host/enter";
import { knockSourcesOfOthers, rememberKnockSources } from "../host/registry";
import { type Connection, unsendableSteps } from "../policy/connection";
import { networkAccessOf } from "../policy/networks";
import { portRanges } from "../policy/ports";
import type { TokenList } from "../policy/tokens";
import type { Policy } from "../policy/types";
import { spender } from "./spender";

/** What the state remembers of a host beside the door. */
export interface AccessHistory {
  readonly hostKey?: string | undefined;
  /** The bastion through which it was reached, and its key. */
  readonly proxy?: BastionHistory | undefined;
  /** Whether the host, when it was last read, lacked rules that the door is to have. */
  readonly lacksRules?: boolean;
  /**
   * What let in besides when the door was last changed: its own sequence before that, which a host restored from a backup
   * may have, and those of the stack's other doors, which may be on their way out with the next `up`.
   */
  readonly spareKnocks?: readonly NamedKnockSource[] | undefined;
  /** The tokens that the host had when it was last changed. Others may not be usable there yet. */
  readonly tokens?: TokenList | undefined;
}

export interface BastionHistory {
  readonly host: string;
  readonly port?: number | undefined;
  readonly hostKey: string;
}

/** Another bastion may have another key. */
function recordedKeyOf({ proxy }: Connection, before: BastionHistory | undefined): string | undefined {
  const isSame = proxy?.host === before?.host && proxy?.port === (before?.port ?? 22);
  return isSame ? before?.hostKey : undefined;
}

/**
 * The way in: the sequences that open the host's SSH port, of these doors where they guard it, and what else is known.
 * What the door itself may want is knocked last, since its grant is the shortest-lived.
 */
export function hostAccessOf(
  door: Door,
  doors: readonly Door[],
  { hostKey, proxy, spareKnocks = [], tokens, lacksRules = false }: AccessHistory,
): HostAccess {
  const { connection, identity } = door;
  const previous = guardingSsh(doors).flatMap(({ policy }): NamedKnockSource[] =>
    policy.previous
      ? [{ sequence: policy.previous.sequence, source: "the previous sequence, as the inputs say" }]
      : [],
  );
  const [calendarsEnd] = guardingSsh(doors).flatMap(
    ({ calendar }) => remedyForEndedCalendar(calendar, Date.now()) ?? [],
  );
  const isGuarded = guardingSsh(doors).length > 0;
  const remedy = calendarsEnd ?? (isGuarded && lacksRules ? IF_RULES_ARE_MISSING : undefined);
  return {
    connection,
    recordedHostKey: hostKey,
    recordedProxyHostKey: recordedKeyOf(connection, proxy),
    ...(tokens && guardingSsh(doors).length > 0 && { token: spender(tokens) }),
    ...(remedy !== undefined && { remedy }),
    ...(isGuarded && { hints: IF_GUARDED }),
    knocks: (isRetry) => {
      const openers: NamedKnockSource[] = [
        ...(connection.knock ? [{ sequence: connection.knock, source: "connection.knock" }] : []),
        ...knockSourcesOfOthers(connection.host, identity.id),
        ...(isRetry ? [...spareKnocks, ...previous] : []),
        ...guardingSsh(doors).flatMap(ownKnockSources),
      ];
      return distinctKnocks(openers.flatMap((opener) => knocksNow(opener, isRetry)));
    },
  };
}

/** At a console of the host: the doors as they were last confirmed, or none until the next `up`. */
const AT_A_CONSOLE =
  "at a console of the host, `sh /etc/portknock/load.sh` (or a reboot) loads the doors as they were last confirmed; else `iptables -D INPUT -m comment --comment portknock -j PORTKNOCK`, and the same with ip6tables, opens its ports until the next `pulumi up --refresh`";

const IF_RULES_ARE_MISSING = `when the host was last read, its rules were not all that the door on its SSH port needs (see \`rules\` in the diff), so a knock may not open it. ${capital(AT_A_CONSOLE)}. From an address in allowFrom, \`pulumi up\` repairs it.`;

const IF_GUARDED = `check that the host is up and reachable from here. If an earlier \`pulumi up\` was killed, or its program was reverted since, the host may hear that program's sequence: give it as connection.knock, and run \`pulumi up\` without --refresh (a refresh knocks as the state says). If another stack's door guards the SSH port too, give that door's sequence as connection.knock. If this \`up\` also removes the door there, let that be an \`up\` of its own. If nothing opens it, ${AT_A_CONSOLE}.`;

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** The last of equal ones stays: it is the one of which most is known. */
function distinctKnocks(knocks: readonly Knock[]): readonly Knock[] {
  return knocks.filter(
    ({ sequence }, index) =>
      !knocks.slice(index + 1).some((later) => isDeepStrictEqual(later.sequence, sequence)),
  );
}

function ownKnockSources({ policy, sequenceRevision }: Door): NamedKnockSource[] {
  const what = policy.calendar ? "calendar" : "sequence";
  const source = `revision ${sequenceRevision} of this door's ${what}`;
  return knockSourcesOf(policy).map((opener) => ({ ...opener, source }));
}

function knockSourcesOf({ sequence, calendar }: Policy): KnockSource[] {
  return [
    ...(sequence ? [{ sequence }] : []),
    ...(calendar ? [{ derivation: windowDerivation(calendar) }] : []),
  ];
}

/** What to remember for the next change, once the door has taken the place of `doors`. */
export function spareKnocksOf(
  door: Door,
  doors: readonly Door[],
  before: AccessHistory,
): readonly NamedKnockSource[] {
  const { connection, identity, policy } = door;
  const [now] = knockSourcesOf(policy);
  const replaced = guardingKnockSources(doors).find((opener) => !isDeepStrictEqual(opener, now));
  const earlier = (before.spareKnocks ?? []).filter(({ source }) => source === EARLIER);
  return [
    ...(replaced ? [{ ...replaced, source: EARLIER }] : earlier),
    ...knockSourcesOfOthers(connection.host, identity.id),
  ];
}

const EARLIER = "the sequence that this door had before";

/** How the door can be seen from here, by one TCP port of each service; undefined where it cannot. */
export function probeOf({ policy, connection }: Door): Probe | undefined {
  const [opener] = knockSourcesOf(policy);
  const ports = policy.door.flatMap(({ protocol, ports }) => {
    const [range] = portRanges(ports);
    return protocol === "tcp" && range ? [range.first] : [];
  });
  if (opener === undefined) return undefined;
  const sequence = () =>
    "sequence" in opener ? opener.sequence : sequencesAt(opener.derivation, Date.now())[0];
  const isSendable = connection.proxy === undefined || unsendableSteps(sequence(), "").length === 0;
  // What passes through the host may not be for its own address.
  if (policy.chain !== "INPUT" || ports.length === 0 || !isSendable) return undefined;
  return {
    ports,
    sequence,
    closedReply: policy.closedResponse === "reset" ? "refused" : "none",
    isOnSsh: guards(policy.door, connection.port),
    isSingleUse: policy.singleUse,
    guardsAgainst: (address) =>
      policy.families.includes(isIPv6(address) ? "ipv6" : "ipv4") &&
      networkAccessOf(policy, address) === "stranger",
  };
}

/** Tells the other doors of the host how to get in while and after this one changes. */
export function publishSecrets(door: Door, doors: readonly Door[]): void {
  const isSingleUse = guardingSsh(doors).some(({ policy }) => policy.singleUse);
  rememberKnockSources(door.connection.host, door.identity.id, guardingKnockSources(doors), isSingleUse);
}

function guardingKnockSources(doors: readonly Door[]): KnockSource[] {
  return guardingSsh(doors).flatMap(({ policy }) => knockSourcesOf(policy));
}

/** Those of the doors that guard the SSH port. */
function guardingSsh(doors: readonly Door[]): readonly Door[] {
  return doors.filter(
    ({ connection, policy }) => policy.chain === "INPUT" && guards(policy.door, connection.port),
  );
}
