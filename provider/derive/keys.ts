import { hkdfSync } from "node:crypto";

/**
 * The derivation, version 1: HKDF-SHA-256 (RFC 5869) with an empty salt, from a master secret to the subkey of a door
 * on a host, and from a subkey to the bytes of an epoch's sequence. docs/derivation.md specifies it, with test
 * vectors.
 */
export const LABEL = "pulumi-portknock derivation 1";

const KEY_BYTES = 32;

/** A door on a host: its stack-qualified name (organization/project/stack/name), and the host's address. */
export interface Subject {
  readonly door: string;
  readonly host: string;
}

/** The subkey of a door on a host, 32 bytes. Whoever holds it can compute this door's sequences, and no other's. */
export function subkeyOf(master: string, { door, host }: Subject): Uint8Array {
  return expand(Buffer.from(master, "utf8"), ["subkey", door, host], KEY_BYTES);
}

/** Bytes derived from a key and a context. The bytes of one context say nothing about those of another. */
export function bytesOf(key: Uint8Array, context: readonly string[], length: number): Buffer {
  return expand(key, ["sequence", ...context], length);
}

function expand(key: Uint8Array, fields: readonly string[], length: number): Buffer {
  return Buffer.from(hkdfSync("sha256", key, "", encodeFields([LABEL, ...fields]), length));
}

/** Texts as bytes, each after its length in 4 bytes: different lists of texts are never equal bytes. */
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
