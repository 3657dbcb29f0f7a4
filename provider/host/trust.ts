import { createHash } from "node:crypto";
import type { Login } from "../policy/connection";
import { run } from "../process";

/** A host's public key: its type, and the key itself in base64 (RFC 4253, 6.6). */
export interface HostKey {
  readonly type: string;
  readonly base64: string;
}

/** The keys that a host may have, and where that is said. None: any key, which is then recorded (accept-new). */
export interface Trust {
  readonly keys: readonly HostKey[];
  readonly source: string;
}

/** Reads a key as in a .pub file; what follows the key is a comment. */
export function parseHostKey(text: string): HostKey {
  const [type = "", base64 = ""] = text.trim().split(/\s+/);
  return { type, base64 };
}

/** The key that a server presented, from its wire form. */
export function hostKeyOf(blob: Buffer): HostKey {
  return {
    type: blob.subarray(4, 4 + blob.readUInt32BE(0)).toString("latin1"),
    base64: blob.toString("base64"),
  };
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint({ base64 }: HostKey): string {
  const digest = createHash("sha256").update(Buffer.from(base64, "base64")).digest("base64");
  return `SHA256:${digest.replace(/=+$/, "")}`;
}

/** The key given with the connection, else those in the user's known_hosts, else the one recorded before. */
export async function findTrust(
  { host, port, hostKey }: Login,
  recorded: string | undefined,
): Promise<Trust> {
  if (hostKey !== undefined) return { keys: [parseHostKey(hostKey)], source: "connection.hostKey" };
  const known = await knownHosts(host, port);
  if (known.length > 0) return { keys: known, source: "known_hosts" };
  if (recorded !== undefined) return { keys: [parseHostKey(recorded)], source: "the key recorded at create" };
  return { keys: [], source: "" };
}

/** ssh-keygen reads hashed names and every other form of known_hosts; without it nothing is known. */
async function knownHosts(host: string, port: number): Promise<HostKey[]> {
  const { stdout } = await run("ssh-keygen", ["-F", port === 22 ? host : `[${host}]:${port}`], 5_000);
  return stdout
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#") && !line.startsWith("@"))
    .map((line) => parseHostKey(line.replace(/^\S+\s+/, "")));
}
