import type { Cell } from "./cell";
import { FAULTS, type Fault } from "./faults";
import { firewallOf, variantOfRun } from "./firewalls";

/** Of these `npm test` runs every cell that someCells chooses. They strike at few steps. */
const WHOLLY_CORE: readonly string[] = [
  ...["knocks lost on the way once applied", "the new sequence is knocked wrongly"],
  "lock held by a process that then dies",
];

/** Of these `npm test` runs one cell an operation. They can strike anywhere. */
const PARTLY_CORE: readonly string[] = [
  ...["link down from here on", "replies dropped from here on", "connection reset", "controller killed"],
  ...["script's shell killed", "script's session killed", "tool refuses"],
  "another stack applies at the same time",
];

const named = (names: readonly string[]) => FAULTS.filter(({ name }) => names.includes(name));
export const CORE_FAULTS = named([...WHOLLY_CORE, ...PARTLY_CORE]);
export const REST_FAULTS = FAULTS.filter(({ name }) => !WHOLLY_CORE.includes(name));

/** Where most is at stake. */
const SOME = new RegExp(`^(?:applied|confirm|${firewallOf(variantOfRun()).steps.load})$|^confirm/mv/[12]`);

/** Those at SOME steps; else, or for one of two faults, one of one operation. */
export function someCells(fault: Fault, cells: readonly Cell[]): readonly Cell[] {
  const some = cells.filter(({ step }) => SOME.test(step));
  if (some.length > 0 && !fault.followedBy && !fault.prepare) return some;
  const operations = [...new Set(cells.map(({ operation }) => operation))];
  const operation = operations[FAULTS.indexOf(fault) % operations.length];
  return cells.filter((cell) => cell.operation === operation).slice(0, 1);
}

/** The cells that `npm test` runs. Each fault begins with another step. */
export function coreCells(fault: Fault, cells: readonly Cell[]): readonly Cell[] {
  const some = someCells(fault, cells);
  if (WHOLLY_CORE.includes(fault.name)) return some;
  const number = PARTLY_CORE.indexOf(fault.name);
  if (number < 0) return [];
  const operations = [...new Set(some.map(({ operation }) => operation))];
  return operations.flatMap((operation, index) => {
    const own = some.filter((cell) => cell.operation === operation);
    return own[(number + index) % own.length] ?? [];
  });
}

/** The cells that `npm run test:all` runs. */
export function restCells(fault: Fault, cells: readonly Cell[]): readonly Cell[] {
  const core = coreCells(fault, cells);
  return someCells(fault, cells).filter((cell) => !core.includes(cell));
}
