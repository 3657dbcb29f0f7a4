import type { ErrorCode } from "../errors";
import type { Family } from "../policy/types";
import type { Observed } from "../rules/backend";

export type ScriptName =
  | "apply"
  | "confirm"
  | "abort"
  | "observe"
  | "recheck"
  | "status"
  | "rollback"
  | "boot";

/**
 * Which files each script on a host consists of, what it takes, and what it may answer. A test finds each variable, word
 * and code of scripts/ here, and the other way round.
 */

/** What all have: how they answer, and read and change a host. */
export const LIBRARY: readonly string[] = [
  ...[
    "answer.sh",
    "host.sh",
    "lock.sh",
    "files.sh",
    "lists.sh",
    "tables.sh",
    "unreadable.sh",
    "transaction.sh",
    "nft.sh",
    "marks.sh",
  ],
  ...[
    "chains.awk",
    "above.awk",
    "held.awk",
    "transition.awk",
    "nft_listing.awk",
    "nft_doors.awk",
    "nft_document.awk",
  ],
].map((name) => `lib/${name}`);

const APPLY = ["settle.sh", "arm.sh", "plan.sh", "anew.sh", "nft.sh", "marks.sh", "load.sh", "tokens.sh"].map(
  (name) => `apply/${name}`,
);
const AWK_OF_APPLY = [
  "shared.awk",
  "merge_door.awk",
  "remaining.awk",
  "slots.awk",
  "nft_merge.awk",
  "nft_sets.awk",
  "claims.awk",
];
const NAT = ["nat.sh", "nat_addresses.awk", "nat_iptables.awk", "nat_nft.awk", "nat_doors.awk"];
const CLOSED = ["neighbours.sh", "closed.sh", "lets_in.awk"];
const REPORT_PARTS = [...CLOSED, "report.sh", ...NAT];

/** What each consists of beside that: those that store what was confirmed, and those that report. */
export const PARTS: Readonly<Record<ScriptName, readonly string[]>> = {
  apply: [...APPLY, ...AWK_OF_APPLY, ...CLOSED, "apply.sh"],
  confirm: ["persist.sh", ...REPORT_PARTS, "confirm.sh"],
  abort: ["persist.sh", ...REPORT_PARTS, "abort.sh"],
  observe: [...REPORT_PARTS, "observe.sh"],
  recheck: [...REPORT_PARTS, "recheck.sh"],
  status: [...REPORT_PARTS, "status.sh"],
  rollback: ["persist.sh", "rollback.sh"],
  boot: ["boot.sh"],
};

/** The files that a script consists of once it runs. */
export function partsOf(name: ScriptName): readonly string[] {
  return [...LIBRARY, ...PARTS[name]];
}

/** The services that load the doors at boot. */
const SERVICES = ["UNIT", "UNIT_AGAIN", "SERVICE"] as const;

/**
 * The shell variables that the controller sets for each script, besides NONCE, and for `apply` LIBRARY. The head of each
 * file of scripts/ says what they are.
 */
export const taken = {
  apply: [
    ...(["TX", "ID", "OWNER", "WANTED", "BACKEND", "DOCUMENT4", "DOCUMENT6", "DOCUMENTN", "FRESH"] as const),
    ...(["MARK", "MANAGE_MARK"] as const),
    ...(["ROLLBACK", "ROLLBACK_SECONDS", "PATIENCE_SECONDS", "TIME_SECONDS", "BOOT", "REMOVE"] as const),
  ],
  confirm: ["TX", "ID", "WANTED", "BACKEND", "REVOKE", "TIME_SECONDS", ...SERVICES],
  abort: ["TX", "ID", "WANTED", "BACKEND", ...SERVICES],
  observe: ["ID", "WANTED", "BACKEND"],
  recheck: ["ID"],
  status: [],
  rollback: ["TX", ...SERVICES],
  boot: [],
} as const satisfies Readonly<Record<ScriptName, readonly string[]>>;

export type VariablesOf<Name extends ScriptName> = {
  readonly [Variable in (typeof taken)[Name][number]]: string | number;
};

/**
 * What each script may answer, between its two marks: lines that begin with these words, and then have this form.
 * answer.ts reads nothing else.
 */

/** The scripts whose answer is read. Nobody reads what the timer's and the boot loader's print. */
export type AnsweringScript = Exclude<ScriptName, "rollback" | "boot">;

const NOTHING = /^$/;
const TEXT = /^.*$/;

/** report.sh */
const REPORT = {
  family: /^[46]$/,
  rule: /^[46] (?::|-[AI] |add ).*$/,
  unused: /^pk[46]-\S+$/,
  persistence: /^(?:systemd|openrc|none|stale|read-only)$/,
  warning: TEXT,
};

/** `report_if_readable` in report.sh: why the tables cannot be read. */
const UNREAD = { unread: TEXT };

/** `left` in lib/transaction.sh: a rollback failed, and the timer is there, or nobody is. */
const LEFT = { "timer left": NOTHING, "no timer": NOTHING };

/**
 * `is_attended` in lib/lock.sh: a word to the controller, which ends a script that nobody waits for any more. apply.sh adds for
 * whose unconfirmed change it waits.
 */
const WAITING = { waiting: TEXT };

interface Protocol {
  /** What follows a line's first words. */
  readonly lines: Readonly<Record<string, RegExp>>;
  /** Codes of `error CODE TEXT`. */
  readonly errors: readonly ErrorCode[];
}

export const protocol: Readonly<Record<AnsweringScript, Protocol>> = {
  apply: {
    lines: {
      ...WAITING,
      "earlier rolled back": NOTHING,
      "earlier held": NOTHING,
      ...LEFT,
      applied: NOTHING,
      client: /^[0-9A-Fa-f.:]*(?:%\S+)?$/,
    },
    errors: ["host-unfit", "script", "busy", "conflict", "refused"],
  },
  confirm: {
    lines: { ...WAITING, confirmed: NOTHING, unpersisted: TEXT, ...UNREAD, ...REPORT },
    errors: ["host-unfit", "script", "busy", "not-confirmed"],
  },
  abort: {
    lines: {
      "rolled back": NOTHING,
      confirmed: NOTHING,
      "not pending": NOTHING,
      ...LEFT,
      unpersisted: TEXT,
      ...UNREAD,
      cause: TEXT,
      ...REPORT,
    },
    errors: ["host-unfit", "script", "busy"],
  },
  observe: { lines: REPORT, errors: ["host-unfit"] },
  recheck: { lines: { unrevoked: NOTHING, diverted: TEXT }, errors: ["host-unfit"] },
  status: {
    lines: {
      ...REPORT,
      count: /^[46] \d+ -A .*$/,
      listed: /^[46] add .*$/,
      stored: /^[46] .*$/,
      clock: TEXT,
      entry: TEXT,
    },
    errors: ["host-unfit"],
  },
};

/**
 * Who loads the doors at the next boot: systemd, OpenRC, nobody; `stale` where what is stored for it is not what the
 * host holds, and `read-only` where it cannot be stored.
 */
export type Persistence = "systemd" | "openrc" | "none" | "stale" | "read-only";

/** What a host holds, as report.sh says. */
export interface Report {
  readonly observed: Observed;
  readonly persistence: Persistence;
  /** What the host has that may weaken the door, or take it away. */
  readonly warnings: readonly string[];
  /** Lists of tokens that nobody has used; a family is missing where the host has no tables for it. */
  readonly unused: { readonly [F in Family]?: readonly string[] };
}

/** An error of a script's own, as `fail` in lib/answer.sh writes it. */
export interface ScriptError {
  readonly code: ErrorCode;
  readonly text: string;
}

/** After what was decided: the report, or why there is none. What was decided stands in either case. */
export type Reading =
  | { readonly kind: "read"; readonly report: Report }
  | { readonly kind: "unread"; readonly error: ScriptError };

/** What a script did, where it did what it is for. */
export interface Answers {
  /** Loaded the rules. `client` is the address from which the host sees this side; empty where sshd did not say. */
  readonly apply: { readonly client: string };
  /** Kept the rules. `unpersisted`: why the next boot may not have them. */
  readonly confirm: { readonly reading: Reading; readonly unpersisted?: string };
  readonly abort: {
    readonly outcome: "rolled back" | "confirmed" | "not pending";
    readonly reading: Reading;
    /** What may have kept the fresh connection out. */
    readonly causes: readonly string[];
    readonly unpersisted?: string;
  };
  readonly observe: Report;
  /** `diversions`: sentences of nat.sh. */
  readonly recheck: { readonly diversions: readonly string[]; readonly isRevoked: boolean };
  /** `lines` are all that it said, for status/words.ts. */
  readonly status: Report & { readonly lines: readonly string[] };
}

/** Why a script did not do what it is for, and what it leaves behind. */
export interface Refusal extends ScriptError {
  /** An earlier change, which nobody had confirmed: taken back first, or not to be taken back. */
  readonly earlier: "none" | "rolled back" | "held";
  /** What a rollback that failed has left: a timer that tries again, or nobody. */
  readonly left: "nothing" | "timer" | "no timer";
}
