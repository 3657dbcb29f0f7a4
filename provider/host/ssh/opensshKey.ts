import { createPrivateKey, type KeyObject } from "node:crypto";

/** The result of reading a key. */
export type Opened =
  | { readonly kind: "key"; readonly key: KeyObject }
  | { readonly kind: "unknown type"; readonly type: string }
  | { readonly kind: "no passphrase" | "wrong passphrase" | "unknown encryption" | "damaged" };

/** The format of OpenSSH (PROTOCOL.key): this, then strings, each after its length in four bytes. */
const MAGIC = Buffer.from("openssh-key-v1\0");

/** Reads a key of OpenSSH's format, or of PuTTY's, with ssh2, which is loaded here alone: it takes its time. */
export function decodeOpenSsh(text: string, passphrase: string | undefined): Opened {
  const header = readHeader(text);
  if (header === undefined) return { kind: "damaged" };
  const { cipher, type } = header;
  const isEncrypted = cipher !== "none";
  if (type === "ssh-dss") return { kind: "unknown type", type: "DSA" };
  if (!TYPES.test(type)) return { kind: "unknown type", type };
  // ssh2 takes ChaCha20 for what it is in a connection, where each packet has a number.
  if (cipher.startsWith("chacha20")) return { kind: "unknown encryption" };
  if (isEncrypted && passphrase === undefined) return { kind: "no passphrase" };
  const { utils } = require("ssh2") as typeof import("ssh2");
  try {
    const parsed = utils.parseKey(text, passphrase);
    if (parsed instanceof Error) return unread(isEncrypted, parsed);
    return { kind: "key", key: createPrivateKey(parsed.getPrivatePEM()) };
  } catch {
    return { kind: "damaged" };
  }
}

const TYPE_NAME = /^(ssh|ecdsa|sk)-[a-z0-9-]+(@openssh\.com)?$/;
const TYPES = /^(ssh-rsa|ssh-ed25519|ecdsa-sha2-nistp(256|384|521))$/;

function unread(isEncrypted: boolean, { message }: Error): Opened {
  if (!isEncrypted) return { kind: "damaged" };
  return { kind: /unsupported (cipher|kdf)/i.test(message) ? "unknown encryption" : "wrong passphrase" };
}

interface Header {
  readonly cipher: string;
  /** As in a .pub file. */
  readonly type: string;
}

/** The part before the encrypted one; `undefined` if it is incomplete. */
function readHeader(text: string): Header | undefined {
  const [, puttyCipher] = /^PuTTY[^\n]*\nEncryption: (.*)/.exec(text) ?? [];
  if (puttyCipher !== undefined) return { cipher: puttyCipher, type: "ssh-rsa" };
  const bytes = Buffer.from(text.split("\n").slice(1, -2).join(""), "base64");
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  try {
    let at = MAGIC.length;
    const next = () => {
      const start = at + 4;
      at = start + bytes.readUInt32BE(at);
      return bytes.subarray(start, at);
    };
    const [cipher] = [next(), next(), next()];
    at += 4;
    const publicKey = next();
    const type = publicKey.subarray(4, 4 + publicKey.readUInt32BE(0)).toString("latin1");
    // Otherwise these are bytes of a key, which must not be shown.
    return TYPE_NAME.test(type) ? { cipher: cipher.toString("latin1"), type } : undefined;
  } catch {
    return undefined;
  }
}

/** An Ed25519 key in OpenSSH's format: ssh2 reads no other, and node:crypto does not write it. */
export function encodeEd25519(key: KeyObject): string {
  const { x = "", d = "" } = key.export({ format: "jwk" });
  const open = Buffer.from(x, "base64url");
  const type = string("ssh-ed25519");
  // Two equal numbers, by which a wrong passphrase is seen, and a comment; then 1, 2, 3… up to a multiple of eight.
  const pair = [type, string(open), string(Buffer.concat([Buffer.from(d, "base64url"), open])), string("")];
  const secret = Buffer.concat([Buffer.alloc(8), ...pair]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (secret.length % 8)) % 8));
  const bytes = Buffer.concat([
    ...[MAGIC, string("none"), string("none"), string(""), Buffer.from([0, 0, 0, 1])],
    string(Buffer.concat([type, string(open)])),
    string(Buffer.concat([secret, padding])),
  ]);
  const lines = bytes.toString("base64").match(/.{1,70}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
