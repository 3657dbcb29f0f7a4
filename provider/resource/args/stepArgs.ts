import type { Input, Output } from "@pulumi/pulumi";

/** May be left out, or be an output that resolves to undefined. */
export type Optional<Value> = Input<Value | undefined> | undefined;

/** A length of time: "30d", "12h", "90m" or "45s". */
export type Duration = `${number}${"d" | "h" | "m" | "s"}`;

/** A TCP SYN to a port. */
export interface TcpStepArgs {
  /** "tcp": a SYN; nothing has to listen there. */
  protocol: "tcp";
  /** The port, 1 to 65535. */
  port: Input<number>;
}

/** A UDP datagram to a port. */
export interface UdpStepArgs {
  /** "udp": a datagram; nothing has to listen there. */
  protocol: "udp";
  /** The port, 1 to 65535. */
  port: Input<number>;
  /**
   * What the datagram must carry, exactly: text (as UTF-8), or `hex:` followed by an even number of hexadecimal digits; 1 to
   * 36 bytes. Default: it may carry anything, and is sent empty.
   */
  payload?: Optional<string>;
}

/** A ping of a size. */
export interface IcmpStepArgs {
  /** "icmp": an echo request. */
  protocol: "icmp";
  /** Bytes that the ping carries (`ping -s`), 0 to 1452. */
  payloadBytes: Input<number>;
}

/** A knock whose protocol is known only during an `up`. The fields that it needs are checked then. */
export interface LateStepArgs {
  /** What resolves to "tcp", "udp" or "icmp". */
  protocol: Output<string> | Promise<string>;
  /** For TCP and UDP: the port, 1 to 65535. */
  port?: Optional<number>;
  /** For UDP: what the datagram must carry. */
  payload?: Optional<string>;
  /** For ICMP: bytes that the ping carries, 0 to 1452. */
  payloadBytes?: Optional<number>;
}

/** One knock. Two equal ones in a row are refused: a repeated packet does not count. */
export type StepArgs = TcpStepArgs | UdpStepArgs | IcmpStepArgs | LateStepArgs;

/** Knocks in order: steps, or their text form, `"tcp/41287,udp/23911/hex:6f70656e,icmp/733"`. */
export type SequenceArgs = string | Input<StepArgs>[];
