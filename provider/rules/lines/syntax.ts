import type { Family, HostChain, Step } from "../../policy/types";
import type { Chain, Identity, List, Rule, Ruleset } from "../ir";

/** What is secret in a rule: a knock; the ports at which sequences begin; the tokens' port; a token, which its list is called after. */
export type Secret =
  | { readonly kind: "knock"; readonly step: Step }
  | { readonly kind: "firstPorts" }
  | { readonly kind: "tokenShape" }
  | { readonly kind: "token"; readonly name: string };

/** How a secret is written into a rule: as it is (undefined), or for people by its place. */
export type WriteSecret = (secret: Secret) => string | undefined;

/** What a firewall needs that writes and lists one rule a line: redaction and drift follow from it. */
export interface LineSyntax {
  readonly lower: (ruleset: Ruleset) => Ruleset;
  readonly renderRule: (rule: Rule, identity: Identity, family: Family, write?: WriteSecret) => string;
  readonly parseRule: (line: string, identity: Identity, family: Family) => Rule | undefined;
  /** The rule of a chain of the host that sends its packets to the dispatcher. */
  readonly renderJump: (of: HostChain) => string;

  readonly listName: (list: List, identity: Pick<Identity, "id">, family: Family) => string;
  readonly chainName: (chain: Chain, identity: Pick<Identity, "id">) => string;
  /** The chain of that name, if it is a dispatcher or one of the door's. */
  readonly chainOf: (name: string, identity: Pick<Identity, "id">) => Chain | undefined;

  /** The name of the chain in which a line stands, or which it declares. */
  readonly chainIn: (line: string) => string;
  /** Whether a line declares a chain and is no rule. */
  readonly isDeclaration: (line: string) => boolean;
  /** What a line begins with, up to the name of its chain. It shows no secret. */
  readonly headOf: (line: string) => string;
  /** Whose door a chain belongs to, also one that the compiler does not make; undefined for those that all doors share. */
  readonly doorOfChain: (name: string) => string | undefined;
  /** Whose door a line is about; undefined for what all doors share. */
  readonly doorIdOf: (line: string) => string | undefined;
  /** The door to which a line that all doors share sends packets. */
  readonly entranceIn: (line: string) => Entrance | undefined;

  /** The number by which rules know a knock. */
  readonly numberOf: (step: Step) => number;
  /** Regular expressions for the texts by which rules know bytes, given in hexadecimal digits. */
  readonly byteTexts: (digits: string) => readonly string[];
}

/** The same where a host merges the rules of its doors: comparison follows from it. */
export interface MergedSyntax extends LineSyntax {
  /** The rules of the shared chains, on a host with the doors of these lines and the ruleset's. */
  readonly beside: (ruleset: Ruleset, lines: readonly string[], family: Family) => readonly Placed[];
  /** What tells a lowered rule of a shared chain from the others, wherever the host's other doors have it stand. */
  readonly keyOf: (rule: Rule) => string;
}

/** A rule as it stands beside other doors. It has a key (`keyOf`) unless it serves those alone. */
export interface Placed {
  readonly rule: Rule;
  readonly key: string | undefined;
}

/** A line that sends packets to a chain of a door. */
export interface Entrance {
  readonly id: string;
  /** Whether it is the door's own chain, and not the one that hears knocks for a door elsewhere. */
  readonly isDoor: boolean;
}
