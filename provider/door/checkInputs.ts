import { hiddenKnocks } from "../derive/schedule";
import {
  ambiguousSteps,
  type Failure,
  missingOpening,
  OPENING_FIELDS,
  repeatedSteps,
} from "../policy/conflicts";
import { type Connection, missingCredentials, unsendableSteps } from "../policy/connection";
import { uselessMark } from "../policy/firewall";
import { joinSshConfig, withIdentityFiles } from "../policy/fromSshConfig";
import type { Calendar, Policy, Sequence } from "../policy/types";
import { conflicts, validateFields } from "../policy/validate";
import { backendOf, type FirewallInputs } from "./backend";
import { doorProperties } from "./doorProperties";
import { doorFields, userInputs } from "./fields";
import { guards } from "./guards";
import { type Properties, withoutRoles } from "./properties";
import { hasUnknown, isUnknown } from "./unknown";

/** The user's inputs of a door, complete and right. */
export interface DoorInputs extends FirewallInputs {
  readonly policy: Policy;
  readonly connection: Connection;
  readonly rollbackAfterSeconds: number;
  readonly onUnreachable: "fail" | "abandon";
  readonly onUnpersisted: "fail" | "warn";
  readonly manageMark: boolean;
}

/** What a check of the user's inputs found. */
export interface CheckedInputs {
  /** The user's inputs as the state records them: with defaults, and in their normal form, where they are right. */
  readonly value: Properties;
  readonly failures: readonly Failure[];
  /** Undefined while any of them is wrong or unknown. */
  readonly door: DoorInputs | undefined;
}

/** Checks the user's inputs. Of what ~/.ssh/config says it takes the `fromSshConfig` beside them. */
export function checkInputs(inputs: Properties): CheckedInputs {
  const { __provider, ...properties } = inputs;
  const given = withoutRoles(properties, doorProperties, "computed input");
  const { value, failures: wrong } = validateDoor(given, inputs.fromSshConfig);
  const { connection: parsed, ...checked } = value;
  const connection = parsed && withIdentityFiles<Connection>(parsed, inputs.fromSshConfig);
  // Pulumi's unknown marker is a valid text: drop it before the fields are compared with each other.
  const policy: typeof checked = Object.fromEntries(
    Object.entries(checked).filter(([name]) => !hasUnknown(given[name])),
  );
  const failures = [
    ...wrong,
    ...missingOpening(given),
    ...[
      ...conflicts(policy),
      ...hiddenKnocks(policy),
      ...uselessMark(policy),
      ...unsupported(policy, inputs.firewall),
    ].filter(({ property }) => !isUnknown(given[property])),
    ...(connection && !hasUnknown(given.connection) ? missingCredentials(connection, process.env) : []),
    ...(connection && !hasUnknown(given.connection) ? impossibleKnocks(connection) : []),
    ...(connection?.proxy ? unsendableByBastion(connection, policy) : []),
    ...(connection ? lockedOut(connection, policy, given) : []),
  ];
  return {
    // The connection's defaults are left out: they may change, and the user did not decide them.
    value: { ...given, ...policy, ...connectionWithSteps(given, connection) },
    failures,
    door: failures.length > 0 || hasUnknown(given) ? undefined : completeInputs(value, inputs.fromSshConfig),
  };
}

/** The user's inputs in what `check` let through, or a state holds: field by field, since they fit together already. */
export function readInputs(properties: Properties): Pick<CheckedInputs, "door" | "failures"> {
  const given = Object.fromEntries(userInputs.map((name) => [name, properties[name]]));
  const { value, failures } = validateDoor(given, properties.fromSshConfig);
  return {
    failures,
    door: failures.length > 0 ? undefined : completeInputs(value, properties.fromSshConfig),
  };
}

function validateDoor(given: Properties, fromSshConfig: unknown) {
  const connection = joinSshConfig(given.connection, fromSshConfig);
  const isJoined = connection !== given.connection;
  return validateFields(doorFields, { ...given, ...(isJoined && { connection }) }, isUnknown);
}

function completeInputs(
  value: ReturnType<typeof validateDoor>["value"],
  fromSshConfig: unknown,
): DoorInputs | undefined {
  const { connection, rollbackAfterSeconds, onUnreachable, onUnpersisted, ...more } = value;
  const { backend: wantedBackend, acceptMark, manageMark, ...policy } = more;
  if (!connection || !rollbackAfterSeconds || !onUnreachable || !onUnpersisted) return undefined;
  if (!wantedBackend || !acceptMark || manageMark === undefined) return undefined;
  return {
    // Every field was right, so none is missing.
    policy: policy as Policy,
    connection: withIdentityFiles<Connection>(connection, fromSshConfig),
    rollbackAfterSeconds,
    onUnreachable,
    onUnpersisted,
    ...{ wantedBackend, acceptMark, manageMark },
  };
}

/** What the firewall cannot do that the door is in; that of a new door with `auto` is not known yet. */
function unsupported(
  { backend: wantedBackend = "auto", acceptMark = 1, ...policy }: ReturnType<typeof validateDoor>["value"],
  known: unknown,
): readonly Failure[] {
  return backendOf({ wantedBackend, acceptMark }, known).unsupported(policy as Partial<Policy>);
}

/** The connection with its knocks as steps, in whichever form the user gave them. */
function connectionWithSteps(given: Properties, checked: Connection | undefined): Properties {
  if (checked === undefined || hasUnknown(given.connection)) return {};
  const connection = given.connection as Properties;
  const { knock, proxy } = checked;
  return {
    connection: {
      ...connection,
      ...(knock && { knock }),
      ...(proxy?.knock && { proxy: { ...(connection.proxy as Properties), knock: proxy.knock } }),
    },
  };
}

/** A sequence that no door can have opens none. */
function impossibleKnocks({ knock, proxy }: Connection): Failure[] {
  const impossible = (field: string, sequence: Sequence = []) =>
    [...repeatedSteps(sequence), ...ambiguousSteps(sequence)].map(({ property, reason }) => ({
      property: property.replace("sequence", field),
      reason,
    }));
  return [...impossible("connection.knock", knock), ...impossible("connection.proxy.knock", proxy?.knock)];
}

/** The knocks that open the SSH port go through the bastion, which sends TCP alone. */
function unsendableByBastion({ knock, port }: Connection, policy: Partial<Policy>): Failure[] {
  const { sequence, calendar } = policy;
  const isOnSsh = guards(policy, port);
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

/** After a reboot no token works: a door on the SSH port needs another way in, or no `up` can ever repair it. */
function lockedOut({ port }: Connection, policy: Partial<Policy>, given: Properties): Failure[] {
  const { oneTime, allowFrom } = policy;
  const isOnlyWay = OPENING_FIELDS.every((way) => way === "oneTime" || given[way] === undefined);
  return oneTime && allowFrom?.length === 0 && isOnlyWay && guards(policy, port)
    ? [
        {
          property: "oneTime",
          reason:
            "must not be the only way to the SSH port: after a reboot of the host no token works until an `up`, which would find the door closed. Give a `sequence` as well, or `allowFrom`",
        },
      ]
    : [];
}
