import { createHash } from "node:crypto";

/** A host's public key: its type, and the key itself in base64 (RFC 4253, 6.6). */
export interface HostKey {
  readonly type: string;
  readonly base64: string;
}

/** Reads a key as in a .pub file; what follows the key is a comment. */
export function parseHostKey(text: string): HostKey {
  const [type = "", base64 = ""] = text.trim().split(/\s+/);
  return { type, base64 };
}

/** As in a .pub file, without a comment. */
export function formatHostKey({ type, base64 }: HostKey): string {
  return `${type} ${base64}`;
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
