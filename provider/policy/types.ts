/** Address families that a door is compiled for; each has tables and lists of its own. */
export type Family = "ipv4" | "ipv6";

/**
 * One knock: a TCP SYN or a UDP datagram to a port, or a ping with so many payload bytes. A datagram may carry anything,
 * unless `payload` says what it must: text, or `hex:` and hexadecimal digits.
 */
export type Step =
  | { readonly protocol: "tcp"; readonly port: number }
  | { readonly protocol: "udp"; readonly port: number; readonly payload?: string }
  | { readonly protocol: "icmp"; readonly payloadBytes: number };

/** The ordered steps that grant. */
export type Sequence = readonly Step[];

/** A sequence that was replaced, and until when it is accepted beside its successor: ISO 8601, in UTC. */
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

/** Traffic that is no knock attempt: the ports of a service, or all pings. */
export type Ignored = Service | { readonly protocol: "icmp" };

/** Where packets meet the door: on the host itself, or on their way through it to containers and to hosts behind it. */
export type HostChain = "INPUT" | "FORWARD" | "DOCKER-USER";

/** How much of an address, in bits of each family, makes a source that shares grants and lockouts. */
export type GrantPrefix = { readonly [F in Family]: number };

/** So many wrong knocks within so many seconds, and a source is deaf for so many. */
export interface Lockout {
  readonly wrongKnocks: number;
  readonly withinSeconds: number;
  readonly forSeconds: number;
}

/** New connections that a granted source may open: so many a minute, and so many at once. */
export interface RateLimit {
  readonly connectionsPerMinute: number;
  readonly burst: number;
}

/** What the kernel log is told, and how often at most. */
export interface Log {
  readonly prefix: string;
  readonly limitPerMinute: number;
}

/** What the sequences of a door follow from, as a `KnockSequence` with a master secret puts it out. Secret. */
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

/** Another sequence for each window of each day, for so many days; a window is heard so long before and after it. */
export interface Calendar {
  readonly derivation: DoorDerivation;
  readonly windowMinutes: number;
  readonly days: number;
  readonly graceSeconds: number;
}

/** Datagrams to a port that open the door once each, and how many there are. The provider makes them (tokens.ts). */
export interface OneTime {
  readonly tokens: number;
  /** UDP. One that the provider draws, where it is not given. */
  readonly port?: number;
}

/** What is asked for, complete: every default filled in. */
export interface Policy {
  /** Missing where nothing but what is named instead of it opens the door (`WAYS`). */
  readonly sequence?: Sequence;
  /** In its place: another one for each window of time. */
  readonly calendar?: Calendar;
  /** The sequence that this one replaced, which opens the door as well until then. */
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
  /** Each new connection begins the grant anew. */
  readonly extend: boolean;
  /** What the door does with packets that it does not let in: nothing, or what a closed port does. */
  readonly closedResponse: "drop" | "reset";
  /** Let in by the door itself, or left to the host's own rules. */
  readonly grantVerdict: "accept" | "return";
  /** Networks (canonical: `192.0.2.0/24`) that need no knock, and those that none helps. */
  readonly allowFrom: readonly string[];
  readonly denyFrom: readonly string[];
  /** The network interface by which clients come; every one, where it is not given. */
  readonly interface?: string;
  /** What the host sends to itself may be a knock, and so may broadcasts. */
  readonly loopbackKnocks: boolean;
  readonly grantPrefix: GrantPrefix;
  readonly lockout?: Lockout;
  readonly rateLimit?: RateLimit;
  readonly log?: Log;
  readonly chain: HostChain;
  readonly families: readonly Family[];
}

/** A policy as people write it: whatever has a default may be left out. */
export type PolicyArgs = Pick<Policy, "door"> &
  Partial<Omit<Policy, "sequence" | "previous">> & {
    /** As steps, or as text: `tcp/7000,udp/8000,icmp/120`. */
    readonly sequence?: Sequence | string;
    readonly previous?: { readonly sequence: Sequence | string; readonly acceptUntil: string };
  };
