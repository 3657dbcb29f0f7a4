import { createHmac } from "node:crypto";
import { type Derivation, epochSecondsOf, keyOf } from "./derivation";
import { encodeFields, LABEL } from "./keys";
import { type Recipe, recipeOf } from "./recipe";
import { contextOf } from "./sequence";

/** SHA-256 works on blocks of this size (RFC 6234, 4.1). */
const BLOCK_BYTES = 64;

/**
 * What a program without HKDF needs to compute a door's sequences: HKDF (RFC 5869) is HMAC twice, and HMAC (RFC 2104) is
 * SHA-256 twice. Secret: as much as the subkey.
 */
export interface PortableDerivation {
  /** HMAC's key of HKDF's second step, XORed with ipad and with opad, as blocks of SHA-256. */
  readonly innerBlock: Uint8Array;
  readonly outerBlock: Uint8Array;
  /** HKDF's `info` before the epoch and the attempt, and after them. */
  readonly infoBefore: Uint8Array;
  readonly infoAfter: Uint8Array;
  readonly recipe: Recipe;
  readonly epochSeconds: number;
}

/** The parts of a derivation for a program that has SHA-256 and nothing else. */
export function portableDerivation(derivation: Derivation): PortableDerivation {
  const recipe = recipeOf(derivation);
  // HKDF's first step with an empty salt (RFC 5869, 2.2).
  const extracted = createHmac("sha256", Buffer.alloc(32)).update(keyOf(derivation)).digest();
  const block = Buffer.concat([extracted], BLOCK_BYTES);
  return {
    innerBlock: block.map((byte) => byte ^ 0x36),
    outerBlock: block.map((byte) => byte ^ 0x5c),
    infoBefore: encodeFields([LABEL, "sequence"]),
    infoAfter: encodeFields(contextOf(recipe, derivation.keepers)),
    recipe,
    epochSeconds: epochSecondsOf(derivation),
  };
}
