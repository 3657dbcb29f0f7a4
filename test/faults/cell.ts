import { setTimeout as pause } from "node:timers/promises";
import { type Bench, OPERATIONS, type Operation } from "./bench";
import type { Ended } from "./controller";
import type { Fault } from "./faults";
import { judge, type Seen } from "./judge";
import type { Trap } from "./rig";

/** One fault at one step of one operation. */
export interface Cell {
  operation: Operation;
  fault: Fault;
  step: string;
}

export interface Outcome {
  cell: Cell;
  /** What the controller told. */
  told: string;
  /** What the host held once it had settled. */
  found: string;
  /** Milliseconds from the fault until nothing was pending on the host. */
  settledMs: number;
  /** What was not as it must be. */
  misses: string[];
}

/** The least that a resource can ask for, and what scheduling on a busy machine may add. */
const ROLLBACK_MS = 15_000;
const SLACK_MS = 6_000;
const OPERATION_MS = 150_000;

/** Runs an operation into a fault, waits until the host has settled, judges, and repeats the operation. */
export async function runCell(bench: Bench, cell: Cell): Promise<Outcome> {
  const { fault, operation, step } = cell;
  const { rig, driver } = bench;
  const misses: string[] = [];
  const before = await rig.held();
  await fault.prepare?.(bench);

  let isStopped = false;
  const isOnHost = step.includes("/");
  const traps: Trap[] = isOnHost ? [{ place: fault.place ?? "before", step, action: fault.action }] : [];
  rig.arm(...(isOnHost ? [...traps, ...(fault.followedBy ?? [])] : []));
  let ended: Ended | undefined;
  let seen: Seen | undefined;
  const end = bench
    .operate(operation, {
      stopAt: isOnHost ? undefined : step,
      isMisknocking: fault.isMisknocking,
      onStop: () => {
        isStopped = true;
      },
    })
    .then(async (how) => {
      // Another stack's door, which comes and goes, is not of this one.
      if (!how.isKilled && !fault.settle) {
        const hasTimer = rig.hasTimer();
        seen = { hasTimer, state: bench.stateOf(await rig.held()) };
      }
      ended = how;
      return how;
    });
  while (!isStopped && !rig.isStruck() && !ended) await pause(15);
  if (!isStopped && !rig.isStruck()) misses.push("the step was not reached");
  if (!isOnHost && fault.followedBy) rig.arm(...fault.followedBy);
  await fault.strike?.(bench);
  const struck = Date.now();
  const during = fault.isForeignChange ? (await rig.held()).foreign : before.foreign;
  if (isOnHost && fault.action === "stop") await rig.letGo();
  if (!isOnHost) driver.go();
  misses.push(...((await fault.settle?.(bench)) ?? []));

  const settling = Date.now();
  let settledMs = 0;
  let lastBusy = struck;
  if (!fault.isRepeatedAtOnce) {
    let left: string[] = fault.isLeft ? [] : rig.leftovers();
    while ((left.length > 0 && Date.now() < settling + ROLLBACK_MS + SLACK_MS) || !ended) {
      if (left.length > 0) lastBusy = Date.now();
      if (Date.now() > struck + OPERATION_MS) {
        misses.push("the operation does not end");
        driver.kill();
      }
      await pause(100);
      left = fault.isLeft ? [] : rig.leftovers();
    }
    settledMs = lastBusy - struck;
    if (left.length > 0) misses.push(`left behind: ${left.join(", ")}`);
  }
  const how = await end;
  const reached = rig.struck(fault.followedBy ?? []);
  for (const trap of fault.followedBy ?? [])
    if (!reached.includes(trap))
      misses.push(`the second fault was not reached: ${trap.step} ${rig.calls().join(" ")}`);
  rig.arm();
  const held = await rig.held();
  misses.push(...((await fault.inspect?.(bench, bench.stateOf(held))) ?? []));
  await fault.heal?.(bench);
  let found = "";
  if (!fault.isRepeatedAtOnce) {
    if (held.foreign !== during) misses.push("foreign rules were changed");
    const state = bench.stateOf(held);
    found = state ?? "something else";
    misses.push(...(await judge(bench, operation, how, held, seen)));
  }
  misses.push(...(await repeat(bench, operation, how)));
  const after = await rig.held();
  if (after.foreign !== before.foreign) misses.push("foreign rules were changed at the end");
  return { cell, told: tell(how), found: found === "" ? "" : describe(operation, found), settledMs, misses };
}

function describe(operation: Operation, found: string): string {
  const { from, to } = OPERATIONS[operation];
  return found === from ? "as before" : found === to ? "as asked" : found;
}

export function tell({ error, isKilled }: Ended): string {
  if (isKilled) return "nothing";
  return error ? `${error.code ?? error.message}: ${error.hostState}`.slice(0, 60) : "done";
}

/** What Pulumi would do at the next `up`. */
export async function repeat(bench: Bench, operation: Operation, how: Ended): Promise<string[]> {
  const { from, to } = OPERATIONS[operation];
  const { rig, driver } = bench;
  bench.state = to;
  let last = how;
  if (how.error || how.isKilled) {
    const kept = how.error?.properties;
    last = kept
      ? await driver.request({ do: "update", olds: kept, news: bench.inputs(to) })
      : await bench.operate(operation);
    if (last.error || last.isKilled) return [`the repeat failed (from ${from}): ${last.error?.message}`];
  }
  bench.outs = last.outs ?? {};
  const misses: string[] = [];
  if (bench.stateOf(await rig.held()) !== to) misses.push("after the repeat the host holds something else");
  if (rig.stored() !== bench.references.get(to)?.stored)
    misses.push("after the repeat something else is stored");
  const left = rig.leftovers();
  if (left.length > 0) misses.push(`the repeat left behind: ${left.join(", ")}`);
  return misses;
}
