import { addressesOf } from "./addresses";
import type { KnockAt } from "./rounds";
import { type Address, sendSequence } from "./send";

/** A host to knock at, and how. */
export interface Knocks {
  /** Name or address; IPv6 without brackets. */
  readonly host: string;
  readonly knockAt: KnockAt;
  /** Send only to this family's address. Default: to one address of each family. */
  readonly family?: 4 | 6 | undefined;
  /** Milliseconds between two packets. Default 30. */
  readonly delayMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a sequence to the first address of each family, for a program that connects afterwards and chooses the family.
 * @returns the addresses that got it.
 * @throws PortKnockError `unreachable` if the name is not known; Error if it could be sent to no address.
 */
export async function knockAtEach({ host, knockAt, family, delayMs, signal }: Knocks): Promise<Address[]> {
  const lanes = await addressesOf(host, family);
  signal?.throwIfAborted();
  const firsts = lanes.flatMap((lane) => lane.slice(0, 1));
  const sendings = firsts.map((to) => {
    const sequence = knockAt({ family: to.family, tries: 0, round: 0 });
    if (sequence === undefined) throw new Error("no token is left to knock with");
    return sendSequence(to, sequence, delayMs, signal);
  });
  const ends = await Promise.allSettled(sendings);
  signal?.throwIfAborted();
  if (ends.every(({ status }) => status === "rejected")) await sendings[0];
  return firsts.filter((_, index) => ends[index]?.status === "fulfilled");
}
