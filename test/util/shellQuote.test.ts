import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { script } from "../../provider/host/script";
import { quote } from "../../provider/util/shellQuote";

/** The shells of the hosts that people have. */
const shells = [["sh"], ["busybox", "sh"]];

test.each(shells)("%s %s reads a quoted text as it was", (shell, ...args) => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme-ascii" }),
      fc.constantFrom("", "\n", "'", "$x", "`", "\\"),
      (text, extra) => {
        const value = text + extra + text;
        const printed = execFileSync(shell, [...args, "-c", `printf %s ${quote(value)}`], {
          encoding: "utf8",
        });
        expect(printed).toBe(value);
      },
    ),
    { numRuns: 30 },
  );
});

test("a script cut off anywhere does nothing", () => {
  const whole = script("observe", { NONCE: "n" });
  expect(whole.trimEnd().split("\n").at(-1)).toBe("main");
  const before = whole.slice(0, whole.lastIndexOf("main"));
  expect(execFileSync("sh", { input: before, encoding: "utf8" })).toBe("");
});
