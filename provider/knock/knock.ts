import { addressesOf } from "./addresses";
import type { KnockAt } from "./rounds";
import { type Address, sendSequence } from "./send";

/** Where to send a sequence, and how. */
export interface Knocks {
  /** Name or address; IPv6 without brackets. */
  readonly host: string;
  readonly knockAt: KnockAt;
  /** Only to that family's address. Default: to one of each that the name has. */
  readonly family?: 4 | 6 | undefined;
  /** Milliseconds between two packets. Default 30. */
  readonly delayMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a sequence to the first address of each family, for whoever connects next and chooses the family himself.
 * @returns the addresses that it was sent to.
 * @throws PortKnockError `unreachable` where the name is not known; Error where it could be sent to none.
 */
export async function knockAtEach({ host, knockAt, family, delayMs, signal }: Knocks): Promise<Address[]> {
  const lanes = await addressesOf(host, family);
  signal?.throwIfAborted();
  const firsts = lanes.flatMap((lane) => lane.slice(0, 1));
  const sendings = firsts.map((to) => {
    const sequence = knockAt({ family: to.family, tries: 0, round: 0 });
    if (sequence === undefined) throw new Error("there is nothing left to knock with");
    return sendSequence(to, sequence, delayMs, signal);
  });
  const ends = await Promise.allSettled(sendings);
  signal?.throwIfAborted();
  if (ends.every(({ status }) => status === "rejected")) await sendings[0];
  return firsts.filter((_, index) => ends[index]?.status === "fulfilled");
}
