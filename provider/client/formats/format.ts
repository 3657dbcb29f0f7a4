import type { Sequence } from "../../policy/types";

/** A door, to be written for other programs. */
export interface Exported {
  /** What the user calls the host. */
  readonly name: string;
  /** The name or address to knock at. */
  readonly host: string;
  readonly port: number;
  /** Missing for a door that has one-time tokens only. */
  readonly sequence?: Sequence | undefined;
  readonly delayMs: number;
}

/** @throws UsageError if the format cannot express the door. */
export type Format = (door: Exported) => string;
