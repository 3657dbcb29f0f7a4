/** Address families. A door has rules and lists for each. */
export type Family = "ipv4" | "ipv6";

/**
 * One knock: a TCP SYN or a UDP datagram to a port, or a ping of a payload size. With `payload` (text, or `hex:` and
 * hexadecimal digits) the datagram must carry exactly that; without, it may carry anything.
 */
export type Step =
  | { readonly protocol: "tcp"; readonly port: number }
  | { readonly protocol: "udp"; readonly port: number; readonly payload?: string }
  | { readonly protocol: "icmp"; readonly payloadBytes: number };

/** The ordered steps that open a door. */
export type Sequence = readonly Step[];

/** A replaced sequence, and the time until which it is still accepted: ISO 8601, in UTC. */
export interface EarlierSequence {
  readonly sequence: Sequence;
  readonly acceptUntil: string;
}

/** A port, or an inclusive range as `"8000-8010"`. */
export type PortOrRange = number | string;

/** Ports of one protocol. */
export interface Service {
  readonly protocol: "tcp" | "udp";
  readonly ports: readonly PortOrRange[];
}

/** Traffic that does not count as a knock: the ports of a service, or all pings. */
export type Ignored = Service | { readonly protocol: "icmp" };

/** Where the door stands: before the host itself, or before the containers and hosts behind it. */
export type HostChain = "INPUT" | "FORWARD" | "DOCKER-USER";

/** The bits of an address that identify a source: whoever shares them shares grants and lockouts. */
export type GrantPrefix = { readonly [F in Family]: number };

/** After `wrongKnocks` within `withinSeconds`, a source's knocks do not count for `forSeconds`. */
export interface Lockout {
  readonly wrongKnocks: number;
  readonly withinSeconds: number;
  readonly forSeconds: number;
}

/** The new connections that a granted source may open: a rate, and a burst. */
export interface RateLimit {
  readonly connectionsPerMinute: number;
  readonly burst: number;
}

/** Lines in the kernel's log: their prefix and their maximum rate. */
export interface Log {
  readonly prefix: string;
  readonly limitPerMinute: number;
}

/**
 * The data from which a door's sequences are computed: `derivation` of a `KnockSequence` with a master secret.
 * Secret.
 */
export interface DoorDerivation {
  readonly version: 1;
  /** 32 bytes in hexadecimal digits. */
  readonly subkey: string;
  /** The length of an epoch, as "30d". */
  readonly rotateEvery: string;
  readonly steps: number;
  readonly protocols: readonly Step["protocol"][];
  readonly ports: readonly PortOrRange[];
  readonly exclude: readonly PortOrRange[];
  readonly keepers: Readonly<Record<string, string>>;
}

/** One sequence for each window of each day. Each is also accepted for `graceSeconds` before and after its window. */
export interface Calendar {
  readonly derivation: DoorDerivation;
  readonly windowMinutes: number;
  readonly days: number;
  readonly graceSeconds: number;
}

/** Datagrams that open the door once each. The provider makes them (tokens.ts). */
export interface OneTime {
  readonly tokens: number;
  /** A UDP port. The provider draws one if it is not given. */
  readonly port?: number;
}

/** A complete policy: every default is filled in. */
export interface Policy {
  /** Missing if only a calendar or tokens open the door (`OPENING_FIELDS`). */
  readonly sequence?: Sequence;
  /** In its place: one sequence for each window of time. */
  readonly calendar?: Calendar;
  /** The sequence before this one, which is accepted until `acceptUntil`. */
  readonly previous?: EarlierSequence;
  readonly oneTime?: OneTime;
  readonly door: readonly Service[];
  /** Seconds for which a grant opens the door to new connections. */
  readonly openForSeconds: number;
  /** Seconds within which each step must follow the one before. */
  readonly stepTimeoutSeconds: number;
  readonly ignore: readonly Ignored[];
  /** The first new connection takes the grant with it. */
  readonly singleUse: boolean;
  /** Each new connection renews the grant. */
  readonly extend: boolean;
  /** The answer to packets that are not let in: none, or that of a closed port. */
  readonly closedResponse: "drop" | "reset";
  /** Whether the door accepts a granted connection, or the host's own rules decide. */
  readonly grantVerdict: "accept" | "return";
  /** Networks that connect without knocking, and networks that never get in. Canonical: `192.0.2.0/24`. */
  readonly allowFrom: readonly string[];
  readonly denyFrom: readonly string[];
  /** The interface on which clients arrive. Default: all. */
  readonly interface?: string;
  /** Packets of the host to itself, and broadcasts, may be knocks. */
  readonly loopbackKnocks: boolean;
  readonly grantPrefix: GrantPrefix;
  readonly lockout?: Lockout;
  readonly rateLimit?: RateLimit;
  readonly log?: Log;
  readonly chain: HostChain;
  readonly families: readonly Family[];
}

/** A policy as users write it: fields with a default may be left out. */
export type PolicyArgs = Pick<Policy, "door"> &
  Partial<Omit<Policy, "sequence" | "previous">> & {
    /** As steps, or as text: `tcp/7000,udp/8000,icmp/120`. */
    readonly sequence?: Sequence | string;
    readonly previous?: { readonly sequence: Sequence | string; readonly acceptUntil: string };
  };
