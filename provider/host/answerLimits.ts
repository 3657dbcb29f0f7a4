const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * How much a host may send. A host may be broken or hostile, and one process serves all hosts of an `up`: what one sends
 * costs the others memory and time. The largest legal door is a calendar of 10,000 rules in each of two families. A report
 * of it is 22,300 lines and 2.1 MB, its status three times that (rules, counters, what is stored for the next boot); no line
 * of a rule has more than 300 bytes or 30 words (test/host/answerLimits.test.ts measures all of these).
 */
export const answerLimits = {
  /**
   * On the wire before the login is over. A key exchange, seven refused keys of an agent and a page of banner are 10 KiB; each
   * message may cost a signature here.
   */
  loginBytes: 256 * KIB,
  /** Questions in a login. PAM asks for a password, a code, and perhaps for each once more. */
  questions: 10,
  /** A host's public key on the wire. RSA of 16,384 bits, the largest that ssh-keygen makes, is 2.1 KiB. */
  hostKeyBytes: 8 * KIB,
  /** Before the script begins, and on stderr: a message of the day, what .bashrc prints, sudo's lecture. */
  noiseBytes: MIB,
  /** Of the script, between its marks: four of the largest doors on one host, or a thousand doors of three knocks. */
  answer: {
    report: { lines: 100_000, bytes: 10 * MIB },
    status: { lines: 300_000, bytes: 30 * MIB },
  },
  /** Of one door in one family, twice the largest: reading a rule takes 10 microseconds, during which the process serves no other host. */
  doorLines: 25_000,
  lineBytes: 4 * KIB,
  /** In a line. The texts of errors are cut on the host to 1,000 bytes (lib/answer.sh). */
  words: 512,
  /** Warnings are kept in the state and printed by every preview. There are eight, and some come once a family. */
  warnings: 100,
  /** In all, what SSH itself sends besides: keepalives, windows, answers to requests, a new key exchange. */
  overheadBytes: MIB,
  /** What a channel may receive before anyone reads from it (ssh2 1.17, lib/Channel.js, MAX_WINDOW), with the headers of its packets. */
  windowBytes: 3 * MIB,
  /** What it adds to a packet of data: header, padding and MAC (RFC 4253, 6), with room. */
  packetOverheadBytes: 128,
  /** In one packet that the host takes from us: an offer of none is an endless loop in ssh2 1.17 (lib/Channel.js, _write). */
  smallestPacketBytes: KIB,
  /** How long a host may take to close its end after this side has closed. */
  farewellMs: 1_000,
} as const;

/** How long an answer may be. */
export type AnswerLimit = (typeof answerLimits.answer)["report" | "status"];
