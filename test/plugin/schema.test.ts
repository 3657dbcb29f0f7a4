import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeSchema } from "../../scripts/schema/schema";

const FILE = join(__dirname, "../../provider/plugin/schema.json");

test("schema.json is what zod, the docstrings and the tables of properties make it", () => {
  const made = `${JSON.stringify(makeSchema(), undefined, 2)}\n`;
  if (process.env.UPDATE_GOLDEN) writeFileSync(FILE, made);
  expect(made === readFileSync(FILE, "utf8"), "npm run schema:update rewrites it").toBe(true);
});
