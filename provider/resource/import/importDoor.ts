import type { ReadResult } from "@pulumi/pulumi/dynamic";
import { ALL_BACKENDS, backendOf } from "../../door/backend";
import { checkInputs } from "../../door/checkInputs";
import { doorFrom } from "../../door/door";
import { doorProperties } from "../../door/doorProperties";
import { namesWhere, type Properties } from "../../door/properties";
import { observe } from "../../host/apply/snapshot";
import { hideLogin } from "../../host/hidden";
import type { Failure } from "../../policy/conflicts";
import { type Connection, connectionSchema, missingCredentials } from "../../policy/connection";
import { joinSshConfig, withIdentityFiles } from "../../policy/fromSshConfig";
import { limits } from "../../policy/limits";
import { readSequence } from "../../policy/steps";
import { validateFields } from "../../policy/validate";
import type { Backend, Observed } from "../../rules/backend";
import { omitUndefined } from "../../util/omitUndefined";
import { read } from "../lifecycle";
import { withSshConfig } from "../sshConfig";
import { STATE_VERSION } from "../state";
import { type DoorPlace, parseDoorPlace } from "./doorPlace";
import { policyOfRules } from "./policyOfRules";

/** How to log in to a host whose door is imported. */
export interface ImportAccess {
  /** Fields of a connection, without `host`. */
  readonly connection: Properties;
  /** What opens the host's SSH port, as text. */
  readonly knock: string | undefined;
}

/** The inputs of an imported door that Pulumi must not print as the text of a program. */
const SECRETS = namesWhere(doorProperties, ({ isSecret }) => isSecret === true);

/**
 * Reads a door from the rules of its host. The state has everything, as after an `up`; the inputs have no credential and no
 * sequence, since `pulumi import` prints inputs as the text of a program. What the rules have and no input can say is refused.
 * @throws Error that names it; PortKnockError.
 */
export async function importDoor(id: string, configuration: ImportAccess): Promise<ReadResult> {
  const place = parseDoorPlace(id);
  if (place === undefined)
    throw new Error("the id of a door to import is [user@]host[:port][/the door's id], such as 192.0.2.10");
  const knock = configuration.knock === undefined ? undefined : readSequence(configuration.knock);
  const { given, connection, fromSshConfig } = await connectionTo(place, configuration.connection);
  const scrub = (text: string) => hideLogin(text, connection);
  const knocks = knock ? [{ sequence: knock, source: "the provider's configuration" }] : [];
  const access = { connection, knocks: () => knocks };
  const identity = { id: place.doorId ?? "", owner: "" };
  const { observed } = await observe(access, ALL_BACKENDS, identity, [], scrub);
  const chosen = chosenDoor(observed, place);
  if (chosen === undefined) return {};
  const { id: found, backend: holder } = chosen;
  const written = holder.inputsIn(observed, found);
  const { acceptMark = limits.acceptMark.default } = written;
  const backend = backendOf({ wantedBackend: "auto", acceptMark }, holder.name);
  const policy = policyIn(backend, observed, found, place.host);
  const inputs = { ...policy.inputs, ...written, connection: given };
  const checked = checkInputs({ ...inputs, ...(fromSshConfig !== undefined && { fromSshConfig }) });
  if (checked.door === undefined) throw new Error(listed(place.host, checked.failures.map(reasonOf)));
  const { owner } = holder.readStatus(observed, []).door(found);
  const computed = omitUndefined({
    owner,
    firewall: holder.name,
    doorId: found,
    slot: policy.slot,
    sequenceRevision: 1,
    fromSshConfig,
  });
  const door = doorFrom(checked.door, computed);
  const rules = door.backend.redactedLines(door.ruleset, door.secrets);
  const seen = await read(found, { ...checked.value, ...computed, rules, stateVersion: STATE_VERSION });
  const different = ((seen.inputs?.rules ?? []) as readonly string[]).filter((line) => !rules.includes(line));
  if (different.length > 0) throw new Error(listed(place.host, different));
  const shown = Object.entries(seen.inputs ?? {}).filter(([name]) => !SECRETS.includes(name));
  // By its host the next `check` knows the door as this one.
  return { ...seen, inputs: { ...Object.fromEntries(shown), connection: { host: place.host } } };
}

/** The connection as the state keeps it, and with everything that ~/.ssh/config says. */
async function connectionTo({ host, port, user }: DoorPlace, shared: Properties) {
  const given = omitUndefined({ ...shared, host, port: port ?? shared.port, user: user ?? shared.user });
  const { news, failures: mistakes } = await withSshConfig({}, { connection: given, owner: host });
  const { fromSshConfig } = news;
  const fields = { connection: connectionSchema };
  const { value, failures } = validateFields(fields, { connection: joinSshConfig(given, fromSshConfig) });
  const connection = value.connection && withIdentityFiles<Connection>(value.connection, fromSshConfig);
  const wrong = [
    ...mistakes,
    ...failures,
    ...(connection ? missingCredentials(connection, process.env) : []),
  ];
  if (connection === undefined || wrong.length > 0)
    throw new Error(`portknock:connection: ${wrong.map(reasonOf).join("; ")}`);
  return { given, connection, fromSshConfig };
}

interface HeldDoor {
  readonly id: string;
  readonly backend: Backend;
}

/** The door to import, in whichever firewall has it; undefined if the host does not have it. */
function chosenDoor(observed: Observed, { host, doorId }: DoorPlace): HeldDoor | undefined {
  const doors = ALL_BACKENDS.flatMap((backend) =>
    backend.readStatus(observed, []).ids.map((id): HeldDoor => ({ id, backend })),
  );
  if (doorId !== undefined) return doors.find(({ id }) => id === doorId);
  const ids = doors.map(({ id }) => id);
  if (ids.length > 1)
    throw new Error(`${host} has the doors ${ids.join(", ")}: add the id of one, ${host}/${ids[0]}`);
  return doors[0];
}

function policyIn(backend: Backend, observed: Observed, id: string, host: string) {
  const { owner } = backend.readStatus(observed, []).door(id);
  const rulesIn = (family: "ipv4" | "ipv6") =>
    (observed[family] ?? []).flatMap((line) => backend.parseRule(line, { id, owner }, family) ?? []);
  const result = policyOfRules({
    ipv4: ofDoor(rulesIn("ipv4")),
    ipv6: ofDoor(rulesIn("ipv6")),
  });
  if ("unreadable" in result) throw new Error(listed(host, result.unreadable));
  return { inputs: result.policy, slot: result.slot };
}

/** None where the family has nothing but what all doors share. */
function ofDoor(rules: ReturnType<Backend["parseRule"]>[]) {
  const known = rules.flatMap((rule) => rule ?? []);
  return known.some(({ chain }) => chain.kind === "door") ? known : [];
}

function listed(host: string, what: readonly string[]): string {
  return [
    `the door on ${host} cannot be imported, since no input says what it has. Declare it under its first name, and let \`pulumi up\` adopt it:`,
    ...what,
  ].join("\n  ");
}

function reasonOf({ property, reason }: Failure): string {
  return `${property}: ${reason}`;
}
