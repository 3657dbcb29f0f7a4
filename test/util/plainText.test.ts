import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { iptables } from "../../provider/rules/iptables/backend";
import { plainJson, plainLines, plainText } from "../../provider/util/plainText";
import { hostileText, obeyedIn } from "../hostile";
import { seed } from "../policy/seed";

const { scrubberOf } = iptables;

test.each([
  ["C0", "a\x1b[31mb\x07\b\r\n\t\0", String.raw`a\x1b[31mb\x07\x08\r\n\t\x00`],
  ["DEL and C1", "\x7f\x85\x9b31m\x9d52;\x9c", String.raw`\x7f\x85\x9b31m\x9d52;\x9c`],
  ["OSC, DCS, APC, SOS, PM", "\x1b]\x1bP\x1b_\x1bX\x1b^\x1b\\", "\\x1b]\\x1bP\\x1b_\\x1bX\\x1b^\\x1b\\"],
  ["charset switches", "\x0e\x0f\x1b(0", String.raw`\x0e\x0f\x1b(0`],
  ["directions", "\u202ea\u2066b\u200f\u061c", String.raw`\u202ea\u2066b\u200f\u061c`],
  ["no width", "a\u200bb\ufeffc\u00add\u3164", String.raw`a\u200bb\ufeffc\xadd\u3164`],
  ["separators", "\u2028\u2029", String.raw`\u2028\u2029`],
  ["halves of a pair", "\ud83d and 😀", String.raw`\ud83d and 😀`],
  ["tags", "\u{e0041}", String.raw`\u{e0041}`],
  ["no character", "\uffff\u{1fffe}", String.raw`\uffff\u{1fffe}`],
  ["what people write", "Größe „3“ → 日本 אב", "Größe „3“ → 日本 אב"],
])("%s: shown, and not obeyed", (_, text, shown) => {
  expect(plainText(text)).toBe(shown);
});

test("of a long text the beginning is shown, and how much more there is", () => {
  expect(plainText("abcdef", 6)).toBe("abcdef");
  expect(plainText("abcdefg", 6)).toBe("abcdef… (1 more characters)");
  expect(plainText("\x1b".repeat(10_000_000), 3)).toBe(String.raw`\x1b\x1b\x1b… (9999997 more characters)`);
});

test("any text becomes one that no terminal obeys, once and for all", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const plain = plainText(text);
      expect(obeyedIn(plain)).toEqual([]);
      expect(plainText(plain)).toBe(plain);
      expect(obeyedIn(plainLines(text), "lines")).toEqual([]);
      expect(plainLines(text).split("\n")).toHaveLength(text.split("\n").length);
      const json = plainJson({ [text]: [text] });
      expect(obeyedIn(json)).toEqual([]);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ [text]: [text] })));
    }),
    { seed: seed(), numRuns: 500 },
  );
});

test("a knock that stands beside such a character is hidden before and after", () => {
  const sequence = [{ protocol: "tcp", port: 41287 }] as const;
  fc.assert(
    fc.property(hostileText, (text) => {
      const said = `${text.replace(/\d/g, "")}\t41287${text.replace(/[\da-z_]/gi, "")}`;
      for (const between of ["\x07", "\x1b", "\u202e", "\u{e0041}", "\n"]) {
        const both = `${said}${between}41287 ${between}`;
        expect(scrubberOf({ sequence })(plainText(both))).not.toContain("41287");
        expect(plainText(scrubberOf({ sequence })(both))).not.toContain("41287");
      }
    }),
    { seed: seed(), numRuns: 200 },
  );
});

const PROVIDER = join(__dirname, "../../provider");

test("what people see leaves by few files, each of which makes it plain", () => {
  const files = readdirSync(PROVIDER, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const printing = files.filter((file) =>
    /std(out|err)\.write|console\.|log\.(debug|info|warn|error)\(/.test(
      readFileSync(join(PROVIDER, file), "utf8"),
    ),
  );
  expect(printing.sort()).toEqual([
    "client/terminal.ts",
    "door/startedCalendar.ts",
    "host/progress.ts",
    "resource/dynamic/advice.ts",
    "resource/dynamic/clientName.ts",
    "resource/dynamic/portKnock.ts",
    "resource/ruleChanges.ts",
    "resource/sshConfig.ts",
  ]);
  for (const file of printing) {
    const text = readFileSync(join(PROVIDER, file), "utf8");
    for (const [call] of text.matchAll(/(?:std(?:out|err)\.write|console\.\w+|log\.\w+)\([^;]*;/g))
      expect(call, `${file}: ${call}`).toMatch(/plain(Text|Lines|Json)\(/);
  }
});
