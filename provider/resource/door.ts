import { isIPv6 } from "node:net";
import { isDeepStrictEqual } from "node:util";
import type { Entrance } from "../host/enter";
import type { Probe } from "../host/probe";
import { type Knock, knocksOfOthers, rememberKnocks } from "../host/registry";
import { type Failure, missingWays, WAYS } from "../policy/conflicts";
import {
  type Connection,
  connectionSchema,
  missingCredentials,
  onUnreachable,
  unsendableSteps,
} from "../policy/connection";
import { wholeNumber } from "../policy/fields";
import { limits } from "../policy/limits";
import { standingOf } from "../policy/networks";
import { includesPort, portRanges } from "../policy/ports";
import { policyFields } from "../policy/schema";
import type { TokenList } from "../policy/tokens";
import type { Policy, Sequence } from "../policy/types";
import { conflicts, validateFields } from "../policy/validate";
import { compile } from "../rules/compile";
import type { Identity, Ruleset } from "../rules/ir";
import { ownerText } from "../rules/names";
import type { Knocks } from "../rules/redact";
import { hasUnknown, isUnknown } from "./unknown";

/** Properties of a resource as Pulumi hands them over: JSON, not yet checked. */
export type Properties = Readonly<Record<string, unknown>>;

/** A door on a host: checked inputs, and what follows from them. */
export interface Door {
  readonly connection: Connection;
  /** How often its sequence was changed, which tells sequences apart without showing them. */
  readonly sequenceRevision: number;
  readonly rollbackAfterSeconds: number;
  readonly onUnreachable: "fail" | "abandon";
  readonly policy: Policy;
  readonly tokens: TokenList | undefined;
  /** What is secret of it. */
  readonly knocks: Knocks;
  readonly identity: Identity;
  readonly ruleset: Ruleset;
}

const doorFields = {
  ...policyFields,
  connection: connectionSchema,
  rollbackAfterSeconds: wholeNumber("seconds", limits.rollbackAfterSeconds).default(
    limits.rollbackAfterSeconds.default,
  ),
  onUnreachable,
} as const;

/** The inputs that are the user's, without what the constructor, `check` and Pulumi add. */
export const userInputs = Object.keys(doorFields) as readonly (keyof typeof doorFields)[];

/** The user's inputs with defaults filled in, where they are right, and what is wrong with the others. */
export function checkInputs(inputs: Properties): {
  readonly value: Properties;
  readonly failures: readonly Failure[];
} {
  const { __provider, owner, doorId, rules, sequenceRevision, slot, tokens, refill, ...given } = inputs;
  const { value, failures } = validateFields(doorFields, given, isUnknown);
  const { connection, ...checked } = value;
  // An unknown text looks like a right one, and must be told from one again when it is known.
  const policy: typeof checked = Object.fromEntries(
    Object.entries(checked).filter(([name]) => !hasUnknown(given[name])),
  );
  return {
    // Not the connection's defaults: they may change, and are no decision of the user's to record.
    value: { ...given, ...policy },
    failures: [
      ...failures,
      ...missingWays(given),
      ...conflicts(policy).filter(({ property }) => !isUnknown(given[property])),
      ...(connection && !hasUnknown(given.connection) ? missingCredentials(connection, process.env) : []),
      ...(connection?.proxy ? throughBastion(connection, policy) : []),
      ...(connection ? lockedOut(connection, policy, given) : []),
    ],
  };
}

/** Which knocks must go through the bastion: those that open the SSH port. */
function throughBastion({ knock, port }: Connection, policy: Partial<Policy>): Failure[] {
  const { sequence, door, chain } = policy;
  return [
    ...(knock ? unsendableSteps(knock, "connection.knock") : []),
    ...(sequence && door && chain === "INPUT" && guards(door, port)
      ? unsendableSteps(sequence, "sequence")
      : []),
  ];
}

/** After a reboot no token works: a door on the SSH port needs another way in, or nobody ever sets it right. */
function lockedOut({ port }: Connection, policy: Partial<Policy>, given: Properties): Failure[] {
  const { oneTime, door, chain, allowFrom } = policy;
  const isOnlyWay = WAYS.every((way) => way === "oneTime" || given[way] === undefined);
  const isAlone = oneTime && door && chain === "INPUT" && allowFrom?.length === 0 && isOnlyWay;
  return isAlone && guards(door, port)
    ? [
        {
          property: "oneTime",
          reason:
            "must not be the only way to the SSH port: after a reboot of the host no token works until an `up`, which would find the door closed. Give a `sequence` as well, or `allowFrom`",
        },
      ]
    : [];
}

/**
 * The door that checked inputs ask for; undefined while any of them is unknown.
 * @throws TypeError where they are none that `check` let through.
 */
export function doorOf(inputs: Properties): Door | undefined {
  const { __provider, ...known } = inputs;
  if (hasUnknown(known)) return undefined;
  const given = Object.fromEntries(userInputs.map((name) => [name, inputs[name]]));
  const { value, failures } = validateFields(doorFields, given);
  const { connection, rollbackAfterSeconds, onUnreachable, ...policy } = value;
  if (failures.length > 0 || !connection || !rollbackAfterSeconds || !onUnreachable) {
    throw new TypeError(`inputs were not checked: ${failures.map(({ property }) => property).join(", ")}`);
  }
  const complete = policy as Policy;
  const identity = { id: String(inputs.doorId), owner: ownerText(String(inputs.owner)) };
  const sequenceRevision = Number(inputs.sequenceRevision ?? 1);
  const tokens = complete.oneTime && (inputs.tokens as TokenList);
  const made = tokens ? { tokens } : {};
  return {
    connection,
    sequenceRevision,
    rollbackAfterSeconds,
    onUnreachable,
    policy: complete,
    tokens,
    knocks: { ...complete, ...made },
    identity,
    ruleset: compile(complete, identity, { ...made, ...(inputs.slot === "b" && { slot: "b" }) }),
  };
}

/** What the state remembers of a host beside the door. */
export interface Memory {
  readonly hostKey?: string | undefined;
  /**
   * What let in besides when the door was last changed: its own sequence before that, which a host restored from a backup
   * may have, and those of the stack's other doors, which may be on their way out with the next `up`.
   */
  readonly spareKnocks?: readonly Knock[] | undefined;
}

/**
 * The way in: the sequences that open the host's SSH port, of these doors where they guard it, and what else is known.
 * What the door itself may want is knocked last, since its grant is the shortest-lived.
 */
export function entranceOf(
  door: Door,
  doors: readonly Door[],
  { hostKey, spareKnocks = [] }: Memory,
): Entrance {
  const { connection, identity } = door;
  const previous = guarding(doors).flatMap(({ policy }): Knock[] =>
    policy.previous
      ? [{ sequence: policy.previous.sequence, source: "the previous sequence, as the inputs say" }]
      : [],
  );
  return {
    connection,
    recordedHostKey: hostKey,
    knocks: (isRetry) =>
      withoutRepeats([
        ...(connection.knock ? [{ sequence: connection.knock, source: "connection.knock" }] : []),
        ...knocksOfOthers(connection.host, identity.id),
        ...(isRetry ? [...spareKnocks, ...previous] : []),
        ...guarding(doors).flatMap(({ policy: { sequence }, sequenceRevision }): Knock[] =>
          sequence ? [{ sequence, source: `revision ${sequenceRevision} of this door's sequence` }] : [],
        ),
      ]),
  };
}

/** The last of equal ones stays: it is the one of which most is known. */
function withoutRepeats(knocks: readonly Knock[]): readonly Knock[] {
  return knocks.filter(
    ({ sequence }, index) =>
      !knocks.slice(index + 1).some((later) => isDeepStrictEqual(later.sequence, sequence)),
  );
}

/** What to remember for the next change, once the door has taken the place of `doors`. */
export function spareKnocksOf(door: Door, doors: readonly Door[], before: Memory): readonly Knock[] {
  const { connection, identity, policy } = door;
  const replaced = sequencesOf(doors).find((sequence) => !isDeepStrictEqual(sequence, policy.sequence));
  const earlier = (before.spareKnocks ?? []).filter(({ source }) => source === EARLIER);
  return [
    ...(replaced ? [{ sequence: replaced, source: EARLIER }] : earlier),
    ...knocksOfOthers(connection.host, identity.id),
  ];
}

const EARLIER = "the sequence that this door had before";

/** How the door can be seen from here, by one TCP port of each service; undefined where it cannot. */
export function probeOf({ policy, connection }: Door): Probe | undefined {
  const { sequence } = policy;
  const ports = policy.door.flatMap(({ protocol, ports }) => {
    const [range] = portRanges(ports);
    return protocol === "tcp" && range ? [range.first] : [];
  });
  if (sequence === undefined) return undefined;
  const isSendable = connection.proxy === undefined || unsendableSteps(sequence, "").length === 0;
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
      standingOf(policy, address) === "stranger",
  };
}

/** Tells the other doors of the host how to get in while and after this one changes. */
export function announce(door: Door, doors: readonly Door[]): void {
  rememberKnocks(door.connection.host, door.identity.id, sequencesOf(doors));
}

/** The sequences of those of the doors that guard the SSH port. */
function sequencesOf(doors: readonly Door[]): Sequence[] {
  return guarding(doors).flatMap(({ policy }) => (policy.sequence ? [policy.sequence] : []));
}

/** Those of the doors that guard the SSH port. */
function guarding(doors: readonly Door[]): readonly Door[] {
  return doors.filter(
    ({ connection, policy }) => policy.chain === "INPUT" && guards(policy.door, connection.port),
  );
}

function guards(door: Policy["door"], tcpPort: number): boolean {
  return door.some(({ protocol, ports }) => protocol === "tcp" && includesPort(portRanges(ports), tcpPort));
}
