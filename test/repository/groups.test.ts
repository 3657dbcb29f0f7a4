import { readdirSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { expect, test } from "vitest";
import { GROUPS, type GroupName, type Half, patterns } from "../groups.mjs";

const ROOT = join(__dirname, "../..");
const names = Object.keys(GROUPS) as GroupName[];
const files = ["test", "bench"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(test|bench)\.ts$/.test(file))
    .map((file) => `${folder}/${file}`),
);

const isIn = (file: string, name: GroupName, half?: Half): boolean => {
  const { include, exclude } = patterns(name, half);
  const matches = (pattern: string) => matchesGlob(file, pattern);
  return include.some(matches) && !exclude.some(matches);
};

test("each file of tests is in one group, and in one half of it", () => {
  expect(files.length).toBeGreaterThan(100);
  for (const file of files) {
    expect([file, names.filter((name) => isIn(file, name)).length]).toEqual([file, 1]);
    const halves = names.flatMap((name) =>
      (["core", "rest"] as const).filter((half) => isIn(file, name, half)),
    );
    expect([file, halves.length]).toEqual([file, 1]);
  }
});

test.each(names)("each file that the split of %s names is there", (name) => {
  const group = GROUPS[name];
  const split: { readonly [H in Half]?: readonly string[] } = "split" in group ? group.split : {};
  const missing = Object.values(split)
    .flat()
    .filter((named) => !group.folders.some((folder) => files.includes(`${folder}/${named}.test.ts`)));
  expect(missing).toEqual([]);
});
