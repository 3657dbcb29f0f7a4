import type { Login } from "../../policy/connection";
import { formatHostKey, type HostKey } from "../hostKey";
import { findTrust, type Trust } from "../trust";

/** The keys that bastions had in this process, by address. */
const seen = new Map<string, string>();

/**
 * The keys that a bastion may have: as for hosts (trust.ts). Where nothing else is known, the one that it had, or that a
 * state had for it, earlier in this run: all its hosts give their credentials to the same one.
 */
export async function bastionTrust(proxy: Login, recorded: string | undefined): Promise<Trust> {
  const address = addressOf(proxy);
  if (recorded !== undefined && !seen.has(address)) seen.set(address, recorded);
  return findTrust(proxy, recorded ?? seen.get(address), "connection.proxy.hostKey");
}

/** To be called once the bastion was logged in to with that key. */
export function rememberBastionKey(proxy: Login, key: HostKey): void {
  seen.set(addressOf(proxy), formatHostKey(key));
}

function addressOf({ host, port }: Login): string {
  return `${host} ${port}`;
}
