import { appendFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, startLab } from "../lab/lab";
import { Bench, OPERATIONS, type Operation, type Reference, record, type State } from "./bench";
import { type Cell, type Outcome, runCell } from "./cell";
import { compileDriver } from "./controller";
import { CONTROLLER_STEPS, FAULTS, type Fault } from "./faults";
import { table } from "./table";

/** PORTKNOCK_FAULTS=all: at each step; else at those where most is at stake. */
const isAll = process.env.PORTKNOCK_FAULTS === "all";
const only = process.env.PORTKNOCK_FAULT ?? "";
const selected = FAULTS.filter(({ name }) => name.startsWith(only));
const variant = process.env.PORTKNOCK_VARIANT === "legacy" ? "legacy" : "nf_tables";
const HOSTS = 40;

/** Where most is at stake. */
const SOME = /^(applied|confirm)$|^apply\/ip6tables-restore\/2|^confirm\/mv\/[12]/;

const SWITCH = `table bridge faults {
  set silent { type ifname; }
  set deaf { type ifname; }
  chain forward {
    type filter hook forward priority 0;
    iifname @silent drop
    oifname @deaf tcp dport != 22 drop
    oifname @deaf meta l4proto { udp, icmp } drop
  }
}`;

/** The cells of a fault that are run: all; or those at SOME steps; else, or for one of two faults, those of one operation. */
function chosen(fault: Fault, number: number, cells: readonly Cell[]): readonly Cell[] {
  if (isAll) return cells;
  const some = cells.filter(({ step }) => SOME.test(step));
  if (some.length > 0 && !fault.followedBy && !fault.prepare) return some;
  const operations = [...new Set(cells.map(({ operation }) => operation))];
  const ofOne = cells.filter(({ operation }) => operation === operations[number % operations.length]);
  return ofOne.slice(0, 1);
}

let lab: Lab;
const benches: Bench[] = [];
const outcomes: Outcome[] = [];

async function work(bench: Bench, queue: Cell[]): Promise<void> {
  while (queue.length > 0) {
    const index = queue.findIndex(({ operation }) => OPERATIONS[operation].from === bench.state);
    const [cell] = index < 0 ? [] : queue.splice(index, 1);
    if (cell) {
      const outcome = await runCell(bench, cell).catch((error: unknown) => ({
        cell,
        told: "",
        found: "",
        settledMs: 0,
        misses: [String(error)],
      }));
      outcomes.push(outcome);
      if (process.env.PORTKNOCK_TRACE)
        appendFileSync(
          process.env.PORTKNOCK_TRACE,
          `${JSON.stringify({ ...outcome, cell: `${cell.fault.name} | ${cell.operation} | ${cell.step}` })}\n`,
        );
      if (outcome.misses.length > 0) await bench.restart();
    } else {
      const next = (Object.keys(OPERATIONS) as Operation[]).find(
        (one) => OPERATIONS[one].from === bench.state,
      );
      if (next) await bench.clean(next);
    }
  }
}

beforeAll(async () => {
  lab = await startLab({ hosts: HOSTS, variant });
  const file = await compileDriver(lab);
  const references = new Map<State, Reference>();
  for (let number = 1; number <= HOSTS; number++) benches.push(new Bench(lab, number, file, references));
  await Promise.all(benches.map(({ rig, number }) => rig.install(number % 3 === 0)));
  const [first] = benches;
  if (!first) throw new Error("no host");
  await first.uplink().run(["nft", "-f", "-"], { input: SWITCH });
  const steps = await record(first, references);
  await Promise.all(benches.map((bench) => bench.begin()));
  const queue = selected.flatMap((fault, number) => {
    const cells = (Object.keys(OPERATIONS) as Operation[]).flatMap((operation) =>
      [...CONTROLLER_STEPS, ...steps[operation]]
        .filter((step) => fault.at(step, operation))
        .map((step) => ({ operation, fault, step })),
    );
    return chosen(fault, number, cells);
  });
  const started = Date.now();
  await Promise.all(benches.map((bench) => work(bench, queue)));
  console.log(
    `${table(outcomes)}\n${outcomes.length} cells in ${Math.round((Date.now() - started) / 1000)} s`,
  );
}, 1_800_000);

afterAll(async () => {
  for (const { driver, rival, rig } of benches) {
    driver.kill();
    rival.kill();
    await rig.uninstall();
  }
  await lab?.stop();
});

describe("no failure locks anyone out, or leaves a host half changed", () => {
  if (selected.length === 0) test(`the name of a fault begins with ${only}`, () => expect.fail());

  test.each(selected.map(({ name }) => name))("%s", (name) => {
    const own = outcomes.filter(({ cell }) => cell.fault.name === name);
    // A fault that struck nowhere shows nothing.
    expect(own).not.toEqual([]);
    const missed = own.flatMap(({ cell, told, found, misses }) =>
      misses.length > 0 ? [{ at: `${cell.operation} ${cell.step}`, told, found, misses }] : [],
    );
    expect(missed).toEqual([]);
  });
});
