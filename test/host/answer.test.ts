import { expect, test } from "vitest";
import { readAnswer } from "../../provider/host/answer";

const answer = (...lines: string[]) =>
  readAnswer(["Welcome!", "portknock begin n1", ...lines, "portknock end n1", "bye", ""].join("\n"), "n1");

test("rules are read by family, and what login shells print around is left out", () => {
  expect(answer("family 4", "rule 4 :PORTKNOCK", "rule 4 -A PORTKNOCK -j RETURN", "family 6")).toEqual({
    observed: { ipv4: [":PORTKNOCK", "-A PORTKNOCK -j RETURN"], ipv6: [] },
    persistence: "none",
    warnings: [],
    unused: { ipv4: [], ipv6: [] },
    words: [],
  });
});

test("lists of tokens that nobody has used are read by family", () => {
  const lines = [
    "family 4",
    "family 6",
    "unused pk4-0123456789-t0badcafe",
    "unused pk6-0123456789-t1badcafe",
  ];
  expect(answer(...lines)).toMatchObject({
    observed: { ipv4: [], ipv6: [] },
    unused: { ipv4: ["pk4-0123456789-t0badcafe"], ipv6: ["pk6-0123456789-t1badcafe"] },
    words: [],
  });
});

test("who loads the rules at the next boot is read", () => {
  expect(answer("family 4", "persistence stale")?.persistence).toBe("stale");
});

test("a family without tables is missing, not empty", () => {
  expect(answer("family 4")?.observed).toEqual({ ipv4: [] });
});

test("an error has a code and a text", () => {
  expect(answer("error busy an apply of a/b is pending")?.error).toEqual({
    code: "busy",
    text: "an apply of a/b is pending",
  });
});

test.each([
  ["no end", "portknock begin n1\napplied\n"],
  ["no begin", "applied\nportknock end n1\n"],
  ["another script's marks", "portknock begin n2\napplied\nportknock end n2\n"],
  ["marks in the wrong order", "portknock end n1\nportknock begin n1\n"],
  ["nothing", ""],
])("%s is no answer", (_name, stdout) => {
  expect(readAnswer(stdout, "n1")).toBeUndefined();
});
