import type { Input } from "@pulumi/pulumi";

/** May be left out, or be an output that resolves to undefined. */
export type Optional<Value> = Input<Value | undefined> | undefined;

/** One knock. Two equal ones in a row are refused: a repeated packet does not count. */
export type StepArgs =
  | { protocol: Input<"tcp"> /** 1 to 65535 */; port: Input<number> }
  | {
      protocol: Input<"udp"> /** 1 to 65535 */;
      port: Input<number>;
      /**
       * What the datagram must carry, exactly: text (as UTF-8), or `hex:` followed by an even number of hexadecimal
       * digits; 1 to 36 bytes. Default: it may carry anything, and is sent empty.
       */
      payload?: Optional<string>;
    }
  | {
      protocol: Input<"icmp"> /** Bytes that the ping carries (`ping -s`), 0 to 1452. */;
      payloadBytes: Input<number>;
    };

/** Knocks in order: steps, or their text form, `"tcp/7000,udp/8000/hex:6f70656e,icmp/120"`. */
export type SequenceArgs = string | Input<StepArgs>[];
