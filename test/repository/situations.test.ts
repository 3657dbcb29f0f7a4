import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { situations } from "../situations";

const ROOT = join(__dirname, "..");
const sources = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && file !== "situations.ts")
  .map((file) => readFileSync(join(ROOT, file), "utf8"));

test("each situation in the table is one that a test brings about", () => {
  const unused = Object.keys(situations).filter(
    (situation) => !sources.some((source) => source.includes(JSON.stringify(situation))),
  );
  expect(unused).toEqual([]);
});
