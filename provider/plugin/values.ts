import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { namesWhere, type Properties, type PropertyTable } from "../door/properties";

/** How Pulumi writes a secret value into a message (sdk/go/common/resource/sig: Key, Secret). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** The properties of a message, without marks: which of them are secret is said by the table of properties. */
export function fromStruct(struct: Struct | undefined): Properties {
  return (struct === undefined ? {} : withoutMarks(struct.toJavaScript())) as Properties;
}

/** The same, with the marks of secrets that it has. */
export function markedFromStruct(struct: Struct | undefined): Properties {
  return struct === undefined ? {} : struct.toJavaScript();
}

/**
 * Properties as a message. Pulumi marks a result as secret only where an input of the same name is, so we mark by the table:
 * whatever it calls secret is encrypted in the state, whether or not the program says so.
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

export function secret(value: unknown): unknown {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

function isSecret(value: unknown): value is { readonly value: unknown } {
  return typeof value === "object" && value !== null && SIGNATURE in value && value[SIGNATURE] === SECRET;
}

/** Whether a value is secret or holds one that is. */
export function hasSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return isSecret(value) || Object.values(value).some(hasSecret);
}

export function withoutMarks(value: unknown): unknown {
  if (isSecret(value)) return withoutMarks(value.value);
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutMarks(part)]));
}
