import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const page = readFileSync(join(__dirname, "../../docs/explanation/ten-thousand-hosts.md"), "utf8");

/** `10,000 × 2 = 20,000 logins`: an indented line with an equals sign, and what it says that the left side is. */
const SUM = /^ {4}([\d.,()×/+^ -]+) = ([\d.,]+)/gm;

/** What is written with a few digits may be wrong by half of the last one, and 1 in 100 beside that. */
const TOLERANCE = 0.02;

const number = (text: string) => Number(text.replaceAll(",", ""));

/** Of numbers, parentheses and the four operations alone, so that nothing else is ever evaluated. */
function evaluate(expression: string): number {
  const script = expression.replaceAll(",", "").replaceAll("×", "*").replaceAll("^", "**");
  return Number(new Function(`return (${script});`)());
}

test("every sum on the page about 10,000 hosts is right", () => {
  const sums = [...page.matchAll(SUM)].map(([, left = "", right = ""]) => ({ left, right }));
  expect(sums.length).toBeGreaterThan(15);
  for (const { left, right } of sums) {
    const ratio = evaluate(left) / number(right);
    expect(Math.abs(ratio - 1), `${left} = ${right}`).toBeLessThan(TOLERANCE);
  }
  // No line with an equals sign is in another form.
  const lines = page.split("\n").filter((line) => /^ {4}.* = /.test(line));
  expect(lines).toHaveLength(sums.length);
});
