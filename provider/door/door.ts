import { hiddenKnocks, scheduleOf } from "../derive/schedule";
import {
  ambiguousSteps,
  type Failure,
  missingOpening,
  OPENING_FIELDS,
  repeatedSteps,
} from "../policy/conflicts";
import {
  type Connection,
  connectionSchema,
  missingCredentials,
  onUnpersisted,
  onUnreachable,
  unsendableSteps,
} from "../policy/connection";
import { wholeNumber } from "../policy/fields";
import { joinSshConfig, withIdentityFiles } from "../policy/fromSshConfig";
import { limits } from "../policy/limits";
import { policyFields } from "../policy/schema";
import type { TokenList } from "../policy/tokens";
import type { Calendar, Policy, Sequence } from "../policy/types";
import { conflicts, validateFields } from "../policy/validate";
import { compile } from "../rules/compile";
import type { DoorSecrets } from "../rules/doorSecrets";
import { ownerText } from "../rules/identity";
import type { Identity, Ruleset } from "../rules/ir";
import { guards } from "./guards";
import type { Properties } from "./properties";
import type { StartedCalendar } from "./startedCalendar";
import { hasUnknown, isUnknown } from "./unknown";

/** A door on a host: checked inputs, and what follows from them. */
export interface Door {
  readonly connection: Connection;
  /** How often its sequence was changed, which tells sequences apart without showing them. */
  readonly sequenceRevision: number;
  readonly rollbackAfterSeconds: number;
  readonly onUnreachable: "fail" | "abandon";
  readonly onUnpersisted: "fail" | "warn";
  readonly policy: Policy;
  readonly tokens: TokenList | undefined;
  /** What is secret of it. */
  readonly knocks: DoorSecrets;
  readonly identity: Identity;
  readonly calendar?: StartedCalendar;
  readonly ruleset: Ruleset;
}

const doorFields = {
  ...policyFields,
  connection: connectionSchema,
  rollbackAfterSeconds: wholeNumber("seconds", limits.rollbackAfterSeconds).default(
    limits.rollbackAfterSeconds.default,
  ),
  onUnreachable,
  onUnpersisted,
} as const;

/** The inputs that are the user's, without what the constructor, `check` and Pulumi add. */
export const userInputs = Object.keys(doorFields) as readonly (keyof typeof doorFields)[];

/** The user's inputs with defaults filled in, where they are right, and what is wrong with the others. */
export function checkInputs(inputs: Properties): {
  readonly value: Properties;
  readonly failures: readonly Failure[];
} {
  const { __provider, owner, doorId, rules, sequenceRevision, slot, calendarFrom, tokens, refill, ...rest } =
    inputs;
  const { fromSshConfig, ...given } = rest;
  const joined = joinSshConfig(given.connection, fromSshConfig);
  const { value, failures } = validateFields(
    doorFields,
    { ...given, ...(joined !== given.connection && { connection: joined }) },
    isUnknown,
  );
  const { connection: seen, ...checked } = value;
  const connection = seen && withIdentityFiles<Connection>(seen, fromSshConfig);
  // An unknown text looks like a right one, and must be told from one again when it is known.
  const policy: typeof checked = Object.fromEntries(
    Object.entries(checked).filter(([name]) => !hasUnknown(given[name])),
  );
  return {
    // Not the connection's defaults: they may change, and are no decision of the user's to record.
    value: { ...given, ...policy, ...withSteps(given, connection?.knock) },
    failures: [
      ...failures,
      ...missingOpening(given),
      ...[...conflicts(policy), ...hiddenKnocks(policy)].filter(
        ({ property }) => !isUnknown(given[property]),
      ),
      ...(connection && !hasUnknown(given.connection) ? missingCredentials(connection, process.env) : []),
      ...(connection?.knock && !hasUnknown(given.connection) ? wrongKnock(connection.knock) : []),
      ...(connection?.proxy ? throughBastion(connection, policy) : []),
      ...(connection ? lockedOut(connection, policy, given) : []),
    ],
  };
}

/** The connection with its knock as steps, in whichever form that was given. */
function withSteps({ connection }: Properties, knock: Connection["knock"]): Properties {
  if (typeof connection !== "object" || connection === null || knock === undefined || hasUnknown(connection))
    return {};
  return { connection: { ...connection, knock } };
}

/** A sequence that no door can have opens none. */
function wrongKnock(knock: Sequence): Failure[] {
  return [...repeatedSteps(knock), ...ambiguousSteps(knock)].map(({ property, reason }) => ({
    property: property.replace("sequence", "connection.knock"),
    reason,
  }));
}

/** Which knocks must go through the bastion: those that open the SSH port. */
function throughBastion({ knock, port }: Connection, policy: Partial<Policy>): Failure[] {
  const { sequence, calendar, door, chain } = policy;
  const isOnSsh = door !== undefined && chain === "INPUT" && guards(door, port);
  return [
    ...(knock ? unsendableSteps(knock, "connection.knock") : []),
    ...(sequence && isOnSsh ? unsendableSteps(sequence, "sequence") : []),
    ...(calendar && isOnSsh ? unsendableCalendar(calendar) : []),
  ];
}

/** A calendar's sequences all have the same protocols in the same places. */
function unsendableCalendar({ derivation }: Calendar): Failure[] {
  return derivation.protocols.every((protocol) => protocol === "tcp")
    ? []
    : [
        {
          property: "calendar.derivation",
          reason:
            'must be of TCP steps (the KnockSequence\'s `protocols: ["tcp"]`): the knock that lets Pulumi in goes through connection.proxy, and a bastion cannot send others',
        },
      ];
}

/** After a reboot no token works: a door on the SSH port needs another way in, or nobody ever sets it right. */
function lockedOut({ port }: Connection, policy: Partial<Policy>, given: Properties): Failure[] {
  const { oneTime, door, chain, allowFrom } = policy;
  const isOnlyWay = OPENING_FIELDS.every((way) => way === "oneTime" || given[way] === undefined);
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
  const { fromSshConfig } = inputs;
  const given = Object.fromEntries(userInputs.map((name) => [name, inputs[name]]));
  const joined = { ...given, connection: joinSshConfig(given.connection, fromSshConfig) };
  const { value, failures } = validateFields(doorFields, joined);
  const { connection, rollbackAfterSeconds, onUnreachable, onUnpersisted, ...policy } = value;
  if (failures.length > 0 || !connection || !rollbackAfterSeconds || !onUnreachable) {
    throw new TypeError(`inputs were not checked: ${failures.map(({ property }) => property).join(", ")}`);
  }
  const complete = policy as Policy;
  const identity = { id: String(inputs.doorId), owner: ownerText(String(inputs.owner)) };
  const sequenceRevision = Number(inputs.sequenceRevision ?? 1);
  const { calendar } = complete;
  const begun = calendar && { ...calendar, from: String(inputs.calendarFrom) };
  const schedule = begun && scheduleOf(begun, begun.from);
  const tokens = complete.oneTime && (inputs.tokens as TokenList);
  return {
    connection: withIdentityFiles<Connection>(connection, fromSshConfig),
    sequenceRevision,
    rollbackAfterSeconds,
    onUnreachable,
    onUnpersisted: onUnpersisted ?? "fail",
    policy: complete,
    tokens,
    knocks: { ...complete, ...(schedule && { schedule }), ...(tokens && { tokens }) },
    identity,
    ...(begun && { calendar: begun }),
    ruleset: compile(complete, identity, {
      ...(schedule && { schedule }),
      ...(tokens && { tokens }),
      ...(inputs.slot === "b" && { slot: "b" }),
    }),
  };
}

/** The host of inputs or outputs, as the program names it: an alias is the same host wherever it is. */
export function hostOf(properties: Properties): string {
  const connection = properties.connection as { readonly host?: unknown } | undefined;
  return String(connection?.host ?? connection);
}
