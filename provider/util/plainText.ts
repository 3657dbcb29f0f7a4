/**
 * Text from outside as text for people: on one line, with nothing in it that a terminal obeys, or that does not show. Whatever
 * comes from a host, a server, a state or a file goes through here before people see it.
 */

/**
 * What is shown as its number: control characters (of C0, with ESC, BEL, CR and line breaks; DEL; of C1, with the 8-bit
 * CSI and OSC), what turns the direction of writing or has no width, separators of lines and paragraphs, halves of
 * surrogate pairs, and what is no character (Unicode 16, 4.5 and 5.21; ECMA-48, 5).
 */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * @param maxCharacters how many of the text's UTF-16 units are shown; how many follow is said. Default: all.
 */
export function plainText(text: string, maxCharacters = Number.POSITIVE_INFINITY): string {
  const more = text.length - maxCharacters;
  const kept = more > 0 ? text.slice(0, maxCharacters) : text;
  return kept.replace(HIDDEN, visible) + (more > 0 ? `… (${more} more characters)` : "");
}

/** The same of text of our own, whose line breaks and tabs stay. */
export function plainLines(text: string): string {
  return text.replace(HIDDEN, (character) => (/[\n\t]/.test(character) ? character : visible(character)));
}

/** JSON on one line, in which such characters are escapes: its value is the same. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value).replace(HIDDEN, (character) =>
    Array.from(character.split(""), (unit) => `\\u${hexadecimal(unit.charCodeAt(0), 4)}`).join(""),
  );
}

/** As JavaScript writes them: \x1b, \u202e, \u{e0001}. */
function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return SHORT[character] ?? `\\x${hexadecimal(code, 2)}`;
  return code < 0x1_0000 ? `\\u${hexadecimal(code, 4)}` : `\\u{${hexadecimal(code, 0)}}`;
}

function hexadecimal(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
