import { readPrivateKey } from "../host/ssh/privateKey";
import type { Failure } from "../policy/conflicts";
import type { Properties } from "./door";
import { isUnknown } from "./unknown";

/** What is wrong with the private keys of a connection and its bastion, as far as they are known yet. */
export function privateKeyFailures(connection: unknown): Failure[] {
  const { proxy } = objectOf(connection);
  return [...failuresOf(connection, "connection"), ...failuresOf(proxy, "connection.proxy")];
}

function failuresOf(login: unknown, path: string): Failure[] {
  const given = objectOf(login);
  const { privateKey, privateKeyPassword: passphrase } = given;
  // Empty text is told of with the other fields.
  if (typeof privateKey !== "string" || privateKey === "" || isUnknown(privateKey)) return [];
  if (passphrase === "" || (passphrase !== undefined && typeof passphrase !== "string")) return [];
  const result = readPrivateKey(privateKey, passphrase);
  if (typeof result === "string" || isUnknown(given[result.field])) return [];
  return [{ property: `${path}.${result.field}`, reason: result.reason }];
}

function objectOf(value: unknown): Properties {
  return typeof value === "object" && value !== null ? (value as Properties) : {};
}
