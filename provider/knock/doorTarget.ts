import type { KnockAt } from "./rounds";
import type { Address } from "./send";

/** A door to open, and how to knock at it. */
export interface DoorTarget {
  /** Name or address; IPv6 without brackets. */
  readonly host: string;
  /** The door's TCP port. */
  readonly port: number;
  /** The sequence to send; called before each try. */
  readonly knockAt: KnockAt;
  /** Use only this family's addresses. Default: whichever answers first. */
  readonly family?: 4 | 6 | undefined;
  /** Milliseconds between two packets. Default 30. */
  readonly delayMs?: number | undefined;
  /** Milliseconds after which the door counts as shut. Default 20 000. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called before each further try, with the number of tries so far. */
  readonly onRetry?: ((to: Address, tries: number) => void) | undefined;
}
