import type { Lab } from "../../test/lab/lab";
import { runDriver } from "../driver";

export interface Request {
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Something that took from when to when, since the operation began. */
export interface Span {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Waterfall {
  /** In the order of their ends. */
  readonly spans: readonly Span[];
  readonly totalMs: number;
  readonly verified?: { readonly closedBeforeKnock: boolean; readonly openAfterKnock: boolean };
}

/** Creates a door from the lab's controller, and tells what it waited for. */
export function runCreate(lab: Lab, request: Request): Promise<Waterfall> {
  return runDriver<Waterfall>(lab, "waterfall", request);
}
