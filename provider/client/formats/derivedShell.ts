import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Derivation } from "../../derive/derivation";
import { portableDerivation } from "../../derive/portable";
import { countOf, PING_SIZES } from "../../derive/recipe";
import { quote } from "../../util/shellQuote";
import type { Exported } from "./format";
import { word } from "./word";

/**
 * A script for a POSIX shell with openssl, nc and ping: it computes the sequence of the moment and knocks. It holds the
 * door's key, as a derivation does.
 */
export function derivedShell(door: Exported, derivation: Derivation): string {
  const { innerBlock, outerBlock, infoBefore, infoAfter, recipe, epochSeconds } =
    portableDerivation(derivation);
  const portCount = countOf(recipe.ports);
  const values = {
    host: word(door.host),
    // A connection that only looks would use the grant of a door with singleUse up.
    port: door.singleUse ? "" : String(door.port),
    pause: (door.delayMs / 1000).toFixed(3),
    epoch_seconds: String(epochSeconds),
    protocols: recipe.protocols.join(" "),
    ports: recipe.ports.map(({ first, last }) => `${first}-${last}`).join(" "),
    port_count: String(portCount),
    port_limit: limitOf(portCount),
    sizes: `${PING_SIZES.first}-${PING_SIZES.last}`,
    size_count: String(countOf([PING_SIZES])),
    size_limit: limitOf(countOf([PING_SIZES])),
    info_before: escaped(infoBefore),
    info_after: escaped(infoAfter),
    inner: escaped(innerBlock),
    outer: escaped(outerBlock),
  };
  const body = readFileSync(join(__dirname, "../portable/derived.sh"), "utf8");
  const assignments = Object.entries(values).map(([name, value]) => `${name}=${quote(value)}`);
  return body.replace("# VALUES\n", () => `${assignments.join("\n")}\n`);
}

/**
 * From which number of 32 bits on a draw is discarded, as two halves: shells may count in 32 bits, with a sign.
 */
function limitOf(count: number): string {
  const limit = 2 ** 32 - (2 ** 32 % count);
  return `${Math.floor(limit / 2 ** 16)} ${limit % 2 ** 16}`;
}

/** Bytes in the form of `printf %b` (POSIX): `\\0` and three octal digits, letters and digits as they are. */
function escaped(bytes: Uint8Array): string {
  return [...bytes]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9 ,-]/.test(character) ? character : `\\0${byte.toString(8).padStart(3, "0")}`;
    })
    .join("");
}
