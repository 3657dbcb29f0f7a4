/** What the schema allows: one place for the schema, its messages and the tests. */
export const limits = {
  /** Each step costs a chain and a list; xt_recent slows down with every list (kernel: net/netfilter/xt_recent.c). */
  steps: { min: 1, max: 16, default: 4 },
  port: { min: 1, max: 65535 },
  /** One unfragmented IPv6 packet at an MTU of 1500: 1500 - 40 (IPv6, RFC 8200) - 8 (ICMPv6, RFC 4443). */
  pingPayloadBytes: { min: 0, max: 1452 },
  /**
   * xt_u32 takes 10 tests in a rule (xt_u32.h: XT_U32_MAXSIZE; iptables 1.8.9 refuses 11): one for the length of the
   * datagram, 9 for 4 bytes each.
   */
  payloadBytes: { min: 1, max: 36 },
  /** xt_recent multiplies seconds by HZ in 32 bits; a day is far below its limit (49 days at HZ=1000). */
  openForSeconds: { min: 1, max: 86_400, default: 5 },
  stepTimeoutSeconds: { min: 1, max: 3_600, default: 5 },
  /** Bits of an address; less would make half of the internet one source. */
  grantPrefix: { ipv4: { min: 8, max: 32 }, ipv6: { min: 32, max: 128 } },
  /** A network of no bits is everyone. */
  networkBits: { min: 1 },
  networks: { max: 64 },
  /** Kernels before 3.19 keep 20 times for an entry (net/netfilter/xt_recent.c: ip_pkt_list_tot). */
  wrongKnocks: { min: 1, max: 20 },
  withinSeconds: { min: 1, max: 86_400 },
  forSeconds: { min: 1, max: 86_400 },
  /** Up to this rate iptables-save prints the number that it was given. */
  connectionsPerMinute: { min: 1, max: 6_000 },
  burst: { min: 1, max: 100, default: 5 },
  /** The kernel keeps 29 characters (xt_LOG.h: prefix[30]), and the word for what happened needs 9. */
  logPrefixCharacters: { min: 1, max: 20 },
  limitPerMinute: { min: 1, max: 600, default: 10 },
  /** iptables' dates end with 32 bits (extensions/libxt_time.c). */
  acceptUntil: { max: "2038-01-19T00:00:00Z" },
  windowMinutes: { min: 1, max: 1_440, default: 60 },
  calendarDays: { min: 1, max: 60, default: 30 },
  graceSeconds: { min: 0, max: 3_600, default: 60 },
  /** In the table of one family. A small host needs a second to load 7,500. */
  calendarRules: { max: 10_000 },
  rotateEverySeconds: { min: 1, max: 366 * 86_400 },
  overlapSeconds: { min: 0, max: 366 * 86_400, default: 86_400 },
  /**
   * 128 bits in hexadecimal digits. Somebody who hears a sequence can try masters against it, so it must not be
   * guessable.
   */
  masterCharacters: { min: 32 },
  /** A source that sends 10,000 packets a second hits one of 2^42 sequences within a year one time in ten at most. */
  entropyBits: { min: 42 },
  /** Milliseconds between two packets. Order matters on the wire, and paths reorder packets sent back to back. */
  delayMs: { min: 0, max: 60_000, default: 30 },
  /** After this time a door that does not open counts as shut. */
  timeoutSeconds: { min: 1, max: 3_600, default: 20 },
  /**
   * Each has a list, and every list of a host makes all look-ups slower (net/netfilter/xt_recent.c:
   * recent_table_lookup).
   */
  tokens: { min: 1, max: 100 },
  /** xt_recent's ip_list_tot, a parameter of 32 bits; the client reads numbers of up to 9 digits. */
  listSlots: { min: 1, max: 999_999_999 },
  /** A connection mark has 32 bits. Kubernetes uses 0x4000 and 0x8000, Tailscale 0xff0000, and nobody well known the default. */
  acceptMark: { min: 1, max: 2 ** 31, default: 0x40000000 },
  rollbackAfterSeconds: { min: 15, max: 600, default: 60 },
} as const;
