import type { Login } from "../policy/connection";
import { quote } from "../util/shellQuote";
import { type HostKey, parseHostKey } from "./hostKey";
import { readKnownHosts, usersFile } from "./knownHosts";

/** The keys that a host may have, and their source. Without keys any key is accepted and recorded (accept-new). */
export interface Trust {
  readonly keys: readonly HostKey[];
  readonly source: string;
  /** Keys that known_hosts marks as revoked. They are never accepted, even if another source lists them. */
  readonly revoked: readonly HostKey[];
  /** The input field that takes a key. */
  readonly field: "connection.hostKey" | "connection.proxy.hostKey";
  /** The command that removes the keys from their file. */
  readonly forget?: string;
}

function forgetting(host: string, port: number): string {
  return `ssh-keygen -R ${quote(port === 22 ? host : `[${host}]:${port}`)} -f ${quote(usersFile())}`;
}

/** The key given with the connection, else those in the user's known_hosts, else the one recorded before. */
export async function findTrust(
  { host, port, hostKey }: Login,
  recorded: string | undefined,
  field: Trust["field"] = "connection.hostKey",
): Promise<Trust> {
  const { keys, revoked, lines = [] } = await readKnownHosts(host, port);
  const common = { revoked, field };
  if (hostKey !== undefined) return { keys: [parseHostKey(hostKey)], source: field, ...common };
  if (keys.length > 0) {
    const source = `${usersFile()}:${lines.join(",")}`;
    return { keys, source, ...common, forget: forgetting(host, port) };
  }
  if (recorded !== undefined) {
    return { keys: [parseHostKey(recorded)], source: "the key recorded at create", ...common };
  }
  return { keys: [], source: "", ...common };
}

/** Whether known_hosts has this key as revoked. */
export function isRevoked({ revoked }: Trust, key: HostKey): boolean {
  return revoked.some(({ base64 }) => base64 === key.base64);
}

/** Whether the host may have this key. `acceptsNew` decides for a host without known keys. */
export function isTrusted(trust: Trust, key: HostKey, acceptsNew: boolean): boolean {
  if (isRevoked(trust, key)) return false;
  return trust.keys.length === 0 ? acceptsNew : trust.keys.some(({ base64 }) => base64 === key.base64);
}
