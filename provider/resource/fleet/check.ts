import { checkInputs } from "../../door/checkInputs";
import type { Properties } from "../../door/properties";
import { UNKNOWN } from "../../door/unknown";
import type { Failure } from "../../policy/conflicts";
import { isDoorName } from "../../policy/names";
import { allowedFields } from "../../util/nearest";
import type { PortKnockFleetArgs } from "../args/fleetArgs";
import { privateKeyFailures } from "../credentials";
import { isLater } from "../isLater";
import { checkInputs as checkSequence } from "../sequence/inputs";
import { loginFromSshConfig } from "../sshConfig";
import { overlay, policyNames } from "./overlay";

const FIELDS = ["hosts", "connection", "sequence", "canary", ...policyNames];

/** JavaScript puts names of digits alone before all others, so the program's order would be lost. */
const DIGITS = /^\d+$/;

/**
 * Failures of a fleet's arguments that are known before any output is: of shared fields under their own path, of a host's under
 * `hosts.<name>`. Each resource's `check` handles the outputs.
 */
export function fleetFailures(args: PortKnockFleetArgs): Failure[] {
  const { hosts, canary, ...shared } = known(args) as Properties;
  if (!isObject(hosts))
    return [{ property: "hosts", reason: "must be an object: each host under a name that is no output" }];
  const common = doorFailures(shared, { connection: { host: UNKNOWN } });
  return [
    ...unknownFields(shared),
    ...common,
    ...canaryFailures(canary, Object.keys(hosts)),
    ...Object.entries(hosts).flatMap(([name, host]) => hostFailures(name, host, shared, common)),
  ];
}

function unknownFields(shared: Properties): Failure[] {
  return Object.keys(shared)
    .filter((name) => !FIELDS.includes(name))
    .map((name) => ({ property: name, reason: `is an unknown field; ${allowedFields(name, FIELDS)}` }));
}

function canaryFailures(canary: unknown, hosts: readonly string[]): Failure[] {
  if (canary === undefined || (Number.isInteger(canary) && Number(canary) >= 0)) return [];
  if (!Array.isArray(canary))
    return [{ property: "canary", reason: "must be a number of hosts, or a list of their names" }];
  return canary.flatMap((name, index) =>
    hosts.includes(name) ? [] : [{ property: `canary[${index}]`, reason: "must be a name of `hosts`" }],
  );
}

function hostFailures(
  name: string,
  host: unknown,
  shared: Properties,
  common: readonly Failure[],
): Failure[] {
  const at = `hosts.${name}`;
  if (!isDoorName(name) || DIGITS.test(name)) {
    const reason = "must have a name of letters, digits, `.`, `_` and `-`, and not of digits alone";
    return [{ property: at, reason }];
  }
  if (!isObject(host)) return [{ property: at, reason: "must be an object, and no output" }];
  return doorFailures(shared, host)
    .filter(
      ({ property, reason }) =>
        !common.some((other) => other.property === property && other.reason === reason),
    )
    .map(({ property, reason }) => ({ property: `${at}.${property}`, reason }));
}

/** Failures of a host's door, and of the KnockSequence that the fleet makes for it. */
function doorFailures(shared: Properties, host: Properties): readonly Failure[] {
  const policy = Object.fromEntries(policyNames.map((name) => [name, shared[name]]));
  const connection = joined(shared.connection, host.connection);
  const { fromSshConfig } = loginFromSshConfig({}, connection);
  const { calendar, ...door } = overlay(policy, host);
  const keys = privateKeyFailures(connection);
  if (isKnocks(host.sequence))
    return [...checkInputs({ ...door, connection, fromSshConfig }).failures, ...keys];
  const recipe = joined(shared.sequence, host.sequence);
  const { sequence: _, ...others } = door;
  const opener = isObject(calendar)
    ? { calendar: { ...calendar, derivation: UNKNOWN } }
    : { sequence: UNKNOWN, calendar };
  return [
    ...checkInputs({ ...others, connection, fromSshConfig, ...opener }).failures,
    ...keys,
    ...recipeFailures(recipe),
    ...(calendar !== undefined && (!isObject(recipe) || recipe.master === undefined)
      ? [{ property: "sequence.master", reason: NOT_DERIVED }]
      : []),
    ...(host.previous === undefined ? [] : [{ property: "previous", reason: NOT_PREVIOUS }]),
  ];
}

/** Whether these are knocks, and not the arguments of a KnockSequence. Pulumi's unknown marker is a text as well. */
function isKnocks(sequence: unknown): boolean {
  return Array.isArray(sequence) || typeof sequence === "string";
}

const NOT_PREVIOUS =
  "must stand beside knocks of the host's own: those that are made have it from their KnockSequence";
const NOT_DERIVED = "must be given with `calendar`: the sequences of its windows are derived from it";
const NO_RECIPE =
  "must say how sequences are made (steps, protocols, rotateEvery, …); knocks stand in `hosts.<name>.sequence`";

function recipeFailures(recipe: unknown): Failure[] {
  if (recipe !== undefined && !isObject(recipe)) return [{ property: "sequence", reason: NO_RECIPE }];
  const subject = recipe?.master === undefined ? {} : { host: UNKNOWN, door: UNKNOWN };
  return checkSequence({ ...recipe, ...subject, owner: UNKNOWN }).failures.map(({ property, reason }) => ({
    property: `sequence.${property}`,
    reason,
  }));
}

/** The fields of both. If one is wrong or not known yet, that one alone. */
function joined(shared: unknown, own: unknown): unknown {
  if (own === undefined || (shared !== undefined && !isObject(shared))) return shared;
  return isObject(own) ? overlay(shared, own) : own;
}

/** A value with Pulumi's unknown marker in place of its outputs. */
function known(value: unknown): unknown {
  if (isLater(value)) return UNKNOWN;
  if (Array.isArray(value)) return value.map(known);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, known(part)]));
}

function isObject(value: unknown): value is Properties {
  return (
    typeof value === "object" &&
    value !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value))
  );
}
