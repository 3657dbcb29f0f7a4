import { expect, test } from "vitest";
import { answerLimits } from "../../provider/host/answerLimits";
import { type Output, outputOf } from "../../provider/host/ssh/output";
import { told } from "../situations";

const BEGIN = "portknock begin n1";
const END = "portknock end n1";
const ANSWER = `Welcome!\n${BEGIN}\nfamily 4\nrule 4 :PORTKNOCK\n${END}\n`;

const LIMIT = answerLimits.answer.report;
const make = () => outputOf(BEGIN, END, LIMIT);
const pieces = (text: string, size: number) => text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];

/** Gives it in pieces, until it has enough. */
function give(output: Output, text: string, size: number): boolean {
  return pieces(text, size).some((piece) => output.takeStdout(piece));
}

test.each([1, 2, 7, 4_096])("an answer in pieces of %i is whole once its end mark is", (size) => {
  const output = make();
  expect(give(output, ANSWER.slice(0, -1), size)).toBe(false);
  expect(output.takeStdout("\n")).toBe(true);
  expect(output.printed().stdout).toBe(ANSWER);
});

test("what comes after the end mark is left out", () => {
  const output = make();
  expect(output.takeStdout(`${ANSWER}${"x".repeat(10_000)}\n`)).toBe(true);
  expect(output.takeStdout("more\n")).toBe(true);
  expect(output.printed().stdout).toBe(ANSWER);
});

test.each([
  ["a mark within a line", `echo ${BEGIN}\n${END}\n`],
  ["an end without a begin", `${END}\n`],
  ["another script's end", `${BEGIN}\nportknock end n2\n`],
])("%s ends nothing", (_what, text) => {
  expect(make().takeStdout(text)).toBe(false);
});

const MIB = 2 ** 20;
const passed = [
  { what: "noise before the script", text: "y\n".repeat(MIB) },
  { what: "noise before the script", text: "y".repeat(2 * MIB) },
  { what: "too many lines", text: `${BEGIN}\n${"\n".repeat(LIMIT.lines + 1)}` },
  { what: "too many bytes", text: `${BEGIN}\n${`${"x".repeat(4_000)}\n`.repeat(2_700)}` },
  { what: "a line too long", text: `${BEGIN}\n${"x".repeat(4_097)}` },
  { what: "too many words", text: `${BEGIN}\n${"x ".repeat(512)}x\n` },
] as const;

test.each(passed)("$what, in pieces of any size", ({ what, text }) => {
  for (const size of [1_000, 65_536]) {
    const reason = told(what).split(". ", 1)[0] ?? "";
    expect(() => give(make(), text, size)).toThrow(reason);
  }
});

test("what is allowed passes", () => {
  const line = "rule 4 -A PK-0123456789 -j DROP\n";
  const text = `${"y\n".repeat(MIB / 2 - 100)}${BEGIN}\n${line.repeat(LIMIT.lines - 2)}${"x ".repeat(511)}x\n${END}\n`;
  expect(give(make(), text, 32_768)).toBe(true);
});

test("stderr has a limit of its own", () => {
  const output = make();
  output.takeStderr("y".repeat(MIB));
  expect(() => output.takeStderr("y")).toThrow("it printed more than 1 MiB on stderr");
});

test("single bytes cost no more than large pieces, but for each call", () => {
  const started = performance.now();
  give(make(), "y".repeat(MIB - 1), 1);
  const output = make();
  for (let n = 0; n < MIB; n++) output.takeStderr("y");
  give(make(), `${BEGIN}\n${`${"x ".repeat(500)}\n`.repeat(1_000)}`, 1);
  expect(performance.now() - started).toBeLessThan(10_000);
});
