import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { flatten } from "./flatten";

const read = (name: string) => readFileSync(join(__dirname, "article", name), "utf8");

/** Names differ, and `-m state` is the older name of the same test. */
function normalise(rules: string[][]): string[][] {
  return rules.map((options) =>
    options.map((option) => option.replace("--state", "--ctstate").replace(/--name \S+/, "--name LIST")),
  );
}

/** How our rules differ from the article's, and why. */
const differences = [
  {
    why: "an established flow is let through to this door only: the host's own rules decide about all others",
    ours: ["--ctstate RELATED,ESTABLISHED", "--dport 22", "-j ACCEPT", "-p tcp"],
    article: ["--ctstate RELATED,ESTABLISHED", "-j ACCEPT", "-p tcp"],
  },
  {
    why: "a grant opens new connections, and lets nothing in that belongs to none",
    ours: [
      "--ctstate NEW",
      "--dport 22",
      "--name LIST",
      "--rcheck",
      "--rsource",
      "--seconds 5",
      "-j ACCEPT",
      "-p tcp",
    ],
    article: ["--dport 22", "--name LIST", "--rcheck", "--rsource", "--seconds 5", "-j ACCEPT", "-p tcp"],
  },
  {
    why: "a knock is a SYN, not any packet to its port",
    ours: ["--dport 1000", "--name LIST", "--rsource", "--set", "--syn", "-p tcp"],
    article: ["--dport 1000", "--name LIST", "--rsource", "--set", "-p tcp"],
  },
];

/** What ours has besides: sessions that are older than connection tracking. */
const besides = ["! --syn", "--dport 22", "-j ACCEPT", "-m socket", "-p tcp"];

test("a single knock comes to the article's four rules", () => {
  const ours = normalise(flatten(read("rules.v4")));
  const article = normalise(flatten(read("article.rules")));
  expect(article).toHaveLength(4);
  for (const { ours: rule } of differences) expect(ours).toContainEqual(rule);
  expect(ours).toContainEqual(besides);
  const translated = ours
    .filter((rule) => String(rule) !== String(besides))
    .map((rule) => differences.find((one) => String(one.ours) === String(rule))?.article ?? rule);
  // The knock's rule stands last here and second there. It is for another port than the rules it changes places with.
  const [established, grant, closed, knock, ...rest] = translated;
  expect([established, knock, grant, closed, ...rest]).toEqual(article);
});
