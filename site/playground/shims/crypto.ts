/** What of node:crypto the compiler needs, for browsers. */
import { hkdf } from "@noble/hashes/hkdf";
import { hmac } from "@noble/hashes/hmac";
import { sha256, sha512 } from "@noble/hashes/sha2";
import { Buffer } from "buffer";

type Data = string | Uint8Array;

const HASHES = { sha256, sha512 } as const;

const bytesOf = (data: Data): Uint8Array => (typeof data === "string" ? Buffer.from(data, "utf8") : data);

/** A digest of everything that was added, by a function of the bytes. */
function digester(hash: (bytes: Uint8Array) => Uint8Array) {
  const parts: Uint8Array[] = [];
  return {
    update(data: Data) {
      parts.push(bytesOf(data));
      return this;
    },
    digest(encoding?: "hex"): string | Buffer {
      const digest = Buffer.from(hash(Buffer.concat(parts)));
      return encoding === undefined ? digest : digest.toString(encoding);
    },
  };
}

export function createHash(name: keyof typeof HASHES) {
  return digester((bytes) => HASHES[name](bytes));
}

export function createHmac(name: keyof typeof HASHES, key: Data) {
  return digester((bytes) => hmac(HASHES[name], bytesOf(key), bytes));
}

export function hkdfSync(name: keyof typeof HASHES, key: Data, salt: Data, info: Data, length: number) {
  return hkdf(HASHES[name], bytesOf(key), bytesOf(salt), bytesOf(info), length);
}

export function randomBytes(size: number): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(size)));
}

export function randomInt(min: number, max: number): number {
  return min + Math.floor(((crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32) * (max - min));
}
