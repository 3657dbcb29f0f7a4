import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { namesWhere, type Properties, type PropertyTable } from "../door/properties";

/** How Pulumi writes a secret value into a message (sdk/go/common/resource/sig: Key, Secret). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** The properties of a message, without marks: which of them are secret is said by the table of properties. */
export function fromStruct(struct: Struct | undefined): Properties {
  return (struct === undefined ? {} : withoutMarks(struct.toJavaScript())) as Properties;
}

/** The names of the properties of messages that are secret or hold a secret. */
export function secretNames(...structs: readonly (Struct | undefined)[]): readonly string[] {
  return structs.flatMap((struct) =>
    Object.entries(struct?.toJavaScript() ?? {}).flatMap(([name, value]) => (hasSecret(value) ? [name] : [])),
  );
}

/**
 * Properties as a message, with the marks that we answer for: Pulumi lets a plugin declare components only if it accepts
 * secrets, and then adds no mark. Secret is what the table of properties calls so (`secretsOf`), whether or not the program says
 * so, and what a program has marked under the same name (`secretNames`).
 */
export function toStruct(properties: Properties, secrets: readonly string[]): Struct {
  const given = Object.entries(properties).filter(([, value]) => value !== undefined);
  const marked = given.map(([name, value]) => [name, secrets.includes(name) ? secret(value) : value]);
  // No undefined inside, which a message cannot hold.
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(Object.fromEntries(marked))));
}

/** The properties of a table that are always secret. */
export function secretsOf(table: PropertyTable): readonly string[] {
  return namesWhere(table, ({ isSecret }) => isSecret === true);
}

function secret(value: unknown): unknown {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

function isSecret(value: unknown): value is { readonly value: unknown } {
  return typeof value === "object" && value !== null && SIGNATURE in value && value[SIGNATURE] === SECRET;
}

/** Whether a value is secret or holds one that is. */
function hasSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return isSecret(value) || Object.values(value).some(hasSecret);
}

function withoutMarks(value: unknown): unknown {
  if (isSecret(value)) return withoutMarks(value.value);
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutMarks(part)]));
}
