import type { Policy } from "../policy/types";

/**
 * `error`: the door is practically open · `warning`: the door is weaker than it looks · `note`: good to know. No
 * finding blocks an `up`.
 */
export type Severity = "error" | "warning" | "note";

/** The worst first. */
export const SEVERITIES: readonly Severity[] = ["error", "warning", "note"];

/**
 * `linear-scan` a scan of all ports in order opens the door · `listed-scan` so does one of well-known ports only ·
 * `few-guesses` blind guessing opens it within a year · `common-step` scanners and programs send this step anyway ·
 * `published-sequence` the numbers are an example from a manual · `opens-other-door` the knock for one door opens
 * another · `hidden-step` another door of the host guards the port of a step · `udp-only` the network may lose and
 * reorder all steps · `list-capacity` a flood can push out a source that is knocking · `lockout-evaded` one attacker
 * has many sources · `lockout-lifted` forged packets end a lockout · `lockout-abused` anyone can lock someone else
 * out · `runs-out` a calendar is the only way in, and ends · `tokens-alone` one-time tokens are the only way in, and
 * a reboot uses them up · `loopback-knocks` any account of the host can try knocks · `slows-pulumi` the rate limit of
 * an SSH door slows Pulumi.
 */
export type FindingCode =
  | "linear-scan"
  | "listed-scan"
  | "few-guesses"
  | "common-step"
  | "published-sequence"
  | "opens-other-door"
  | "hidden-step"
  | "udp-only"
  | "list-capacity"
  | "lockout-evaded"
  | "lockout-lifted"
  | "lockout-abused"
  | "tokens-alone"
  | "runs-out"
  | "loopback-knocks"
  | "slows-pulumi";

/** One weakness of a policy. It names a step by its place, never by its port, because findings end up in logs. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly reason: string;
  /** What to change. */
  readonly remedy: string;
  /** The path of the field: `sequence[1]`; with several doors `web.sequence[1]`. */
  readonly path: string;
}

/** A finding in one line. */
export function findingText({ code, path, reason, remedy }: Finding): string {
  return `${code}, ${path}: ${reason}. What to do: ${remedy}.`;
}

/** What is known about the host. */
export interface LintOptions {
  /** Sources that a list of the host remembers: xt_recent's `ip_list_tot`. Default 100, as the kernel's. */
  readonly listSlots?: number;
}

/** A door by its name, in a set of doors. */
export interface NamedPolicy {
  readonly name: string;
  readonly policy: Policy;
}
