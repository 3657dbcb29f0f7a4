import type { Properties } from "../door/properties";
import { hasUnknown, isUnknown } from "../door/unknown";
import { printProgress } from "../host/progress";
import { agentOf, keysInAgent } from "../host/ssh/agent";
import { readIdentities } from "../host/ssh/identityFiles";
import { readPrivateKey } from "../host/ssh/privateKey";
import type { Failure } from "../policy/conflicts";
import type { Login } from "../policy/connection";
import { joinSshConfig, withIdentityFiles } from "../policy/fromSshConfig";

/** Failures of the private keys of a connection and its bastion. Keys that are not known yet have none. */
export function privateKeyFailures(connection: unknown): Failure[] {
  return logins(connection).flatMap(([path, login]) => keyFailures(login, path));
}

function keyFailures(login: Properties, path: string): Failure[] {
  const { privateKey, privateKeyPassword: passphrase } = login;
  // The schema refuses empty text.
  if (typeof privateKey !== "string" || privateKey === "" || isUnknown(privateKey)) return [];
  if (passphrase === "" || (passphrase !== undefined && typeof passphrase !== "string")) return [];
  const result = readPrivateKey(privateKey, passphrase);
  if (typeof result === "string" || isUnknown(login[result.field])) return [];
  return [{ property: `${path}.${result.field}`, reason: result.reason }];
}

/** Warnings that this process has printed. */
const said = new Set<string>();

/**
 * Failures of the ssh-agents of logins that have no key, password or identity file. An empty agent in SSH_AUTH_SOCK is a
 * warning only: a preview in the pipeline of a pull request has no key, and needs none.
 */
export async function agentFailures(connection: unknown, fromSshConfig: unknown): Promise<Failure[]> {
  const joined = joinSshConfig(connection, fromSshConfig) as Properties & { readonly proxy?: object };
  const all = logins(withIdentityFiles(joined, fromSshConfig));
  const failures = await Promise.all(all.map(([path, login]) => failuresOfAgent(login, path)));
  return failures.flat();
}

async function failuresOfAgent(login: Properties, path: string): Promise<Failure[]> {
  const { agentSocketPath, privateKey, password } = login;
  if (hasUnknown(login) || privateKey || password) return [];
  if (agentSocketPath !== undefined && typeof agentSocketPath !== "string") return [];
  const agent = agentOf(login as Partial<Login>);
  if (agent === undefined) return [];
  const { keys: files } = await readIdentities(login as Partial<Login>);
  if (files.length > 0) return [];
  const keys = await keysInAgent(agent);
  if (typeof keys === "number") return [];
  const reason = `${keys.problem}: ${keys.remedy}; or give ${path}.privateKey`;
  if (agent.source !== "SSH_AUTH_SOCK" || !keys.isEmpty) return [{ property: path, reason }];
  if (!said.has(reason)) printProgress(`${path}: ${reason}`);
  said.add(reason);
  return [];
}

/** The logins of a connection by their paths: the host's, and the bastion's. */
function logins(connection: unknown): [path: string, login: Properties][] {
  if (!isObject(connection)) return [];
  const { proxy } = connection;
  return [["connection", connection], ...(isObject(proxy) ? [["connection.proxy", proxy] as const] : [])].map(
    ([path, login]) => [String(path), login as Properties],
  );
}

function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null;
}
