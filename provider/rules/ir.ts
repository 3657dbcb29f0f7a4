import type { PortRange } from "../policy/ports";
import type { Family, HostChain, Step } from "../policy/types";

/**
 * The intermediate form between a policy and a firewall's own language: chains of rules, each with tests, a move of
 * the packet's source between lists, and a verdict. The same for both address families, but for the networks in it
 * (families.ts). Trace, redaction and comparison read this form; a backend lowers it to text and reads it back.
 */
export interface Ruleset {
  readonly identity: Identity;
  /** Families whose tables hold the rules. In the others there is nothing. */
  readonly families: readonly Family[];
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

/**
 * Which of two sets of stages: a sequence and its successor stand in different ones, so that those who are half way through
 * the old one when the new one comes stay where they are. The first has no mark. Of a calendar, even windows have the first.
 */
export type Slot = { readonly slot?: "b" };

/**
 * `dispatcher` is shared by all doors of a host whose packets come by one of the host's chains, and so are the three to
 * which it sends packets: of sources that every door is asked about, that some door is, and of the host itself (`own`).
 * The others belong to one door. `knocks` hears, in INPUT, what is sent to the host itself for a door that stands in another chain.
 * `tokens` sends each token to the `tokenRange` of the digit with which its name begins.
 * `calendar` sends to each `day`, that to each `window`, and that to what becomes of a knock that was `heard`: the one of
 * that place in the window's sequence, counted from 1, or 0 for a wrong one.
 */
export type Chain =
  | { readonly kind: "dispatcher" | "every" | "underWay" | "own"; readonly of: HostChain }
  /** What a backend splits off a dispatcher, by its own names. Packets are asked for knocks in `firsts` alone. */
  | { readonly kind: "part" | "firsts"; readonly of: HostChain; readonly name: string }
  | { readonly kind: "door" | "allowed" | "denied" | "knocks" | "wrong" }
  | ({ readonly kind: "attempt" } & Slot)
  | ({ readonly kind: "stage"; readonly stage: number } & Slot)
  | { readonly kind: "tokens" }
  | { readonly kind: "tokenRange"; readonly digit: string }
  | { readonly kind: "calendar" }
  | { readonly kind: "day"; readonly date: string }
  | { readonly kind: "window"; readonly date: string; readonly time: string }
  | ({ readonly kind: "heard"; readonly knock: number } & Slot);

/**
 * Sources that hold a grant, have knocked wrong, are deaf for it, or have come as far as a stage. `known` are those that
 * some door of the host may still hear a knock of, `advanced` those of them past a second knock, both shared by all
 * doors; `underWay` are those that one door may. On the list of a token all sources are one entry, which is there as long
 * as nobody has used the token; only the host puts it there, once.
 */
export type List =
  | { readonly kind: "known" }
  | { readonly kind: "advanced" }
  | { readonly kind: "underWay" }
  | { readonly kind: "grant" | "deaf"; readonly prefix?: Prefix }
  /**
   * `place`: the firewall remembers one entry of a source on a list, so there are as many lists as wrong knocks to count. A
   * move to a place is only for sources that are not there.
   */
  | { readonly kind: "wrong"; readonly prefix?: Prefix; readonly place?: number }
  | ({ readonly kind: "stage"; readonly stage: number } & Slot)
  | { readonly kind: "token"; readonly name: string };

/** How many bits of an address make a source, in families where that is not all of them. */
export type Prefix = { readonly [F in Family]?: number };

export interface Rule {
  readonly chain: Chain;
  readonly tests: readonly Test[];
  readonly move?: Move;
  readonly verdict: Verdict;
  readonly comment?: string;
}

export type Test =
  /** The packet is this knock. Secret. Only asked of attempts. */
  | { readonly kind: "knock"; readonly step: Step; readonly isOriginal?: true }
  /** The packet is an attempt at one of these ports, at which sequences of the host begin. Secret. */
  | { readonly kind: "firstPorts"; readonly protocol: "tcp" | "udp"; readonly ports: readonly number[] }
  /** The packet is a datagram to the tokens' port (secret), and as long as a token. */
  | { readonly kind: "tokenShape"; readonly port: number; readonly isOriginal?: true }
  /** It begins with this digit. Only asked of what has the shape of a token. */
  | { readonly kind: "tokenDigit"; readonly digit: string }
  /** It is this token, by what is sent over the family. Secret. */
  | { readonly kind: "token"; readonly name: string; readonly secrets: { readonly [F in Family]?: string } }
  /** The packet is for one of these ports. */
  | {
      readonly kind: "service";
      readonly protocol: "tcp" | "udp";
      readonly ports: readonly PortRange[];
      /** The ports to which the client sent it, whatever address translation has made of them since. */
      readonly isOriginal?: true;
      /** The range from the first port to the last is asked before: most packets are then told by one cheap test. */
      readonly isSpanned?: true;
    }
  /** The packet may be a knock, right or wrong: a TCP SYN, a UDP datagram, an echo request. */
  | { readonly kind: "attempt"; readonly protocol: Step["protocol"] }
  /** The host's clock has not come to this time (ISO 8601, in UTC). */
  | { readonly kind: "until"; readonly time: string }
  /** The host's clock has come to the one time, and not yet to the other. */
  | { readonly kind: "between"; readonly from: string; readonly until: string }
  /** The packet is not ICMP (or ICMPv6). A second ping with one id is ESTABLISHED, and a knock all the same. */
  | { readonly kind: "notIcmp" }
  /** Connection tracking knows the packet's flow (ESTABLISHED, RELATED), or sees it for the first time (NEW). */
  | { readonly kind: "flow"; readonly state: "established" | "new" }
  /**
   * The packet is no SYN, and belongs to a connection that a socket of this host has open. Connection tracking starts
   * with the first rule that asks it, and takes every older connection for a new one.
   */
  | { readonly kind: "openSocket" }
  /**
   * The source entered the list at most so many seconds ago; or did so at least `hits` times within them. Without `seconds`
   * entries end by themselves (`Move.seconds`). With `refresh` it then enters anew.
   */
  | {
      readonly kind: "in";
      readonly list: List;
      readonly seconds?: number;
      readonly hits?: number;
      readonly refresh?: true;
    }
  /** The source is in this network. Such a rule stands in the network's family alone. */
  | { readonly kind: "source"; readonly network: string }
  /** The packet came in by this network interface; a `+` at the end of its name stands for any ending. */
  | { readonly kind: "interface"; readonly name: string }
  /** The packet came from this host itself, whichever of its addresses it names. */
  | { readonly kind: "loopback" }
  /**
   * The packet was sent to more hosts than this one: broadcast or multicast. The kernel gives a host its own ones back by the
   * interface by which they went out, as if someone else had sent them.
   */
  | { readonly kind: "broadcast" }
  /** The source has not used up its rate; each packet that gets as far as this test takes one from the burst. */
  | {
      readonly kind: "rate";
      readonly connectionsPerMinute: number;
      readonly burst: number;
      readonly prefix?: Prefix;
    }
  /** No more than so many packets a minute, of whatever source, after a burst of 5. */
  | { readonly kind: "limit"; readonly perMinute: number };

/** Takes the packet's source off one list and puts it on another, or on two. */
export interface Move {
  readonly from?: List;
  readonly to?: List;
  readonly also?: List;
  /** How long it stays there, where the firewall has to know it by then. */
  readonly seconds?: number;
}

export type Verdict =
  | { readonly kind: "return" | "accept" | "drop" }
  /** Nothing but the move: the packet goes on to the next rule. */
  | { readonly kind: "continue" }
  /** As a closed port answers: with a TCP RST, or ICMP port unreachable. */
  | { readonly kind: "refuse"; readonly protocol: "tcp" | "udp" }
  /** A line in the kernel's log; the packet goes on to the next rule. */
  | { readonly kind: "log"; readonly prefix: string }
  | { readonly kind: "jump" | "goto"; readonly chain: Chain };
