/** What a field means, for the JSON Schema and the reference. Ranges and defaults are in the schema itself. */
export interface FieldText {
  readonly about: string;
  readonly example?: unknown;
}

/** Fields by their paths: `lockout.forSeconds`. Fields of list items have no index: `door.ports`. */
export type FieldTexts = Readonly<Record<string, FieldText>>;

/** The fields of a policy. */
export const policyTexts: FieldTexts = {
  sequence: {
    about:
      "The secret: knocks in order, as steps or as text. Two equal steps in a row are refused, because a repeated packet counts once.",
    example: "tcp/41287,udp/23911,icmp/733",
  },
  "sequence.protocol": { about: '"tcp", "udp" or "icmp".', example: "tcp" },
  "sequence.port": { about: "The port of a TCP SYN or a UDP datagram.", example: 41287 },
  "sequence.payload": {
    about:
      'UDP only: what the datagram must carry, exactly. Text, or "hex:" and hexadecimal digits; 1 to 36 bytes.',
    example: "hex:6f70656e",
  },
  "sequence.payloadBytes": {
    about: "ICMP only: the size of the ping's payload, as `ping -s`.",
    example: 733,
  },
  calendar: { about: "In place of `sequence`: another sequence for each window of time." },
  "calendar.derivation": {
    about:
      "The output `derivation` of a KnockSequence with `master`. Secret. It must not draw ports of `door` or `ignore`.",
  },
  "calendar.windowMinutes": {
    about: "How long one sequence opens the door. It must divide a day.",
    example: 15,
  },
  "calendar.days": {
    about:
      "Days that the host has in advance, today included, in UTC. All windows together may have 10,000 rules for each family: with 4 knocks that is 60 days of hours, or 16 days of quarter hours.",
    example: 16,
  },
  "calendar.graceSeconds": {
    about:
      "How long a sequence opens the door before and after its window. Two graces and one `stepTimeoutSeconds` must fit into a window: at most 1,797 s with an hour and the default timeout.",
    example: 120,
  },
  previous: { about: "The sequence that `sequence` replaced. It opens the door too, for a while." },
  "previous.sequence": { about: "The replaced sequence.", example: "tcp/52081,udp/30412" },
  "previous.acceptUntil": {
    about: "Until when it opens the door, in UTC, by the host's clock.",
    example: "2026-12-01T00:00:00Z",
  },
  oneTime: { about: "Tokens that open the door once each, beside `sequence` or in its place." },
  "oneTime.tokens": { about: "How many tokens.", example: 50 },
  "oneTime.port": {
    about: "The UDP port that receives them. Default: a port is drawn. Secret.",
    example: 31744,
  },
  door: {
    about: "The services that are closed to everyone who has not knocked.",
    example: [{ protocol: "tcp", ports: [22] }],
  },
  "door.protocol": { about: '"tcp" or "udp".', example: "tcp" },
  "door.ports": { about: "Ports, and ranges as text.", example: [22, "8000-8010"] },
  openForSeconds: {
    about: "How long a grant opens the door to new connections. Open connections stay.",
    example: 30,
  },
  stepTimeoutSeconds: { about: "How soon each knock must follow the one before.", example: 10 },
  ignore: {
    about: "Services whose traffic is not a knock attempt, so using them does not interrupt a sequence.",
    example: [{ protocol: "udp", ports: [53] }],
  },
  "ignore.protocol": { about: '"tcp", "udp" (both with ports) or "icmp".', example: "icmp" },
  "ignore.ports": { about: "Ports, and ranges as text.", example: [53] },
  singleUse: {
    about: "A grant is for one connection. Its first packet uses the grant up, atomically.",
    example: true,
  },
  extend: { about: "Each new connection restarts `openForSeconds`. Not with `singleUse`.", example: true },
  closedResponse: {
    about:
      'What packets to the closed door get: no answer ("drop"), or that of a closed port ("reset": TCP RST; for UDP port unreachable).',
    example: "reset",
  },
  grantVerdict: {
    about:
      'What a granted connection gets: it is let in ("accept"), or the host\'s own rules decide ("return").',
    example: "return",
  },
  allowFrom: {
    about: "Networks that connect without knocking, at most 64.",
    example: ["192.0.2.0/24", "2001:db8::/32"],
  },
  denyFrom: {
    about: "Networks that never get in, even after a correct knock, at most 64. They win over `allowFrom`.",
    example: ["203.0.113.0/24"],
  },
  interface: {
    about:
      "The interface on which clients come in. On other interfaces there is no door. Default: all interfaces.",
    example: "eth0",
  },
  loopbackKnocks: {
    about:
      "Packets of the host to itself, and broadcasts, count as knocks. Any account of the host can then try sequences.",
    example: true,
  },
  grantPrefix: {
    about: "Bits of an address that share grants and lockouts. Knocks still come from one address.",
  },
  "grantPrefix.ipv4": { about: "Bits of an IPv4 address.", example: 24 },
  "grantPrefix.ipv6": { about: "Bits of an IPv6 address.", example: 64 },
  lockout: {
    about:
      "Ignores the knocks of a source that knocks wrong too often. It slows honest sources; forged packets lift it, so no finding counts on it.",
  },
  "lockout.wrongKnocks": { about: "The wrong knock that locks its source out.", example: 5 },
  "lockout.withinSeconds": { about: "Wrong knocks within this time count.", example: 60 },
  "lockout.forSeconds": { about: "How long knocks of the source do not count.", example: 900 },
  rateLimit: { about: "How fast a granted source may open connections." },
  "rateLimit.connectionsPerMinute": { about: "The rate.", example: 30 },
  "rateLimit.burst": { about: "How many at once, after a pause.", example: 10 },
  log: {
    about: "Writes attempts by granted and by locked out sources to the kernel's log. No line shows a knock.",
  },
  "log.prefix": { about: "How the lines begin.", example: "door" },
  "log.limitPerMinute": { about: "The most lines a minute, of each kind.", example: 60 },
  chain: {
    about:
      'Where the door is: "INPUT" for services of the host; "FORWARD" or "DOCKER-USER" for hosts and containers behind it. The latter two need `interface`.',
    example: "DOCKER-USER",
  },
  families: {
    about:
      "Address families that have the door. In a family that is left out the port stays as open as it was.",
    example: ["ipv4"],
  },
};

/** The fields of a PortKnock that are no part of its policy. */
export const doorTexts: FieldTexts = {
  connection: { about: "How to log in to the host.", example: { host: "192.0.2.11" } },
  rollbackAfterSeconds: {
    about: "The host takes a change back after this time, unless a fresh connection confirms it.",
    example: 120,
  },
  onUnreachable: {
    about:
      'Deleting a door whose host does not answer: an error ("fail"), or the door is forgotten ("abandon").',
    example: "abandon",
  },
  onUnpersisted: {
    about:
      'Rules that are loaded, but cannot be stored for the next boot (a read-only /etc): an error ("fail") or a warning ("warn").',
    example: "warn",
  },
  backend: {
    about:
      'The firewall of the host that has the door: "iptables", "nftables", or "auto": iptables, and nftables where iptables does not work. "auto" never moves a door that is there.',
    example: "nftables",
  },
  acceptMark: {
    about:
      "nftables only: the bit of the connection mark that the door sets on connections that it lets in. The default is 0x40000000.",
    example: 4096,
  },
  manageMark: {
    about:
      "nftables only: each chain of the host that drops what it does not let in gets a rule that accepts `acceptMark`. The rule goes with the last door.",
    example: true,
  },
};
