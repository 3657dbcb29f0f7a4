import { beforeAll, describe, expect, test } from "vitest";
import { seed } from "../policy/seed";
import { games, play } from "./campaign";
import { buildInjector } from "./inject";
import { families, variants, World } from "./world";

const WORDS_EACH = 6;

beforeAll(buildInjector);

/** Both at once: most of the time of a word is waiting. */
describe.concurrent("random words through the automaton, the rules as data, and the kernel", () => {
  test.each([
    {
      title: "the same every time",
      start: () => 20_130_301,
      policies: 90,
      atLeast: 500,
    },
    { title: "never tried before", start: seed, policies: 40, atLeast: 220 },
  ])("$title", async ({ start, policies, atLeast }) => {
    const world = await World.start();
    try {
      const tally = await play(world, games(start(), policies, WORDS_EACH));
      console.log(String(tally));
      expect(tally.disagreements.slice(0, 3).join("\n\n")).toBe("");
      expect(tally.retraced.slice(0, 3).join("\n\n")).toBe("");
      expect(tally.compared.size).toBe(variants.length * families.length);
      expect(Math.min(...tally.compared.values())).toBeGreaterThanOrEqual(atLeast);
      expect(tally.discarded).toBeLessThan(0.03 * tally.total);
      expect(tally.accepted / tally.tries).toBeGreaterThan(0.2);
      expect(tally.accepted / tally.tries).toBeLessThan(0.75);
    } finally {
      await world.stop();
    }
  });
});
