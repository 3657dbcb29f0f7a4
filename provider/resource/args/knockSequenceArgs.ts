import type { Input } from "@pulumi/pulumi";
import type { Duration, Optional } from "./stepArgs";

/** The arguments of a KnockSequence. */
export interface KnockSequenceArgs {
  /** Number of steps, 1 to 16. Default 4. Fewer than 42 bits of entropy in all are refused. */
  steps?: Optional<number>;
  /**
   * The protocols of the steps in turn, from the first again when they run out: `["tcp", "udp"]` is tcp, udp, tcp, udp.
   * Not secret: every preview shows them. Default `["tcp", "udp"]`.
   */
  protocols?: Optional<Input<"tcp" | "udp" | "icmp">[]>;
  /**
   * Ports to draw from: numbers, or inclusive ranges. Ports below 1024 and well-known ones are never drawn.
   * Default `["20000-60999"]`.
   */
  ports?: Optional<Input<number | string>[]>;
  /** Ports not to draw, such as those of the door. Default none. */
  exclude?: Optional<Input<number | string>[]>;
  /** Texts by name. A changed text rotates the sequence. Not secret. Default none. */
  keepers?: Optional<Record<string, Input<string>>>;
  /** "30d", "12h", "90m", "45s"; at most 366d. Without it, the sequence rotates by hand only. */
  rotateEvery?: Optional<Duration>;
  /**
   * How long the sequence that was replaced is accepted beside its successor; "0s" for not at all. At most `rotateEvery`.
   * Default "24h", or `rotateEvery` where that is shorter.
   */
  overlap?: Optional<Duration>;
  /**
   * Derives the sequences from this secret, of at least 32 random characters, instead of drawing them, so that clients can
   * compute them too (docs/derivation.md). The state keeps the door's subkey, not the master. Needs `host` and
   * `rotateEvery`.
   */
  master?: Optional<string>;
  /** With `master`: the host. Each host has its own sequence. */
  host?: Optional<string>;
  /** With `master`: the door's name in this stack. Default: the name of this resource. */
  door?: Optional<string>;
}
