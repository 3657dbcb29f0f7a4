import { expect, test } from "vitest";
import { type Answer, readAnswer } from "../../provider/host/answer";
import type { AnsweringScript } from "../../provider/host/protocol";

function told<Name extends AnsweringScript>(name: Name, ...lines: string[]): Answer<Name> {
  const printed = ["Welcome!", "portknock begin n1", ...lines, "portknock end n1", "bye", ""];
  return readAnswer(name, printed.join("\n"), "n1");
}

const REPORT = ["family 4", "persistence none"];
const READ = {
  kind: "read",
  report: { observed: { ipv4: [] }, persistence: "none", warnings: [], unused: { ipv4: [] } },
};

test("rules are read by family, and what login shells print around is left out", () => {
  const lines = ["family 4", "family 6", "rule 4 :PORTKNOCK", "rule 4 -A PORTKNOCK -j RETURN"];
  expect(told("observe", ...lines, "persistence stale", "warning beware")).toEqual({
    kind: "answered",
    answer: {
      observed: { ipv4: [":PORTKNOCK", "-A PORTKNOCK -j RETURN"], ipv6: [] },
      persistence: "stale",
      warnings: ["beware"],
      unused: { ipv4: [], ipv6: [] },
    },
  });
});

test("lists of tokens that nobody has used are read by family", () => {
  const lines = ["unused pk4-0123456789-t0badcafe", "unused pk6-0123456789-t1badcafe"];
  expect(told("observe", ...REPORT, "family 6", ...lines)).toMatchObject({
    answer: { unused: { ipv4: ["pk4-0123456789-t0badcafe"], ipv6: ["pk6-0123456789-t1badcafe"] } },
  });
});

test("a family without tables is missing, not empty", () => {
  expect(told("observe", ...REPORT)).toMatchObject({ answer: { observed: { ipv4: [] } } });
});

const ERROR = { code: "host-unfit", text: "the IPv4 filter table cannot be read" };
const error = `error ${ERROR.code} ${ERROR.text}`;

/** Each way in which a script may end, as it says itself. */
test.each<[name: AnsweringScript, lines: string[], expected: object]>([
  ["apply", ["applied", "client 192.0.2.7"], { kind: "answered", answer: { client: "192.0.2.7" } }],
  ["apply", ["applied", "client "], { kind: "answered", answer: { client: "" } }],
  [
    "apply",
    ["earlier rolled back", "applied", "client ::1"],
    { kind: "answered", answer: { client: "::1" } },
  ],
  ["apply", [error], { kind: "refused", refusal: { ...ERROR, earlier: "none", left: "nothing" } }],
  [
    "apply",
    ["earlier rolled back", error],
    { kind: "refused", refusal: { ...ERROR, earlier: "rolled back", left: "nothing" } },
  ],
  [
    "apply",
    ["earlier held", "no timer", error],
    { kind: "refused", refusal: { ...ERROR, earlier: "held", left: "no timer" } },
  ],
  [
    "apply",
    ["timer left", error],
    { kind: "refused", refusal: { ...ERROR, earlier: "none", left: "timer" } },
  ],
  ["confirm", ["confirmed", ...REPORT], { kind: "answered", answer: { reading: READ } }],
  [
    "confirm",
    ["confirmed", "unpersisted no room", ...REPORT],
    { kind: "answered", answer: { reading: READ, unpersisted: "no room" } },
  ],
  [
    "confirm",
    ["confirmed", "unpersisted ", error],
    { kind: "answered", answer: { reading: { kind: "unread", error: ERROR }, unpersisted: "" } },
  ],
  ["confirm", [error], { kind: "refused", refusal: { ...ERROR, earlier: "none", left: "nothing" } }],
  ...(["rolled back", "confirmed", "not pending"] as const).flatMap(
    (outcome): [AnsweringScript, string[], object][] => [
      ["abort", [outcome, ...REPORT], { kind: "answered", answer: { outcome, causes: [], reading: READ } }],
      [
        "abort",
        [outcome, error],
        { kind: "answered", answer: { outcome, causes: [], reading: { kind: "unread", error: ERROR } } },
      ],
    ],
  ),
  [
    "abort",
    ["no timer", error],
    { kind: "refused", refusal: { ...ERROR, earlier: "none", left: "no timer" } },
  ],
  ["observe", [error], { kind: "refused", refusal: { ...ERROR, earlier: "none", left: "nothing" } }],
  [
    "status",
    [...REPORT, "clock 1 2", "count 4 7 -A PK-0123456789 -j DROP"],
    {
      kind: "answered",
      answer: {
        ...READ.report,
        lines: [...REPORT, "clock 1 2", "count 4 7 -A PK-0123456789 -j DROP"],
      },
    },
  ],
])("%s may answer %j", (name, lines, expected) => {
  expect(told(name, ...lines)).toEqual(expected);
});

/** A hostile host may answer anything. */
test.each<[name: AnsweringScript, lines: string[], reason: string | RegExp]>([
  ["observe", [...REPORT, "error bogus a code of nobody's"], "line 3 is none"],
  ["observe", [...REPORT, "error not-confirmed of another script"], "line 3 is none"],
  ["observe", [...REPORT, "error login as one of this side's codes"], "line 3 is none"],
  ["observe", [error, error], "line 2 is none"],
  ["observe", [...REPORT, "applied"], "line 3 is none"],
  ["observe", [...REPORT, ""], "line 3 is none"],
  ["observe", [...REPORT, "persistence bogus"], "line 3 is none"],
  ["observe", [...REPORT, "family 5"], "line 3 is none"],
  ["observe", [...REPORT, "rule 4 anything"], "line 3 is none"],
  ["observe", [...REPORT, "warningless"], "line 3 is none"],
  ["observe", ["constructor"], "line 1 is none"],
  ["observe", ["toString x"], "line 1 is none"],
  ["observe", [`\u001b]52;c;${"A".repeat(200)}`], /^line 1 is none that this script has: "[ -~]{1,90}"$/],
  ["observe", ["family 4"], "do not belong together"],
  ["observe", ["persistence none"], "do not belong together"],
  ["observe", [...REPORT, "rule 6 :PORTKNOCK"], "do not belong together"],
  ["observe", [], "do not belong together"],
  ["status", [...REPORT, "count 4 many -A x"], "line 3 is none"],
  ["apply", ["applied"], "do not belong together"],
  ["apply", ["client 192.0.2.7"], "do not belong together"],
  ["apply", ["applied", "client 192.0.2.7", error], "do not belong together"],
  ["apply", ["applied", "client $(id)"], "line 2 is none"],
  ["apply", ["rolled back", error], "line 1 is none"],
  ["confirm", REPORT, "do not belong together"],
  ["confirm", ["confirmed"], "do not belong together"],
  ["abort", REPORT, "do not belong together"],
  ["abort", ["rolled back", "confirmed", ...REPORT], "do not belong together"],
])("%s never answers %j", (name, lines, reason) => {
  expect(told(name, ...lines)).toEqual({
    kind: "unreadable",
    reason: expect.stringMatching(reason),
  });
});

test.each([
  ["no end", "portknock begin n1\napplied\n"],
  ["no begin", "applied\nportknock end n1\n"],
  ["another script's marks", "portknock begin n2\napplied\nportknock end n2\n"],
  ["marks in the wrong order", "portknock end n1\nportknock begin n1\n"],
  ["nothing", ""],
])("%s is no answer", (_name, stdout) => {
  expect(readAnswer("apply", stdout, "n1")).toEqual({ kind: "unended" });
});
