import type { Input } from "@pulumi/pulumi";
import type { Derivation } from "../../derive/derivation";
import type { ConnectionArgs } from "./connectionArgs";
import type { Optional, SequenceArgs } from "./stepArgs";

export type { ConnectionArgs, LoginArgs } from "./connectionArgs";
export type { SequenceArgs, StepArgs } from "./stepArgs";

/** Ports of one protocol: numbers, or inclusive ranges such as "8000-8010". */
export interface ServiceArgs {
  protocol: Input<"tcp" | "udp">;
  ports: Input<Input<number | string>[]>;
}

/** Traffic that is no knock attempt. */
export type IgnoredArgs = ServiceArgs | { protocol: Input<"icmp"> };

export interface EarlierSequenceArgs {
  sequence: Input<SequenceArgs>;
  /** In UTC: "2026-12-01T00:00:00Z"; before 2038-01-19. */
  acceptUntil: Input<string>;
}

/**
 * The sequence of each window of time, derived from a secret and compiled ahead, so that it changes with no daemon and no
 * `up`. The clocks of the host and of whoever knocks must be right. Each `up` makes the calendar last `days` again, from
 * that day on (UTC); when it has run out, the door is closed.
 */
export interface CalendarArgs {
  /** The `derivation` of a `KnockSequence` with `master`; its `rotateEvery` counts for nothing here. Secret. */
  derivation: Input<Derivation | undefined>;
  /** How long a sequence opens the door. It divides a day: 15, 30, 60, 120, 1440. Default 60. */
  windowMinutes?: Optional<number>;
  /** How many days are compiled ahead, this one included, 1 to 60; at most 10,000 rules in all. Default 30. */
  days?: Optional<number>;
  /** Seconds for which a sequence is heard before its window begins and after it has ended, 0 to 3600. Default 60. */
  graceSeconds?: Optional<number>;
}

export interface GrantPrefixArgs {
  ipv4?: Optional<number>;
  ipv6?: Optional<number>;
}

/**
 * A wrong knock is an attempt that is neither the next step nor a repetition of the last one, also where it begins the
 * sequence anew. The `wrongKnocks`th within `withinSeconds` makes its source deaf: what it sends is no knock for
 * `forSeconds`, and then it begins with none, but for its one-time tokens. A grant that it holds stays. Forged packets lift it,
 * and bring it on others: it slows an honest source, and no more. Door and ignored packets do not count; the
 * knocks of another door on the host do.
 */
export interface LockoutArgs {
  /** 1 to 20. */
  wrongKnocks: Input<number>;
  /** 1 to 86400. */
  withinSeconds: Input<number>;
  /** 1 to 86400. */
  forSeconds: Input<number>;
}

export interface RateLimitArgs {
  /** 1 to 6000. */
  connectionsPerMinute: Input<number>;
  /** How many at once, after a pause; 1 to 100. Default 5. */
  burst?: Optional<number>;
}

/** No line shows a knock: a packet is logged at the door only. Each kind has so many lines a minute after a burst of 5. */
export interface LogArgs {
  /** What the lines begin with, before " granted " or " lockout "; up to 20 characters. Default "portknock". */
  prefix?: Optional<string>;
  /** 1 to 600. Default 10. */
  limitPerMinute?: Optional<number>;
}

/**
 * Tokens: UDP datagrams of 20 bytes, each of which opens the door once, to whoever sends it, and never again. The provider
 * draws them, and the client takes them from its configuration. A reboot, or whatever else empties the host's lists,
 * uses all of them up.
 */
export interface OneTimeArgs {
  /**
   * How many, 1 to 100. The first `up` after a `refresh` that finds fewer than a third left replaces the used ones by new
   * ones.
   */
  tokens: Input<number>;
  /** The UDP port that hears them, of no other use. Default: drawn from 20000 to 60999. Secret. */
  port?: Optional<number>;
}

/** What a PortKnock is asked for. Every wrong field is reported at once, under its path, before any host is touched. */
export interface PortKnockArgs {
  connection: Input<ConnectionArgs>;
  /**
   * The secret: 1 to 16 knocks, in order, as steps or as text. May be left out with `calendar` or `oneTime`. The state keeps
   * steps, so that one form in place of the other is no change.
   */
  sequence?: Optional<SequenceArgs>;
  /** In place of `sequence`: another one for each window of time. Default none. */
  calendar?: Optional<CalendarArgs>;
  /**
   * The sequence that `sequence` replaced: it opens the door as well, until the clock of the host, which needs to be right,
   * has come to `acceptUntil`. Grants that it gave stay. `KnockSequence` has both. Default none.
   */
  previous?: Optional<EarlierSequenceArgs>;
  /**
   * Tokens that open the door once each, instead of the sequence or beside it. Where the door guards the SSH port of
   * `connection`, something else must open it as well: a sequence, or `allowFrom`. Default: none.
   */
  oneTime?: Optional<OneTimeArgs>;
  /** The ports that are closed to everyone who has not knocked. */
  door: Input<Input<ServiceArgs>[]>;
  /** Seconds for which a completed sequence opens the door to new connections, 1 to 86400. Default 5. */
  openForSeconds?: Optional<number>;
  /** Seconds within which each knock must follow the one before, 1 to 3600. Default 5. */
  stepTimeoutSeconds?: Optional<number>;
  /** Services whose traffic is not a knock attempt, so that using them does not spoil a sequence. Default none. */
  ignore?: Optional<Input<IgnoredArgs>[]>;
  /**
   * A grant is for one connection: its first packet takes the grant with it, atomically (xt_recent's `--remove`). If
   * that is sent again because the answer was lost, connection tracking knows it, and it gets through; if nothing
   * answered it, it does not. Default false.
   */
  singleUse?: Optional<boolean>;
  /** Each new connection begins `openForSeconds` anew. Not with `singleUse`. Default false. */
  extend?: Optional<boolean>;
  /**
   * What those get who may not in: no answer ("drop"), or that of a closed port ("reset": a TCP RST, for UDP the ICMP
   * error "port unreachable"). Over IPv6 a RST of the kernel's own has a flow label and this one has none: who looks for
   * it can tell the door from a closed port. Default "drop".
   */
  closedResponse?: Optional<"drop" | "reset">;
  /**
   * Whether the door lets a granted connection in ("accept"), or the host's own rules still judge it ("return"), as they
   * then do with what follows on it. Default "accept".
   */
  grantVerdict?: Optional<"accept" | "return">;
  /** Networks that need no knock, such as "192.0.2.0/24" or "2001:db8::/32"; up to 64. Default none. */
  allowFrom?: Optional<Input<string>[]>;
  /** Networks that no knock helps, also where `allowFrom` names them. Open connections stay. Default none. */
  denyFrom?: Optional<Input<string>[]>;
  /**
   * The network interface by which clients come ("eth0", "wg+"). What comes by others finds no door: the port is as open
   * to it as the host leaves it. Default: every one.
   */
  interface?: Optional<string>;
  /**
   * Whether what the host sends to itself, by its interface lo or by broadcast or multicast, may be a knock, and so may what
   * others broadcast. Any account of the host can then try
   * sequences, from as many addresses as it likes, and see by connecting which one opens the door. A door whose `interface`
   * is lo hears there without it. Default false.
   */
  loopbackKnocks?: Optional<boolean>;
  /**
   * Bits of an address that its grants and lockouts are for, 8 to 32 and 32 to 128; all knocks come from one address.
   * Default `{ ipv4: 32, ipv6: 128 }`; with `ipv6: 64` a host may use another of its privacy addresses (RFC 8981).
   */
  grantPrefix?: Optional<GrantPrefixArgs>;
  /** Sources that knock wrong too often are not heard for a while. Default: none. */
  lockout?: Optional<LockoutArgs>;
  /** How fast a source with a grant may open connections; what is too fast finds the door closed. Default: no limit. */
  rateLimit?: Optional<RateLimitArgs>;
  /** Lines in the kernel's log for tries at the door, by sources with a grant or locked out. Default: none. */
  log?: Optional<LogArgs>;
  /**
   * Where packets meet the door: "INPUT" on the host itself; "FORWARD" or "DOCKER-USER" on their way to hosts behind it or
   * to containers, whose published ports pass INPUT by. There, `interface` must be given, and every port of a policy is
   * the one that the client sent to (conntrack's original destination); knocks count in both places. DOCKER-USER must
   * exist. Default "INPUT".
   */
  chain?: Optional<"INPUT" | "FORWARD" | "DOCKER-USER">;
  /**
   * Families that have the door. In one that is left out there is no rule, and the port as open as the host leaves it.
   * Default both.
   */
  families?: Optional<Input<"ipv4" | "ipv6">[]>;
  /**
   * Seconds after which the host takes a change back unless a fresh connection confirmed it, 15 to 600. Default 60.
   */
  rollbackAfterSeconds?: Optional<number>;
  /**
   * Deleting a door whose host does not answer: an error ("fail"), or the door is forgotten ("abandon"). Default "fail".
   */
  onUnreachable?: Optional<"fail" | "abandon">;
  /**
   * Rules that hold, but cannot be stored for the host's next boot (a read-only /etc): an error ("fail"), or a warning
   * ("warn"). Default "fail".
   */
  onUnpersisted?: Optional<"fail" | "warn">;
}
