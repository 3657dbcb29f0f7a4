import type { Entrance } from "../host/enter";
import { knocksOfOthers, rememberKnocks } from "../host/registry";
import type { Failure } from "../policy/conflicts";
import { type Connection, connectionSchema, missingCredential } from "../policy/connection";
import { limits } from "../policy/limits";
import { includesPort, portRanges } from "../policy/ports";
import { policyFields, wholeNumber } from "../policy/schema";
import type { Policy, Sequence } from "../policy/types";
import { conflicts, validateFields } from "../policy/validate";
import { compile } from "../rules/compile";
import type { Identity, Ruleset } from "../rules/ir";
import { ownerText } from "../rules/names";
import { hasUnknown, isUnknown } from "./unknown";

/** Properties of a resource as Pulumi hands them over: JSON, not yet checked. */
export type Properties = Readonly<Record<string, unknown>>;

/** A door on a host: checked inputs, and what follows from them. */
export interface Door {
  readonly connection: Connection;
  readonly rollbackAfterSeconds: number;
  readonly policy: Policy;
  readonly identity: Identity;
  readonly ruleset: Ruleset;
}

const doorFields = {
  ...policyFields,
  connection: connectionSchema,
  rollbackAfterSeconds: wholeNumber("seconds", limits.rollbackAfterSeconds).default(
    limits.rollbackAfterSeconds.default,
  ),
} as const;

/** The inputs that are the user's, without what the constructor, `check` and Pulumi add. */
export const userInputs = Object.keys(doorFields) as readonly (keyof typeof doorFields)[];

/** The user's inputs with defaults filled in, where they are right, and what is wrong with the others. */
export function checkInputs(inputs: Properties): {
  readonly value: Properties;
  readonly failures: readonly Failure[];
} {
  const { __provider, owner, doorId, rules, sequenceRevision, ...given } = inputs;
  const { value, failures } = validateFields(doorFields, given, isUnknown);
  const { connection, ...policy } = value;
  return {
    // Not the connection's defaults: they may change, and are no decision of the user's to record.
    value: { ...given, ...policy },
    failures: [
      ...failures,
      ...conflicts(policy),
      ...(connection && !hasUnknown(given.connection) ? missingCredential(connection, process.env) : []),
    ],
  };
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
  const { connection, rollbackAfterSeconds, ...policy } = value;
  if (failures.length > 0 || connection === undefined || rollbackAfterSeconds === undefined) {
    throw new TypeError(`inputs were not checked: ${failures.map(({ property }) => property).join(", ")}`);
  }
  const complete = policy as Policy;
  const identity = { id: String(inputs.doorId), owner: ownerText(String(inputs.owner)) };
  return {
    connection,
    rollbackAfterSeconds,
    policy: complete,
    identity,
    ruleset: compile(complete, identity),
  };
}

/** The sequences that open the host's SSH port: of these doors where they guard it, and what else is known. */
export function entranceOf(
  door: Door,
  doors: readonly Door[],
  recordedHostKey: string | undefined,
): Entrance {
  const { connection, identity } = door;
  return {
    connection,
    recordedHostKey,
    knocks: () => [
      ...(connection.knock ? [connection.knock] : []),
      ...knocksOfOthers(connection.host, identity.id),
      ...sshKnocks(doors),
    ],
  };
}

/** Tells the other doors of the host how to get in while and after this one changes. */
export function announce(door: Door, doors: readonly Door[]): void {
  rememberKnocks(door.connection.host, door.identity.id, sshKnocks(doors));
}

function sshKnocks(doors: readonly Door[]): Sequence[] {
  return doors.flatMap(({ connection, policy }) => {
    const isGuarded = policy.door.some(
      ({ protocol, ports }) => protocol === "tcp" && includesPort(portRanges(ports), connection.port),
    );
    return isGuarded ? [policy.sequence] : [];
  });
}
