import { expect } from "vitest";
import { games, play } from "./campaign";
import { crowded } from "./crowd";
import { randomNumbers } from "./random";
import { families, type Variant, variants, World } from "./world";

const WORDS_EACH = 6;

interface Campaign {
  readonly seed: number;
  readonly policies: number;
  /** How many words have to be compared, of each variant and family. */
  readonly atLeast: number;
  /** Of which variants; all, unless told. */
  readonly of?: readonly Variant[];
  /** With six other doors on each host. */
  readonly isCrowded?: true;
}

/** Plays random words for random policies: the automaton, the rules as data, and the kernel have to agree. */
export async function expectAgreement({
  seed,
  policies,
  atLeast,
  of = variants,
  isCrowded,
}: Campaign): Promise<void> {
  const world = await World.start();
  try {
    const random = randomNumbers(seed);
    const all = games(seed, policies, WORDS_EACH).filter(({ variant }) => of.includes(variant));
    const tally = await play(world, isCrowded ? all.map((game) => crowded(game, random)) : all);
    console.log(String(tally));
    expect(tally.disagreements.slice(0, 3).join("\n\n")).toBe("");
    expect(tally.retraced.slice(0, 3).join("\n\n")).toBe("");
    expect(tally.compared.size).toBe(of.length * families.length);
    expect(Math.min(...tally.compared.values())).toBeGreaterThanOrEqual(atLeast);
    // A word whose packets left late is not compared.
    expect(tally.discarded).toBeLessThan(0.03 * tally.total);
    expect(tally.accepted / tally.tries).toBeGreaterThan(0.2);
    expect(tally.accepted / tally.tries).toBeLessThan(0.75);
  } finally {
    await world.stop();
  }
}
