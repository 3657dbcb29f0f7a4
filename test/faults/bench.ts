import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Sequence } from "../../provider/policy/types";
import type { Host, Lab } from "../lab/lab";
import { BareNode } from "../lab/node";
import { Driver, type Ended } from "./controller";
import { firewallOf } from "./firewalls";
import { type Held, Rig } from "./rig";

export type Operation = "create" | "update" | "delete";
type Properties = Record<string, unknown>;

/** What a host may hold between operations: no door, or a door with one of two sequences. */
export type State = "absent" | "first" | "second";

/** The operations in the order in which a host goes through them, from state to state. */
export const OPERATIONS: Record<Operation, { from: State; to: State }> = {
  create: { from: "absent", to: "first" },
  update: { from: "first", to: "second" },
  delete: { from: "second", to: "absent" },
};

export const KNOCKS: Record<State, Sequence | undefined> = {
  absent: undefined,
  first: [
    { protocol: "tcp", port: 7000 },
    { protocol: "udp", port: 7001 },
  ],
  second: [
    { protocol: "udp", port: 7002 },
    { protocol: "tcp", port: 7003 },
    { protocol: "tcp", port: 7004 },
  ],
};

/** What a host holds and stores in a state. */
export interface Reference {
  owned: string;
  stored: string;
}

interface OperateOptions {
  /** The controller's step at which it waits, and what is done then. */
  readonly stopAt?: string | undefined;
  readonly onStop?: () => void;
  /** Once the rules are loaded, it knocks wrongly. */
  readonly isMisknocking?: boolean | undefined;
}

/** A host with its controller process, as it goes through operations, each of which a fault may hit. */
export class Bench {
  rig: Rig;
  state: State = "absent";
  /** The resource's outputs, as Pulumi keeps them. */
  outs: Properties = {};

  /** What else a fault asks for. */
  more: Properties = {};

  /** The controller of another stack. */
  readonly rival: Driver;
  /** Over which family the controller comes. */
  readonly address: string;

  constructor(
    readonly lab: Lab,
    readonly number: number,
    driverFile: string,
    readonly references: ReadonlyMap<State, Reference>,
  ) {
    this.rig = new Rig(lab.host(number), new Driver(lab, driverFile));
    this.rival = new Driver(lab, driverFile);
    const { ipv4, ipv6 } = this.rig.host;
    this.address = number % 2 === 0 ? ipv6 : ipv4;
  }

  get driver(): Driver {
    return this.rig.driver;
  }

  /** After a reboot, which makes the host's processes and namespaces anew. */
  async follow(host: Host): Promise<void> {
    await this.rig.uninstall();
    this.rig = new Rig(host, this.driver);
    await this.rig.open();
  }

  inputs(state: State): Properties {
    return {
      owner: "acme/web/prod/ssh",
      connection: { host: this.address, privateKey: this.lab.privateKey, dialErrorLimit: 3 },
      rollbackAfterSeconds: 15,
      openForSeconds: 1,
      sequence: KNOCKS[state] ?? [],
      oneTime: { tokens: 2, port: 7006 },
      door: [{ protocol: "tcp", ports: [22] }],
      // Steps are counted from the first: no host is asked for iptables before.
      ...(this.rig.host.variant === "nftables" && { backend: "nftables" }),
      ...this.more,
    };
  }

  /** Asks the driver for an operation, from the state that Pulumi would have. */
  operate(operation: Operation, options: OperateOptions = {}): Promise<Ended> {
    const news = operation === "delete" ? {} : this.inputs(OPERATIONS[operation].to);
    const olds = operation === "create" ? {} : this.outs;
    const { stopAt, isMisknocking, onStop } = options;
    return this.driver.request({ do: operation, olds, news, stopAt, isMisknocking }, onStop);
  }

  /** Another stack's door on the host, made and removed again; what went wrong with it. */
  async visit(): Promise<string[]> {
    const door = [{ protocol: "tcp", ports: [8080] }];
    const sequence: Sequence = [{ protocol: "udp", port: 7005 }];
    const news = { ...this.inputs("first"), owner: "acme/shop/prod/web", door, sequence };
    // It knows them as another door of one stack would: by being told.
    const knocks = [KNOCKS.first, KNOCKS.second].filter((known) => known !== undefined);
    const made = await this.rival.request({ do: "create", olds: {}, news, knocks });
    if (!made.outs) return [`another stack's create failed: ${made.error?.message ?? "killed"}`];
    const removed = await this.rival.request({ do: "delete", olds: made.outs, news: {}, knocks });
    return removed.error ? [`another stack's delete failed: ${removed.error.message}`] : [];
  }

  /** An operation that nothing disturbs. */
  async clean(operation: Operation): Promise<void> {
    this.rig.arm();
    const { outs, error, isKilled } = await this.operate(operation);
    if (error || isKilled)
      throw new Error(`${this.rig.host.name}: clean ${operation}: ${error?.message ?? "killed"}`);
    this.outs = outs ?? {};
    this.state = OPERATIONS[operation].to;
  }

  private baseline = "";

  /** Remembers the firewall as it is with no door. */
  async begin(): Promise<void> {
    this.baseline = await firewallOf(this.rig.host.variant).save(this.rig.host);
  }

  /** As another firewall service does it: all that is not its own is flushed. */
  async reloadForeign(): Promise<void> {
    await firewallOf(this.rig.host.variant).restore(this.rig.host, this.baseline);
  }

  /** After a miss: the host and its controller as they were at first, so that the next fault finds no trace of it. */
  async restart(): Promise<void> {
    this.driver.kill();
    this.rival.kill();
    this.rig.arm();
    const pids = ["sh", "/bin/sh", "sleep 15", "sshd: root"].flatMap((command) => this.pids(command));
    if (pids.length > 0) await this.run(`kill -KILL ${pids.join(" ")} 2>/dev/null || :`);
    await this.reloadForeign();
    await this.run(
      "rm -rf /run/portknock /etc/portknock /etc/init.d/portknock /etc/runlevels/boot/portknock",
    );
    this.state = "absent";
    this.outs = {};
    this.more = {};
  }

  /** The state that the host is in by its rules; undefined where they are of none. */
  stateOf({ owned }: Held): State | undefined {
    for (const [state, reference] of this.references) if (reference.owned === owned) return state;
    return undefined;
  }

  /** Whether a knock and a new connection get to sshd; on a busy machine the first may come too late for its grant. */
  async isReached(state: State): Promise<boolean> {
    const { address } = this;
    const end = Date.now() + 10_000;
    do {
      const { isReached } = await this.driver.request({ do: "probe", address, knock: KNOCKS[state] });
      if (isReached) return true;
    } while (Date.now() < end);
    return false;
  }

  /** The switch between the nodes. */
  uplink(): BareNode {
    const pid = Number(readFileSync(join(this.lab.dir, "nodes/switch"), "utf8"));
    return new BareNode({ name: "switch", pid, ipv4: "", ipv6: "" });
  }

  /** The host's processes whose command begins so. */
  pids(command: string): string[] {
    const proc = `/proc/${this.rig.host.pid}/root/proc`;
    return readdirSync(proc).filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(join(proc, pid, "cmdline"), "latin1").startsWith(command);
      } catch {
        return false;
      }
    });
  }

  async run(...commands: string[]): Promise<void> {
    await this.rig.host.run(["sh", "-ec", commands.join("\n")]);
  }
}

/** Goes once through all operations, and records the steps of each, and what a host then holds. */
export async function record(
  bench: Bench,
  references: Map<State, Reference>,
): Promise<Record<Operation, string[]>> {
  const note = async () => {
    const { owned } = await bench.rig.held();
    references.set(bench.state, { owned, stored: bench.rig.stored() });
  };
  await note();
  const steps: Partial<Record<Operation, string[]>> = {};
  const before = await bench.rig.held();
  for (const operation of ["create", "update", "delete"] as const) {
    await bench.clean(operation);
    steps[operation] = bench.rig.calls().filter((step) => !step.startsWith("rollback/"));
    if (operation !== "delete") await note();
    expect(bench.rig.leftovers()).toEqual([]);
  }
  expect(await bench.rig.held()).toEqual(before);
  return steps as Record<Operation, string[]>;
}
