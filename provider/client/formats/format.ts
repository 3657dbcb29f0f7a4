import type { Derivation } from "../../derive/derivation";
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
  /** What the sequence is computed from, where it changes with time. */
  readonly derivation?: Derivation | undefined;
  /** A grant lets one connection in. */
  readonly singleUse?: boolean;
  readonly delayMs: number;
  /** The command line of `portknock`, where it runs for whoever reads the output. */
  readonly command: string;
}

/** @throws UsageError if the format cannot express the door. */
export type Format = (door: Exported) => string;
