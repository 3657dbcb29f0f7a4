import { appendFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Lab, startLab } from "../lab/lab";
import { Bench, OPERATIONS, type Operation, type Reference, record, type State } from "./bench";
import { type Cell, type Outcome, runCell } from "./cell";
import { compileDriver } from "./controller";
import { CONTROLLER_STEPS, type Fault } from "./faults";
import { variantOfRun } from "./firewalls";
import { table } from "./table";

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

/** The cells of a fault that are run, of all that it has. */
export type Choose = (fault: Fault, cells: readonly Cell[]) => readonly Cell[];

/** Makes a test of each of these faults: none of its cells locks anyone out, or leaves a host half changed. */
export function testFaults(faults: readonly Fault[], choose: Choose, hosts: number): void {
  const outcomes: Outcome[] = [];
  const benches: Bench[] = [];
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab({ hosts, variant: variantOfRun() });
    const steps = await prepare(lab, benches);
    const queue = faults.flatMap((fault) => choose(fault, cellsOf(fault, steps)));
    const started = Date.now();
    await Promise.all(benches.map((bench) => work(bench, queue, outcomes)));
    const seconds = Math.round((Date.now() - started) / 1000);
    console.log(`${table(outcomes)}\n${outcomes.length} cells in ${seconds} s`);
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
    test.each(faults.map(({ name }) => name))("%s", (name) => {
      const own = outcomes.filter(({ cell }) => cell.fault.name === name);
      // A fault that struck nowhere shows nothing.
      expect(own).not.toEqual([]);
      const missed = own.flatMap(({ cell, told, found, misses }) =>
        misses.length > 0 ? [{ at: `${cell.operation} ${cell.step}`, told, found, misses }] : [],
      );
      expect(missed).toEqual([]);
    });
  });
}

/** Fills in a bench for each host; what is returned are the steps of each operation. */
async function prepare(lab: Lab, benches: Bench[]): Promise<Record<Operation, string[]>> {
  const file = await compileDriver(lab);
  const references = new Map<State, Reference>();
  for (let number = 1; number <= lab.hosts.length; number++)
    benches.push(new Bench(lab, number, file, references));
  await Promise.all(benches.map(({ rig, number }) => rig.install(number % 3 === 0)));
  const [first] = benches;
  if (!first) throw new Error("no host");
  await first.uplink().run(["nft", "-f", "-"], { input: SWITCH });
  const steps = await record(first, references);
  await Promise.all(benches.map((bench) => bench.begin()));
  return steps;
}

/** Each place at which a fault can strike. */
function cellsOf(fault: Fault, steps: Readonly<Record<Operation, readonly string[]>>): Cell[] {
  return (Object.keys(OPERATIONS) as Operation[]).flatMap((operation) =>
    [...CONTROLLER_STEPS, ...steps[operation]]
      .filter((step) => fault.at(step, operation))
      .map((step) => ({ operation, fault, step })),
  );
}

async function work(bench: Bench, queue: Cell[], outcomes: Outcome[]): Promise<void> {
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
