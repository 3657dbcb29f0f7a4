import { isDeepStrictEqual } from "node:util";
import { formatStep } from "../../provider/policy/text";
import type { List } from "../../provider/rules/ir";
import type { Game } from "./campaign";
import type { Crowd } from "./crowd";
import { backendOf } from "./host";
import type { Salvo, Sent } from "./inject";
import { areHeld, judge, keyOf, type Verdict, verdictOf } from "./judge";
import { retrace } from "./retrace";

/** What the kernel's clock (a tick is up to 10 ms) and the injector's may differ by, with much to spare. */
const MARGIN_MS = 100;

/** Compares words with the automaton, one after the other, and counts. */
export class Tally {
  /** Words that were compared, by variant and family. */
  readonly compared = new Map<string, number>();
  /** Words in which something came too close to a limit to compare. */
  discarded = 0;
  packets = 0;
  tries = 0;
  accepted = 0;
  /** How much longer than planned a pause became, at most. */
  lateMs = 0;
  /** How well the time is known at which a host took a packet, at worst. */
  unknownMs = 0;
  readonly disagreements: string[] = [];
  /** Words in which the kernel did something else than the rules do as data. */
  readonly retraced: string[] = [];

  /** `held` are the lists on which the host has the source at the end. */
  add(
    { variant, policy, ruleset, judged }: Pick<Game, "variant" | "policy" | "ruleset"> & Partial<Crowd>,
    salvo: Salvo,
    sent: readonly Sent[],
    held: readonly List[],
  ): void {
    const shots = salvo.shots.map((shot, index) => ({ ...shot, atMs: sent[index]?.atMs ?? Number.NaN }));
    const pauses = (times: readonly { readonly atMs: number }[]) =>
      times.slice(1).map(({ atMs }, index) => atMs - (times[index]?.atMs ?? 0));
    const planned = pauses(salvo.shots);
    this.lateMs = Math.max(this.lateMs, ...pauses(shots).map((ms, index) => ms - (planned[index] ?? 0)));
    const judgement = judge(judged ?? policy, salvo, shots);
    const unknownMs = Math.max(0, ...sent.map(({ withinMs }) => withinMs));
    this.unknownMs = Math.max(this.unknownMs, unknownMs);
    // A packet without a time has no margin either.
    if (!(judgement.marginMs > MARGIN_MS + unknownMs)) {
      this.discarded++;
      return;
    }
    const verdicts = sent.map(({ answer }, index) =>
      verdictOf(answer, judgement.isDoor[index] === true, policy),
    );
    const name = `${variant} ${salvo.family}`;
    this.compared.set(name, (this.compared.get(name) ?? 0) + 1);
    this.packets += shots.length;
    this.tries += judgement.isDoor.filter(Boolean).length;
    const open: Verdict = policy.grantVerdict === "accept" ? "accept" : "pass";
    this.accepted += judgement.verdicts.filter(
      (verdict, at) => judgement.isDoor[at] && verdict === open,
    ).length;
    // The rules as data are those of one door: they know nothing of the ports of others.
    const opinion = judged
      ? verdicts
      : retrace(policy, backendOf(variant).lower(ruleset), salvo, shots, judgement.isDoor).map(
          ({ verdict }) => verdict,
        );
    if (!isDeepStrictEqual(verdicts, opinion)) {
      const words = describeShots({ ...salvo, shots }, verdicts, opinion);
      this.retraced.push([`${name} ${JSON.stringify(policy)}`, ...words].join("\n  "));
    }
    if (isDeepStrictEqual(verdicts, judgement.verdicts) && areHeld(variant, held, judgement)) return;
    this.disagreements.push(
      [
        `${name} ${JSON.stringify(policy)}`,
        ...describeShots({ ...salvo, shots }, verdicts, judgement.verdicts),
        `on lists ${JSON.stringify(held.map(keyOf))}, want ${JSON.stringify(judgement.lists)}`,
      ].join("\n  "),
    );
  }

  get total(): number {
    return [...this.compared.values()].reduce((sum, count) => sum + count, 0);
  }

  toString(): string {
    const counts = [...this.compared].map(([name, count]) => `${name} ${count}`).join(", ");
    const share = Math.round((100 * this.accepted) / this.tries);
    return (
      `words: ${counts}; discarded ${this.discarded}; packets ${this.packets}; ` +
      `door tries ${this.tries}, accepted ${share} %; pauses up to ${Math.round(this.lateMs)} ms too long, ` +
      `packets taken within ${Math.round(this.unknownMs)} ms`
    );
  }
}

function describeShots({ shots }: Salvo, verdicts: readonly Verdict[], wanted: readonly Verdict[]): string[] {
  return shots.map(({ atMs, packet, flags, flow, from }, index) => {
    const want = wanted[index];
    const doubt = verdicts[index] === want ? "" : `, want ${want}`;
    return `${atMs.toFixed(0)} ms ${formatStep(packet)}${flags ? ` ${flags}` : ""}${from ? " from the neighbour" : ""} (${flow}): ${verdicts[index]}${doubt}`;
  });
}
