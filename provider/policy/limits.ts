/** What the schema allows, in one place for the schema, its messages and the tests. */
export const limits = {
  /** Each step costs a chain and a list; xt_recent slows down with every list (kernel: net/netfilter/xt_recent.c). */
  steps: { min: 1, max: 16 },
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
  rollbackAfterSeconds: { min: 15, max: 600, default: 60 },
} as const;
