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

/** A port, or an inclusive range as `"8000-8010"`. */
export type PortOrRange = number | string;

/** Ports of one protocol. */
export interface Service {
  readonly protocol: "tcp" | "udp";
  readonly ports: readonly PortOrRange[];
}

/** Traffic that is no knock attempt: the ports of a service, or all pings. */
export type Ignored = Service | { readonly protocol: "icmp" };

/** What is asked for, complete: every default filled in. */
export interface Policy {
  readonly sequence: Sequence;
  readonly door: readonly Service[];
  /** Seconds for which a grant opens the door to new connections. */
  readonly openForSeconds: number;
  /** Seconds within which each step must follow the one before. */
  readonly stepTimeoutSeconds: number;
  readonly ignore: readonly Ignored[];
}

/** A policy as people write it: the times and `ignore` may be left out. */
export type PolicyArgs = Pick<Policy, "sequence" | "door"> & Partial<Policy>;
