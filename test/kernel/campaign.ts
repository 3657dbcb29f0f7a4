import fc from "fast-check";
import type { Policy } from "../../provider/policy/types";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import type { Ruleset } from "../../provider/rules/ir";
import { policies } from "../policy/arbitrary";
import { type Crowd, documentsOf } from "./crowd";
import { addDoor, load, loadDocuments, possibleOn, readLists } from "./host";
import { address, inject, type Salvo } from "./inject";
import { documentOfDoors } from "./nftDoors";
import { optionsFor } from "./options";
import { randomNumbers } from "./random";
import { Tally } from "./tally";
import { randomWord } from "./word";
import { families, LETTERS, type Variant, variants, type World } from "./world";

/** A host with a random policy, and random words for it in both families. */
export interface Game {
  readonly host: string;
  readonly variant: Variant;
  readonly policy: Policy;
  readonly ruleset: Ruleset;
  readonly salvos: readonly Salvo[];
  /** Changes the document. */
  readonly rewrite?: (document: string) => string;
}

/**
 * Random policies, each for a host of every variant, which gets the same words; some of their fields may be told. A family's words have a source each, well below 100: from there
 * on a list of xt_recent forgets.
 */
export function games(seed: number, count: number, wordsEach: number, having: Partial<Policy> = {}): Game[] {
  const size = { maxSteps: 6, maxOpenForSeconds: 3, maxStepTimeoutSeconds: 2 };
  const random = randomNumbers(seed);
  // Four apart: a source's neighbours are its own.
  const sources = Array.from({ length: wordsEach }, (_, word) => 4 * (word + 1));
  const arbitrary = policies(size, optionsFor(sources));
  const drawn = fc.sample(fc.noBias(arbitrary), { seed, numRuns: count });
  return drawn
    .map((policy) => ({ ...policy, ...having }))
    .flatMap((drawn, index) => {
      const words = families.flatMap((family) =>
        sources.map((source) => ({ family, source, shots: randomWord(random, drawn, { family, source }) })),
      );
      return variants.map((variant): Game => {
        const host = `${LETTERS[variant]}${index}`;
        const policy = possibleOn(variant, drawn);
        const ruleset = compile(policy, identify(`random/${index}`, host));
        return { host, variant, policy, ruleset, salvos: words.map((word) => ({ ...word, host })) };
      });
    });
}

/** Plays all words of all games at once, and compares what the kernel did with what the automaton says. */
export async function play(world: World, all: readonly (Game & Partial<Crowd>)[]): Promise<Tally> {
  await world.addHosts(all.map(({ host }) => host));
  await twoAtATime(all, async ({ host, variant, policy, ruleset, rewrite, before, after }) => {
    if (before === undefined || after === undefined)
      return load(world, host, variant, policy, ruleset, rewrite);
    if (variant === "nftables") {
      await loadDocuments(world, host, variant, policy, { ipv4: "", ipv6: "" });
      await world.run(host, ["nft", "-f", "-"], documentOfDoors([...before, ruleset, after]));
      return;
    }
    await loadDocuments(world, host, variant, policy, documentsOf(before));
    for (const one of [ruleset, after]) await addDoor(world, host, variant, one);
  });
  const salvos = all.flatMap((game) => game.salvos);
  const reports = await inject(world, salvos.map(staggered));
  const reportOf = new Map(salvos.map((salvo, index) => [salvo, reports[index]]));
  const tally = new Tally();
  await twoAtATime(all, async (game) => {
    const lists = await readLists(world, game.host, game.variant, game.ruleset);
    for (const salvo of game.salvos) {
      const held = lists.get(address(salvo.family, salvo.source)) ?? [];
      tally.add(game, salvo, reportOf.get(salvo) ?? [], held);
    }
  });
  return tally;
}

/** Words begin one after the other: most packets of a word are at its beginning, and a machine cannot send all of those at once. */
function staggered(salvo: Salvo, index: number): Salvo {
  return { ...salvo, shots: salvo.shots.map((shot) => ({ ...shot, atMs: shot.atMs + 3 * index })) };
}

/** A machine has two CPUs at least. */
async function twoAtATime<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await act(item);
  };
  await Promise.all([worker(), worker()]);
}
