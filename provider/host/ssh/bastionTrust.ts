import type { Login } from "../../policy/connection";
import { formatHostKey, type HostKey } from "../hostKey";
import { findTrust, type Trust } from "../trust";

/** The bastion keys that this process has seen, by address. */
const seen = new Map<string, string>();

/**
 * The keys that a bastion may have, as for hosts (trust.ts). Without any, the key that this process saw or read from a state
 * before: all hosts behind a bastion must use the same one.
 */
export async function bastionTrust(proxy: Login, recorded: string | undefined): Promise<Trust> {
  const address = addressOf(proxy);
  if (recorded !== undefined && !seen.has(address)) seen.set(address, recorded);
  return findTrust(proxy, recorded ?? seen.get(address), "connection.proxy.hostKey");
}

/** Call this after a login to the bastion that presented the key. */
export function rememberBastionKey(proxy: Login, key: HostKey): void {
  seen.set(addressOf(proxy), formatHostKey(key));
}

function addressOf({ host, port }: Login): string {
  return `${host} ${port}`;
}
