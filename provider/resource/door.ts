import type { Entrance } from "../host/enter";
import { knocksOfOthers, rememberKnocks } from "../host/registry";
import type { Failure } from "../policy/conflicts";
import {
  type Connection,
  connectionSchema,
  missingCredentials,
  onUnreachable,
  unsendableSteps,
} from "../policy/connection";
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
  readonly onUnreachable: "fail" | "abandon";
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
  onUnreachable,
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
      ...conflicts(policy),
      ...(connection && !hasUnknown(given.connection) ? missingCredentials(connection, process.env) : []),
      ...(connection?.proxy ? throughBastion(connection, policy) : []),
    ],
  };
}

/** Which knocks must go through the bastion: those that open the SSH port. */
function throughBastion({ knock, port }: Connection, { sequence, door }: Partial<Policy>): Failure[] {
  return [
    ...(knock ? unsendableSteps(knock, "connection.knock") : []),
    ...(sequence && door && guards(door, port) ? unsendableSteps(sequence, "sequence") : []),
  ];
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
  return {
    connection,
    rollbackAfterSeconds,
    onUnreachable,
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

/** One TCP port of each service, by which the door can be seen from outside. */
export function tcpPorts({ policy }: Door): number[] {
  return policy.door.flatMap(({ protocol, ports }) => {
    const [range] = portRanges(ports);
    return protocol === "tcp" && range ? [range.first] : [];
  });
}

/** Tells the other doors of the host how to get in while and after this one changes. */
export function announce(door: Door, doors: readonly Door[]): void {
  rememberKnocks(door.connection.host, door.identity.id, sshKnocks(doors));
}

function sshKnocks(doors: readonly Door[]): Sequence[] {
  return doors.flatMap(({ connection, policy }) =>
    guards(policy.door, connection.port) ? [policy.sequence] : [],
  );
}

function guards(door: Policy["door"], tcpPort: number): boolean {
  return door.some(({ protocol, ports }) => protocol === "tcp" && includesPort(portRanges(ports), tcpPort));
}
