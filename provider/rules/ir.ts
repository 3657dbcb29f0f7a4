import type { PortRange } from "../policy/ports";
import type { Step } from "../policy/types";

/**
 * The intermediate form between a policy and a firewall's own language: chains of rules, each with tests, a move of
 * the packet's source between lists, and a verdict. The same for both address families. Trace, redaction and
 * comparison read this form; a backend lowers it to text and reads it back.
 */
export interface Ruleset {
  readonly identity: Identity;
  readonly rules: readonly Rule[];
  /** The lists that the rules use; made before and dropped after them where a backend does not do that itself. */
  readonly lists: readonly List[];
}

/** Whose rules these are. Both are world-readable on the host: nothing secret goes into them. */
export interface Identity {
  /** 10 hex digits, part of every chain and list name. */
  readonly id: string;
  /** The door's stack-qualified name, for people who read the rules on the host. */
  readonly owner: string;
}

/** `dispatcher` is shared by all doors of a host; the others belong to one door. */
export type Chain =
  | { readonly kind: "dispatcher" | "door" | "attempt" }
  | { readonly kind: "stage"; readonly stage: number };

/** Sources that hold a grant, or that have come as far as a stage. */
export type List = { readonly kind: "grant" } | { readonly kind: "stage"; readonly stage: number };

export interface Rule {
  readonly chain: Chain;
  readonly tests: readonly Test[];
  readonly move?: Move;
  readonly verdict: Verdict;
  readonly comment?: string;
}

export type Test =
  /** The packet is this knock. Secret. Only asked of attempts. */
  | { readonly kind: "knock"; readonly step: Step }
  /** The packet is for one of these ports. */
  | { readonly kind: "service"; readonly protocol: "tcp" | "udp"; readonly ports: readonly PortRange[] }
  /** The packet may be a knock, right or wrong: a TCP SYN, a UDP datagram, an echo request. */
  | { readonly kind: "attempt"; readonly protocol: Step["protocol"] }
  /** The packet is not ICMP (or ICMPv6). A second ping with one id is ESTABLISHED, and a knock all the same. */
  | { readonly kind: "notIcmp" }
  /** Connection tracking knows the packet's flow (ESTABLISHED, RELATED), or sees it for the first time (NEW). */
  | { readonly kind: "flow"; readonly state: "established" | "new" }
  /**
   * The packet is no SYN, and belongs to a connection that a socket of this host has open. Connection tracking starts
   * with the first rule that asks it, and takes every older connection for a new one.
   */
  | { readonly kind: "openSocket" }
  /** The source entered the list at most so many seconds ago. */
  | { readonly kind: "in"; readonly list: List; readonly seconds: number };

/** Takes the packet's source off one list and puts it on another. */
export interface Move {
  readonly from?: List;
  readonly to?: List;
}

export type Verdict =
  | { readonly kind: "return" | "accept" | "drop" }
  | { readonly kind: "jump" | "goto"; readonly chain: Chain };
