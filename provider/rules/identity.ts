import { createHash } from "node:crypto";
import type { Identity } from "./ir";

/**
 * The identity of a door. `owner` is its stack-qualified name; the host is part of the hash, so that replacing a door
 * by one on another address of the same machine is refused as a second door for the port, not mistaken for an update.
 */
export function identify(owner: string, host: string): Identity {
  return {
    id: createHash("sha256").update(`${owner}\n${host}`).digest("hex").slice(0, 10),
    owner: ownerText(owner),
  };
}

/** A name as it may stand in a rule's comment, unescaped and within its 255 characters (xt_comment.h). */
export function ownerText(owner: string): string {
  return owner.replace(/[^A-Za-z0-9._:/@-]/g, "_").slice(0, 200);
}
