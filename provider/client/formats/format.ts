import type { Sequence } from "../../policy/types";

/** What is known of a door when it is written for other programs. */
export interface Exported {
  /** What the user calls the host. */
  readonly name: string;
  /** The name or address to knock at. */
  readonly host: string;
  readonly port: number;
  /** Missing for a door of one-time tokens alone. */
  readonly sequence?: Sequence | undefined;
  readonly delayMs: number;
}

/** @throws UsageError where the format cannot say what the door asks for. */
export type Format = (door: Exported) => string;
