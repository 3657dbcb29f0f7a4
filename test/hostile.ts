import fc from "fast-check";

/** Texts that are obeyed somewhere: by a shell, a terminal, another program's configuration, or a renderer. */
export const HOSTILE: readonly string[] = [
  "$(touch x)",
  "`touch x`",
  "'; touch x; '",
  '"; touch x; "',
  "a b",
  "\\",
  "x\n  ProxyCommand touch x",
  "x\r  ProxyCommand touch x",
  "x\n[door]\n\tstart_command = touch x",
  "x\0y",
  "</text><script>alert(1)</script>",
  "]]><script/>",
  "&amp;<&",
  "--><closed",
  '%%{init: {"securityLevel": "loose"}}%%',
  '"] click closed "javascript:alert(1)',
  "closed; note right of closed: x",
  "-oProxyCommand=touch x",
  "--help",
  "-",
  "%h",
  "fe80::1%h %p",
  "~root",
  "*",
  "h?[a-z]{1,2}",
  "!important",
  "# comment",
  "\u202Egnp.exe",
  "\u2066x\u2069",
  "a\u200Bb\uFEFF",
  "\u2028\u2029",
  "\x1b]52;c;cm0gLXJm\x07",
  "\x1b]0;title\x1b\\",
  "\x1b[2J\x1b[31m",
  "\x1bP+q544e\x1b\\",
  "\x1b_x\x1b\\\x1b^y\x1b\\\x1bXz\x1b\\",
  "\x1b(0\x0e\x0f",
  "\x9b2J\x9d52;c;eA==\x9c",
  "\x90q\x9c\x98\x9e\x9f",
  "a\bb\x07c\x7f\x85",
  "\ud83d",
  "\u{e0041}\u{e007f}",
  "",
];

/** A hostile text, or several with other text between, or any at all. */
export const hostileText = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc
    .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "grapheme-ascii" })), { maxLength: 4 })
    .map((parts) => parts.join("")),
  fc.string({ unit: "binary" }),
);

/** What no text for people has: an own list, and not that of the product. Line breaks count where the text is one line. */
export function obeyedIn(text: string, lines: "one line" | "lines" = "one line"): string[] {
  return Array.from(text).filter((character) => {
    const code = character.codePointAt(0) ?? 0;
    if (lines === "lines" && (character === "\n" || character === "\t")) return false;
    return OBEYED.some(([first, last]) => first <= code && code <= last);
  });
}

const OBEYED: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x061c, 0x061c],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0xfffe, 0xffff],
  [0xe0000, 0xe0fff],
];
