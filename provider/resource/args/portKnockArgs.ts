import type { Input } from "@pulumi/pulumi";
import type { Derivation } from "../../derive/derivation";
import type { ConnectionArgs } from "./connectionArgs";
import type { Optional, SequenceArgs } from "./stepArgs";

export type { ConnectionArgs, LoginArgs } from "./connectionArgs";
export type {
  Duration,
  IcmpStepArgs,
  LateStepArgs,
  SequenceArgs,
  StepArgs,
  TcpStepArgs,
  UdpStepArgs,
} from "./stepArgs";

/** Ports of one protocol: numbers, or inclusive ranges such as "8000-8010". */
export interface ServiceArgs {
  /** The protocol of all `ports`. */
  protocol: Input<"tcp" | "udp">;
  /** Port numbers, 1 to 65535, and inclusive ranges as text: `[22, "8000-8010"]`. */
  ports: Input<Input<number | string>[]>;
}

/** Pings. */
export interface IgnoredPingsArgs {
  /** "icmp": pings of any size. */
  protocol: Input<"icmp">;
}

/** Traffic that is not a knock attempt. */
export type IgnoredArgs = ServiceArgs | IgnoredPingsArgs;

/** A sequence that was replaced, and how long it still opens the door. */
export interface EarlierSequenceArgs {
  /** The knocks, as steps or as text. Secret. */
  sequence: Input<SequenceArgs>;
  /** Until when it opens the door, in UTC: "2026-12-01T00:00:00Z"; before 2038-01-19. */
  acceptUntil: Input<string>;
}

/**
 * A sequence for each window of time, derived from a secret and compiled ahead: it changes without a daemon and without an
 * `up`. The clocks of the host and of the client must be right. Each `up` extends the calendar to `days` from that day on
 * (UTC). When it ends, the door stays closed.
 */
export interface CalendarArgs {
  /** The `derivation` of a `KnockSequence` with `master`; its `rotateEvery` is not used here. Secret. */
  derivation: Input<Derivation | undefined>;
  /** How long a sequence opens the door. It must divide a day: 15, 30, 60, 120, 1440. Default 60. */
  windowMinutes?: Optional<number>;
  /** Days that are compiled ahead, today included, 1 to 60; at most 10,000 rules in all. Default 30. */
  days?: Optional<number>;
  /** Seconds before and after its window in which a sequence still opens the door, 0 to 3600. Default 60. */
  graceSeconds?: Optional<number>;
}

/** Bits of an address that share grants and lockouts. */
export interface GrantPrefixArgs {
  /** Bits of an IPv4 address, 8 to 32. Default 32. */
  ipv4?: Optional<number>;
  /** Bits of an IPv6 address, 32 to 128. Default 128. */
  ipv6?: Optional<number>;
}

/**
 * A wrong knock is an attempt that is neither the next step nor a repetition of the last one, even if it begins the sequence
 * anew. The `wrongKnocks`th within `withinSeconds` locks its source out: for `forSeconds` its knocks do not count, and after
 * that it starts from the first step. One-time tokens still work, and a grant that it holds stays. Forged packets can end a
 * lockout, or lock others out: this slows honest sources, and nothing more. Packets to the door and ignored packets do not
 * count; knocks at another door of the host do.
 */
export interface LockoutArgs {
  /** Which wrong knock locks its source out, 1 to 20. */
  wrongKnocks: Input<number>;
  /** Wrong knocks within this time count, 1 to 86400. */
  withinSeconds: Input<number>;
  /** How long the knocks of a source that is locked out do not count, 1 to 86400. */
  forSeconds: Input<number>;
}

/** How fast a source with a grant may open connections. */
export interface RateLimitArgs {
  /** The rate, 1 to 6000. */
  connectionsPerMinute: Input<number>;
  /** How many at once, after a pause; 1 to 100. Default 5. */
  burst?: Optional<number>;
}

/** Lines for packets at the door; none shows a knock. Each kind of line is limited, after a burst of 5. */
export interface LogArgs {
  /** What the lines begin with, before " granted " or " lockout "; up to 20 characters. Default "portknock". */
  prefix?: Optional<string>;
  /** The most lines a minute, of each kind, 1 to 600. Default 10. */
  limitPerMinute?: Optional<number>;
}

/**
 * One-time tokens: UDP datagrams of 20 bytes. Each opens the door once, to whoever sends it, and never again. The provider
 * draws them, and the client takes them from its configuration. A reboot, or anything else that empties the host's lists,
 * makes all tokens count as used.
 */
export interface OneTimeArgs {
  /**
   * How many, 1 to 100. When a `refresh` finds fewer than a third unused, the next `up` replaces the used ones.
   */
  tokens: Input<number>;
  /** The UDP port for them, which nothing else may use. Default: drawn from 20000 to 60999. Secret. */
  port?: Optional<number>;
}

/**
 * The arguments of a PortKnock. Every wrong field is reported at once, under its path, before any host is touched.
 *
 * @example
 * ```ts
 * const args: PortKnockArgs = {
 *   connection: { host: "192.0.2.11" },
 *   sequence: "tcp/41287,udp/23911,icmp/733",
 *   door: [{ protocol: "tcp", ports: [22] }],
 * };
 * ```
 */
export interface PortKnockArgs {
  /** How to log in to the host. The whole connection is secret in the state. */
  connection: Input<ConnectionArgs>;
  /**
   * The secret: 1 to 16 knocks, in order, as steps or as text. May be left out with `calendar` or `oneTime`. The state keeps
   * steps, so changing from one form to the other is no change.
   */
  sequence?: Optional<SequenceArgs>;
  /** In place of `sequence`: another one for each window of time. Default none. */
  calendar?: Optional<CalendarArgs>;
  /**
   * The sequence that `sequence` replaced. It opens the door as well, until `acceptUntil` by the host's clock, which must be
   * right. Grants that it gave stay. `KnockSequence` has both. Default none.
   */
  previous?: Optional<EarlierSequenceArgs>;
  /**
   * Tokens that open the door once each, instead of the sequence or beside it. If the door guards the SSH port of
   * `connection`, something else must open it as well: a sequence, or `allowFrom`. Default: none.
   */
  oneTime?: Optional<OneTimeArgs>;
  /** The ports that are closed to everyone who has not knocked. */
  door: Input<Input<ServiceArgs>[]>;
  /** Seconds for which a completed sequence opens the door to new connections, 1 to 86400. Default 5. */
  openForSeconds?: Optional<number>;
  /** Seconds within which each knock must follow the one before, 1 to 3600. Default 5. */
  stepTimeoutSeconds?: Optional<number>;
  /** Services whose traffic is not a knock attempt, so that using them does not interrupt a sequence. Default none. */
  ignore?: Optional<Input<IgnoredArgs>[]>;
  /**
   * A grant is for one connection: its first packet uses the grant up, atomically (xt_recent's `--remove`). If that packet
   * is sent again because the answer was lost, connection tracking knows it, and it gets through. If nothing answered it,
   * it does not. Default false.
   */
  singleUse?: Optional<boolean>;
  /** Each new connection restarts `openForSeconds`. Not with `singleUse`. Default false. */
  extend?: Optional<boolean>;
  /**
   * What packets to the closed door get: no answer ("drop"), or that of a closed port ("reset": a TCP RST, for UDP the ICMP
   * error "port unreachable"). Over IPv6 the kernel's own RST has a flow label and this one has none, so an observer can
   * tell the door from a closed port. Default "drop".
   */
  closedResponse?: Optional<"drop" | "reset">;
  /**
   * Whether the door accepts a granted connection ("accept"), or leaves it, and its later packets, to the host's own rules
   * ("return"). Default "accept".
   */
  grantVerdict?: Optional<"accept" | "return">;
  /** Networks that connect without knocking, such as "192.0.2.0/24" or "2001:db8::/32"; up to 64. Default none. */
  allowFrom?: Optional<Input<string>[]>;
  /** Networks that never get in, even after a correct knock; they win over `allowFrom`. Open connections stay. Default none. */
  denyFrom?: Optional<Input<string>[]>;
  /**
   * The network interface on which clients come in ("eth0", "wg+"). Packets on other interfaces find no door: the port is as
   * open to them as the host leaves it. Default: every interface.
   */
  interface?: Optional<string>;
  /**
   * Whether packets from the host itself (on its interface lo, or by broadcast or multicast) and broadcasts of others count as
   * knocks. Any account of the host can then try sequences from many addresses, and see by connecting which one opens the
   * door. A door whose `interface` is lo does not need it. Default false.
   */
  loopbackKnocks?: Optional<boolean>;
  /**
   * Bits of an address that share grants and lockouts, 8 to 32 and 32 to 128. All knocks of a sequence still come from one
   * address. Default `{ ipv4: 32, ipv6: 128 }`; with `ipv6: 64` a client may connect from another of its privacy addresses
   * (RFC 8981).
   */
  grantPrefix?: Optional<GrantPrefixArgs>;
  /** Locks sources out for a while that knock wrong too often. Default: none. */
  lockout?: Optional<LockoutArgs>;
  /** How fast a source with a grant may open connections. Beyond that it finds the door closed. Default: no limit. */
  rateLimit?: Optional<RateLimitArgs>;
  /** Lines in the kernel's log for connection attempts by sources that have a grant or are locked out. Default: none. */
  log?: Optional<LogArgs>;
  /**
   * Where the door is: "INPUT" for services of the host itself; "FORWARD" or "DOCKER-USER" for hosts behind it and for
   * containers, whose published ports bypass INPUT. For these two `interface` must be given, every port is the one that the
   * client sent to (conntrack's original destination), and knocks to the host itself count as well. DOCKER-USER must exist.
   * Default "INPUT".
   */
  chain?: Optional<"INPUT" | "FORWARD" | "DOCKER-USER">;
  /**
   * Address families that have the door. A family that is left out has no rule: its port is as open as the host leaves it.
   * Default both.
   */
  families?: Optional<Input<"ipv4" | "ipv6">[]>;
  /**
   * Seconds after which the host rolls a change back, unless a fresh connection confirms it, 15 to 600. Default 60.
   */
  rollbackAfterSeconds?: Optional<number>;
  /**
   * What the deletion of a door does if its host does not answer: it fails ("fail"), or forgets the door ("abandon"). Default
   * "fail".
   */
  onUnreachable?: Optional<"fail" | "abandon">;
  /**
   * What happens if the rules are loaded, but cannot be stored for the host's next boot (a read-only /etc): an error ("fail"),
   * or a warning ("warn"). Default "fail".
   */
  onUnpersisted?: Optional<"fail" | "warn">;
  /**
   * The firewall of the host that has the door: "iptables" (with xt_recent; nf_tables or legacy), "nftables" (nft alone, in tables
   * of its own), or "auto": iptables, and nftables where iptables does not work on the host. "auto" never moves a door that is
   * there; another explicit value does, in one transaction. The output `firewall` says which it is. Default "auto".
   */
  backend?: Optional<"auto" | "iptables" | "nftables">;
  /**
   * The bit of the connection mark (`ct mark`) that a door in nftables sets on connections that it lets in. In nftables no table
   * overrides the drop of another, so a host whose own chains drop must accept this mark. One bit, 1 to 2^31; other bits stay
   * as they are. Doors in iptables set none. Default 0x40000000.
   */
  acceptMark?: Optional<number>;
  /**
   * Whether a door in nftables puts a rule that accepts `acceptMark` into each chain of the host that drops what it does not let in.
   * The rule goes when the host's last door goes. Default false: the host's own rules accept the mark, or let the port in.
   */
  manageMark?: Optional<boolean>;
}
