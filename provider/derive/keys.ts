import { hkdfSync } from "node:crypto";

/**
 * The derivation, version 1: HKDF-SHA-256 (RFC 5869) with an empty salt, from a master secret to the subkey of a door on a
 * host, and from a subkey to the bytes of an epoch's sequence. docs/derivation.md specifies it, with test vectors.
 */
const LABEL = "pulumi-portknock derivation 1";

const KEY_BYTES = 32;

/** Whose sequences: the door's stack-qualified name (organization/project/stack/name), and its host's address. */
export interface Subject {
  readonly door: string;
  readonly host: string;
}

/** The subkey of a door on a host, 32 bytes. Whoever holds it can compute this door's sequences, and no other's. */
export function subkeyOf(master: string, { door, host }: Subject): Uint8Array {
  return expand(Buffer.from(master, "utf8"), ["subkey", door, host], KEY_BYTES);
}

/** Bytes that follow from a key and a context. Another context gives bytes that say nothing about these. */
export function bytesOf(key: Uint8Array, context: readonly string[], length: number): Buffer {
  return expand(key, ["sequence", ...context], length);
}

function expand(key: Uint8Array, fields: readonly string[], length: number): Buffer {
  return Buffer.from(hkdfSync("sha256", key, "", encodeFields([LABEL, ...fields]), length));
}

/** Texts as bytes, so that different lists of texts are never equal bytes: before each, its length in 4 bytes. */
export function encodeFields(fields: readonly string[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.from(field, "utf8");
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}
