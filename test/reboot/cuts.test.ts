import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Bench, OPERATIONS, type Operation, type Reference, record, type State } from "../faults/bench";
import { repeat, tell } from "../faults/cell";
import { compileDriver, type Ended } from "../faults/controller";
import { CONTROLLER_STEPS } from "../faults/faults";
import { lies } from "../faults/judge";
import { type MachineLab, type MachineOptions, startMachine } from "./machine";

/** Those that change something on the host; at the others it is as it was at the one before. */
const CHANGES = /\/(mkdir|mv|rm|chmod|systemctl|systemd-run|ip6?tables-restore|nft-load)\//;

/** A power cut, and what came of it. */
interface Cut {
  readonly step: string;
  readonly told: string;
  readonly found: State | "something else";
  readonly misses: readonly string[];
}

const MACHINES: readonly MachineOptions[] = [
  { release: "bookworm", variant: "nf_tables" },
  { release: "trixie", variant: "nftables" },
];

describe.each(MACHINES)("a power cut at each step, on $release, variant $variant", (options) => {
  let lab: MachineLab;
  let bench: Bench;
  let steps: Record<Operation, string[]>;

  beforeAll(async () => {
    lab = await startMachine(options);
    // sshd of OpenSSH 9.8 and later turns a source away that connects often without a login, as this test does.
    if (options.release === "trixie")
      await lab.host().run(["sh", "-c", "echo PerSourcePenalties no >>/etc/ssh/sshd_config"]);
    const references = new Map<State, Reference>();
    bench = new Bench(lab, 1, await compileDriver(lab), references);
    await bench.rig.install(false);
    steps = await record(bench, references);
  });
  afterAll(async () => {
    bench?.driver.kill();
    await bench?.rig.uninstall();
    await lab?.stop();
  });

  /** Runs the operation up to the step, cuts the power there, and sees what the next boot and the next `up` make of it. */
  async function cut(operation: Operation, step: string): Promise<Cut> {
    const { rig, driver } = bench;
    const isOnHost = step.includes("/");
    rig.arm(...(isOnHost ? [{ place: "before", step, action: "stop" } as const] : []));
    let isReached = false;
    let ended: Ended | undefined;
    const onStop = () => {
      isReached = true;
    };
    const end = bench.operate(operation, { stopAt: isOnHost ? undefined : step, onStop }).then((how) => {
      ended = how;
      return how;
    });
    while (!isReached && !rig.isStruck() && !ended) await pause(10);
    const misses = isReached || rig.isStruck() ? [] : ["the step was not reached"];
    // A controller that waits for a host's answer would wait for 15 s; one that has its turn goes on, and tells.
    if (isOnHost) driver.kill();
    const rebooted = lab.reboot("cut");
    if (!isOnHost) driver.go();
    await rebooted;
    const how = await end;
    await bench.follow(lab.host());
    bench.rig.arm();
    const state = bench.stateOf(await bench.rig.held());
    const { from, to } = OPERATIONS[operation];
    if (state === undefined || (state !== from && state !== to)) misses.push("half applied");
    else if (!(await bench.isReached(state))) misses.push(`locked out: ${state} lets nobody in`);
    misses.push(...lies(how, operation, state, undefined, "booted"));
    misses.push(...(await repeat(bench, operation, how)));
    return { step, told: tell(how), found: state ?? "something else", misses };
  }

  async function goTo(state: State): Promise<void> {
    while (bench.state !== state) {
      const next = (Object.keys(OPERATIONS) as Operation[]).find(
        (one) => OPERATIONS[one].from === bench.state,
      );
      if (next === undefined) throw new Error(`no operation begins at ${bench.state}`);
      await bench.clean(next);
    }
  }

  test.each(["create", "update", "delete"] as const)(
    "of %s ends in the old rules or the new ones, and the next up finishes",
    async (operation) => {
      const cuts: Cut[] = [];
      for (const step of [...CONTROLLER_STEPS, ...steps[operation].filter((one) => CHANGES.test(one))]) {
        await goTo(OPERATIONS[operation].from);
        cuts.push(await cut(operation, step));
      }
      console.log(cuts.map(({ step, found, told }) => `${operation} ${step}: ${found} (${told})`).join("\n"));
      expect(cuts.filter(({ misses }) => misses.length > 0)).toEqual([]);
    },
    1_200_000,
  );
});
