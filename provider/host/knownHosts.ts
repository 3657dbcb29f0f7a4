import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { HostKey } from "./hostKey";

/** What a known_hosts file has of a host. */
export interface KnownHost {
  readonly keys: readonly HostKey[];
  /** Keys on lines marked `@revoked`. They are never accepted. */
  readonly revoked: readonly HostKey[];
  /** The lines of `keys`, counted from 1, as far as the file has them. */
  readonly lines?: readonly number[];
}

/** Looks a host up in the user's own file. A missing or unreadable file has no keys, as with ssh. */
export async function readKnownHosts(host: string, port: number): Promise<KnownHost> {
  return findKnownHost(await readUsersFile(), host, port);
}

export function usersFile(): string {
  return join(userInfo().homedir, ".ssh/known_hosts");
}

/** OpenSSH takes the home from passwd, not from HOME. The text is ASCII in all that counts, and `?` stands for a byte. */
async function readUsersFile(): Promise<string> {
  try {
    return await readFile(usersFile(), "latin1");
  } catch {
    return "";
  }
}

/**
 * A line, from sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT": marker, names, type of key, key in base64, comment. All keys start
 * with AAAA, since the length of their type's name comes first (RFC 4253, 6.6); those of SSH 1 are numbers, and do not.
 */
const LINE = /^[ \t]*(?:@(revoked|cert-authority)[ \t]+)?([^@# \t][^ \t]*)[ \t]+([a-z]\S+)[ \t]+(AAAA\S+)/;

/**
 * Looks a host up in the text of a known_hosts file, as `ssh-keygen -F` does (OpenSSH, hostfile.c), and as ssh in lower
 * case. Lines without a key are left out, but a damaged key counts: of a host with none, any key might be taken.
 */
export function findKnownHost(text: string, host: string, port: number): KnownHost {
  const name = (port === 22 ? host : `[${host}]:${port}`).toLowerCase();
  const keys: HostKey[] = [];
  const revoked: HostKey[] = [];
  const lines: number[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const [, marker, names = "", type = "", base64 = ""] = LINE.exec(line) ?? [];
    // We take no certificates, so who may sign them does not matter.
    if (marker === "cert-authority" || !isAmong(names, name)) continue;
    (marker === "revoked" ? revoked : keys).push({ type, base64 });
    if (marker !== "revoked") lines.push(index + 1);
  }
  return { keys, revoked, lines };
}

/** One hashed name, or patterns, of which one has to match and none that is negated. */
function isAmong(names: string, name: string): boolean {
  if (names.startsWith("|")) return names === hashed(name, names.split("|")[2] ?? "");
  const matching = names
    .toLowerCase()
    .split(",")
    .filter((pattern) => matches(pattern.replace(/^!/, ""), name));
  return matching.length > 0 && !matching.some((pattern) => pattern.startsWith("!"));
}

/** As HashKnownHosts of ssh_config(5) writes it. */
function hashed(name: string, salt: string): string {
  return `|1|${salt}|${createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64")}`;
}

/** `*` stands for any characters or none, `?` for one; a port's brackets for themselves (ssh_config(5), PATTERNS). */
function matches(pattern: string, name: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === name;
  const source = pattern
    .replace(/[\\^$.+()[\]{}|]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(name);
}
