import type { KnockAt } from "./rounds";
import type { Address } from "./send";

/** A door, and how to knock at it. */
export interface DoorTarget {
  /** Name or address; IPv6 without brackets. */
  readonly host: string;
  /** The door's TCP port. */
  readonly port: number;
  /** What to send; asked again before each new knock. */
  readonly knockAt: KnockAt;
  /** Only that family's addresses. Default: whichever answers first. */
  readonly family?: 4 | 6 | undefined;
  /** Milliseconds between two packets. Default 30. */
  readonly delayMs?: number | undefined;
  /** Milliseconds after which the door counts as shut. Default 20 000. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told before each new knock at an address after one that did not open: how many there were. */
  readonly onRetry?: ((to: Address, tries: number) => void) | undefined;
}
