import type { Failure } from "../policy/conflicts";
import type { Family, Policy } from "../policy/types";
import type { DoorSecrets } from "./doorSecrets";
import type { Identity, List, Rule, Ruleset } from "./ir";

/**
 * A backend: everything that knows the language of one firewall. The rest of the program holds a ruleset as data
 * (ir.ts), and a backend as a value. `Door.backend` has the one that a door's host speaks.
 */
export interface Backend {
  /** What users call it. */
  readonly name: string;

  /** The documents that put a door on a host without any. A family in which the door has no rules has an empty text. */
  readonly documents: (ruleset: Ruleset) => readonly Document[];
  /** The same ruleset, with several rules in place of one that this firewall cannot write as one. */
  readonly lower: (ruleset: Ruleset) => Ruleset;
  /** One rule as the firewall reads it. Only for rules of a lowered ruleset. */
  readonly renderRule: (rule: Rule, identity: Identity, family: Family) => string;
  /** The rule that a line is, as the firewall lists it. Undefined where the compiler makes no such rule. */
  readonly parseRule: (line: string, identity: Identity, family: Family) => Rule | undefined;
  /** The name that a list has on the host. */
  readonly listName: (list: List, identity: Pick<Identity, "id">, family: Family) => string;

  /** One rule that anyone may see: each secret is replaced by its place. */
  readonly redactRule: (rule: Rule, identity: Identity, secrets: DoorSecrets, family?: Family) => string;
  /** The lines that `pulumi preview` shows: one a rule, one a day of a calendar. */
  readonly redactedLines: (ruleset: Ruleset, secrets: DoorSecrets) => readonly string[];
  /** Hides everything by which rules know a door's secrets, in any text. */
  readonly scrubberOf: (secrets: DoorSecrets) => (text: string) => string;

  /** How the rules of a host differ from a ruleset. */
  readonly compare: (ruleset: Ruleset, secrets: DoorSecrets, observed: Observed) => Comparison;
  /** How many lines each door of the host has, in each family. */
  readonly doorSizes: (observed: Observed) => readonly number[];
  /** Reads what the status script printed: `lines` are all of its lines, `observed` the rules among them. */
  readonly readStatus: (observed: Observed, lines: readonly string[]) => StatusReading;

  /** What the firewall cannot do, as failures of `check`. The policy may be incomplete. */
  readonly unsupported: (policy: Partial<Policy>) => readonly Failure[];
  /**
   * The bit of the connection mark that says that the door let a connection in, as the host's tools write it. Empty where the
   * door sets none.
   */
  readonly markOf: (ruleset: Ruleset) => string;
  /** The inputs that the rules of a door on a host are written with, as far as these are no default. */
  readonly inputsIn: (observed: Observed, id: string) => { readonly acceptMark?: number };
  /** How many sources a list holds. Undefined where lists grow as they need to. */
  readonly listLimit: ListLimit | undefined;
  /** What to do about an error of the host's tools, where the ruleset or the host's packages can be changed. */
  readonly remedyFor: (reason: string, ruleset: Ruleset) => string | undefined;
  /** The name by which people find a door among the rules of its host. */
  readonly doorName: (identity: Pick<Identity, "id">) => string;
  /** The commands that open the doors' ports at a console of the host, as part of a sentence. */
  readonly openByHand: string;
  /** What else of the host may let packets past a door, as part of a sentence. */
  readonly waysPast: string;
  readonly scripts: BackendScripts;
}

/** A document that one tool of the host loads in one transaction. */
export interface Document {
  readonly families: readonly Family[];
  /** The tool, with its options. It reads the document from its standard input. */
  readonly command: string;
  readonly text: string;
}

/** The text of the document for a family; empty where there is none. */
export function textFor(documents: readonly Document[], family: Family): string {
  return documents.find(({ families }) => families.includes(family))?.text ?? "";
}

/**
 * The rules of all doors that a host has, as its scripts print them (report.sh): by family, one a line. A family is missing
 * where the host has no tables for it; a rule for both families stands in both. Only the backend knows what a line means, and
 * it ignores the lines of others.
 */
export type Observed = { readonly [F in Family]?: readonly string[] };

/** How a host's rules differ from a ruleset. */
export interface Comparison {
  /** The host has a rule in at least one chain of the door. */
  readonly isPresent: boolean;
  readonly isEqual: boolean;
  /**
   * The ruleset's redacted lines, each in its place, so that a diff of the list shows the difference rule by rule:
   * what the host lacks is marked `missing: `; what it has besides follows, marked `unexpected: `.
   */
  readonly lines: readonly string[];
}

/** What a host says of its doors. */
export interface StatusReading {
  /** Whether the host's clock could be read. Without it the age of an entry is not known. */
  readonly hasClock: boolean;
  /** The doors that the host has, in the order in which packets come to them. */
  readonly ids: readonly string[];
  /** One door; of an id that the host does not have, an empty one. */
  readonly door: (id: string) => DoorReading;
  /** How a door differs from what the host loads at its next boot. Undefined where nothing is stored. */
  readonly driftOf: (id: string) => readonly string[] | undefined;
}

export interface DoorReading {
  /** The door's stack-qualified name; empty where the host does not tell. */
  readonly owner: string;
  /** The rules of both families that the compiler could have made. */
  readonly rules: readonly Rule[];
  readonly entries: readonly ListEntry[];
  /** Packets that each rule has seen. */
  readonly counts: readonly { readonly family: Family; readonly rule: Rule; readonly packets: number }[];
}

/** A source on a list. */
export interface ListEntry {
  readonly list: List;
  readonly family: Family;
  readonly source: string;
  /** Seconds since it was put there; undefined where the host's clock could not be read. */
  readonly ageSeconds: number | undefined;
  /** Seconds until the host takes it off, where the host says so. */
  readonly endsInSeconds?: number;
}

export interface ListLimit {
  /** Sources that a list holds unless the host says otherwise. */
  readonly slots: number;
  /** The setting of the host. */
  readonly setting: string;
  /** How to set it, as part of a sentence; undefined where it cannot be set. */
  readonly howToSet: ((slots: string) => string) | undefined;
  /** What a full list does with one source more. */
  readonly whenFull: "forgets the oldest" | "refuses newcomers";
}

/** The files of host/scripts that know the firewall's language, by what they are for. */
export interface BackendScripts {
  readonly load: readonly string[];
  readonly read: readonly string[];
  readonly remove: readonly string[];
  readonly persist: readonly string[];
}
