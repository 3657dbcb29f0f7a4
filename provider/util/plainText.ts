/**
 * Makes text from outside safe to show: one line, without terminal controls and invisible characters. All text from a
 * host, a server, a state or a file passes here before it is printed.
 */

/**
 * Characters that are shown by their number: control characters (of C0, with ESC, BEL, CR and line breaks; DEL; of
 * C1, with the 8-bit CSI and OSC), characters that change the direction of writing or have no width, separators of
 * lines and paragraphs, halves of surrogate pairs, and noncharacters (Unicode 16, 4.5 and 5.21; ECMA-48, 5).
 */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * @param maxCharacters how many UTF-16 units are shown; the number of the rest is added. Default: all.
 */
export function plainText(text: string, maxCharacters = Number.POSITIVE_INFINITY): string {
  const more = text.length - maxCharacters;
  const kept = more > 0 ? text.slice(0, maxCharacters) : text;
  return kept.replace(HIDDEN, visible) + (more > 0 ? `… (${more} more characters)` : "");
}

/** The same for our own text: line breaks and tabs stay. */
export function plainLines(text: string): string {
  return text.replace(HIDDEN, (character) => (/[\n\t]/.test(character) ? character : visible(character)));
}

/** JSON on one line with such characters as escapes, so the value stays the same. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value).replace(HIDDEN, (character) =>
    Array.from(character.split(""), (unit) => `\\u${hexadecimal(unit.charCodeAt(0), 4)}`).join(""),
  );
}

/** The way JavaScript writes them: \x1b, \u202e, \u{e0001}. */
function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return SHORT[character] ?? `\\x${hexadecimal(code, 2)}`;
  return code < 0x1_0000 ? `\\u${hexadecimal(code, 4)}` : `\\u{${hexadecimal(code, 0)}}`;
}

function hexadecimal(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
