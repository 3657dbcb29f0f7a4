import type { Lab } from "../../test/lab/lab";
import { runDriver } from "../driver";

/** What a host answered to each script, and to which door's. */
export interface Recording {
  readonly doorId: string;
  readonly answers: Record<string, string>;
}

export interface Request {
  /** The inputs of each door. */
  readonly doors: readonly Readonly<Record<string, unknown>>[];
  /** How many the engine has under way. */
  readonly atOnce: number;
  /** In place of hosts. */
  readonly replayed?: Recording;
  readonly handshakeMs: number;
}

/** What the provider's process paid for all doors. */
export interface Cost {
  readonly seconds: number;
  readonly cpuMs: number;
  readonly peakMb: number;
  /** Handshakes that were under way at the same time. */
  readonly mostUnderWay: number;
  readonly recording: Recording;
}

export function runCreates(lab: Lab, request: Request): Promise<Cost> {
  return runDriver<Cost>(lab, "cost", request);
}
