import type { ExecResult, Host, Lab } from "../../test/lab/lab";
import { makeStack, type Stack } from "../../test/stack/stack";
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

/** A stack that goes through the operations. */
export interface Measured {
  /** What the program declares from the next command on. */
  declare(operation: Operation): Promise<void>;
  run(operation: Operation): Promise<ExecResult>;
}

/** The stack was applied before, with nothing in it. */
export async function measured(stack: Stack, declare: Measured["declare"]): Promise<Measured> {
  const run = (operation: Operation) =>
    stack.pulumi(OPERATIONS[operation], "--yes", "--skip-preview", "--parallel", `${AT_ONCE}`);
  await declare("empty");
  await run("empty");
  return { declare, run };
}

/** A door on SSH for each host. */
export async function makeOurs(lab: Lab, hosts: readonly Host[]): Promise<Measured> {
  const stack = await makeStack(lab);
  return await measured(stack, (operation) => {
    const declared = operation === "empty" ? [] : hosts;
    return stack.declare(
      Object.fromEntries(declared.map((host) => [host.name, doorOn(lab, host, portOf(operation))])),
    );
  });
}

/** The article's door: one knock opens SSH for five seconds. */
export function doorOn(lab: Lab, host: Host, port: number) {
  return {
    connection: connection(lab, host),
    sequence: [{ protocol: "tcp", port }],
    door: [{ protocol: "tcp", ports: [22] }],
  };
}

/** The port that is knocked at from an operation on. */
export function portOf(operation: Operation): number {
  return operation === "changed" ? 1001 : 1000;
}

/** Whether the hosts have a door each, or none has. */
export async function haveDoors(hosts: readonly Host[], wanted: boolean): Promise<boolean> {
  const found = await Promise.all(hosts.map((host) => host.run(["iptables-save"])));
  return found.every((rules) => rules.includes(":PORTKNOCK") === wanted);
}
