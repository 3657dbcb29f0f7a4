import type { Policy } from "../policy/types";

/** `error`: the door is as good as open · `warning`: weaker than it looks · `note`: good to know. None blocks an `up`. */
export type Severity = "error" | "warning" | "note";

/**
 * `linear-scan` a scan of all ports in order opens the door · `listed-scan` so does one of well-known ports only ·
 * `few-guesses` blind guessing opens it in sight of time · `common-step` a step is what scanners and programs send
 * anyway · `published-sequence` the numbers stand in a manual · `opens-other-door` the knock for one door opens
 * another · `hidden-step` another door of the host takes the step first · `udp-only` order and loss are left to the
 * network · `list-capacity` a flood can push out who is knocking · `lockout-evaded` one attacker is many sources ·
 * `lockout-lifted` forged packets end a lockout · `lockout-abused` anyone can lock someone else out · `runs-out` a calendar
 * is the only way in, and ends · `tokens-alone` so are one-time tokens, which a reboot of the host uses up ·
 * `loopback-knocks` any account of the host can try knocks · `slows-pulumi` Pulumi waits for the rate that a door on SSH
 * allows.
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

/** What is to be said about a policy. Names a step by its place, never by its port: findings end up in logs. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly reason: string;
  /** What to change. */
  readonly remedy: string;
  /** The field, as `sequence[1]`; of several doors as `web.sequence[1]`. */
  readonly path: string;
}

/** What is known of the host. */
export interface LintOptions {
  /** Sources that a list of the host remembers: xt_recent's `ip_list_tot`. Default 100, as the kernel's. */
  readonly listSlots?: number;
}

/** A door by its name, in a set of doors. */
export interface NamedPolicy {
  readonly name: string;
  readonly policy: Policy;
}
