import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { barChart } from "../../bench/chart";
import { replaced } from "../../bench/pages";

test("figures take the place of those between their markers alone", () => {
  const readme = "a\n<!-- bench:x -->\nold\n<!-- /bench:x -->\n<!-- bench:xy -->\nkept\n<!-- /bench:xy -->\n";
  expect(replaced(readme, "x", "new")).toBe(
    "a\n<!-- bench:x -->\n\nnew\n\n<!-- /bench:x -->\n<!-- bench:xy -->\nkept\n<!-- /bench:xy -->\n",
  );
  expect(replaced(replaced(readme, "x", "new"), "x", "new")).toBe(replaced(readme, "x", "new"));
  expect(() => replaced(readme, "y", "new")).toThrow("bench:y");
});

test("bars are as long as their values, and text in them is text", () => {
  const bars = [1, 2, 4].map((value) => ({ label: "<&>", value }));
  const svg = barChart({ title: "t", measure: "m", groups: [{ label: "g", bars }] });
  const lengths = [...svg.matchAll(/ h(\d[\d.]*) q/g)].map(([, length]) => Number(length) + 3);
  expect(lengths).toHaveLength(3);
  expect((lengths[1] ?? 0) / (lengths[0] ?? 0)).toBeCloseTo(2, 2);
  expect((lengths[2] ?? 0) / (lengths[0] ?? 0)).toBeCloseTo(4, 2);
  expect(svg).toContain(">&lt;&amp;&gt;</text>");
});

test("each chart is on a page", () => {
  const root = join(__dirname, "../..");
  const pages = ["speed", "cost"].map((name) =>
    readFileSync(join(root, `docs/explanation/${name}.md`), "utf8"),
  );
  const charts = readdirSync(join(root, "docs/charts")).filter((name) => name.endsWith(".svg"));
  expect(charts.length).toBeGreaterThan(2);
  for (const chart of charts) expect(pages.join()).toContain(`](../charts/${chart})`);
});
