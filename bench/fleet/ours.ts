import type { ExecResult, Host, Lab } from "../../test/lab/lab";
import { type Doors, makeStack, type Stack } from "../../test/stack/stack";
import { connection } from "../../test/stack/world";
import { AT_ONCE } from "./peers";

/** What Pulumi is asked for, in this order; each finds the stack as the one before has left it. */
export const OPERATIONS = {
  empty: "up",
  first: "up",
  again: "up",
  refresh: "refresh",
  changed: "up",
  destroy: "destroy",
} as const;

export type Operation = keyof typeof OPERATIONS;

/** A stack with a door on SSH for each host. */
export interface Ours {
  readonly stack: Stack;
  /** What the program declares from the next command on. */
  declare(operation: Operation): Promise<void>;
  run(operation: Operation): Promise<ExecResult>;
}

/** The stack was applied before, with nothing in it. */
export async function makeOurs(lab: Lab, hosts: readonly Host[]): Promise<Ours> {
  const stack = await makeStack(lab);
  const ours: Ours = {
    stack,
    declare: (operation) =>
      stack.declare(operation === "empty" ? {} : doors(lab, hosts, operation === "changed" ? 1001 : 1000)),
    run: (operation) =>
      stack.pulumi(OPERATIONS[operation], "--yes", "--skip-preview", "--parallel", `${AT_ONCE}`),
  };
  await ours.declare("empty");
  await ours.run("empty");
  return ours;
}

/** The article's door: one knock opens SSH for five seconds. */
function doors(lab: Lab, hosts: readonly Host[], port: number): Doors {
  return Object.fromEntries(
    hosts.map((host) => [
      host.name,
      {
        connection: connection(lab, host),
        sequence: [{ protocol: "tcp", port }],
        door: [{ protocol: "tcp", ports: [22] }],
      },
    ]),
  );
}

/** Whether the hosts have a door each, or none has. */
export async function haveDoors(hosts: readonly Host[], wanted: boolean): Promise<boolean> {
  const found = await Promise.all(hosts.map((host) => host.run(["iptables-save"])));
  return found.every((rules) => rules.includes(":PORTKNOCK") === wanted);
}
