import { lookup } from "node:dns/promises";
import { PortKnockError } from "../errors";
import type { Address } from "./send";

/**
 * The addresses of a host, by family; the families in the order in which the system prefers them (RFC 6724).
 * @throws PortKnockError `unreachable` if the name has no address.
 */
export async function addressesOf(host: string, family?: 4 | 6): Promise<readonly (readonly Address[])[]> {
  let cause: unknown;
  const found = await lookup(host, { all: true, family: family ?? 0, verbatim: true }).catch(
    (error: unknown) => {
      cause = error;
      return [];
    },
  );
  const families = new Map<number, Address[]>();
  for (const entry of found) {
    const { address } = entry;
    const one: Address = { address, family: entry.family === 6 ? 6 : 4 };
    // A literal address is found whatever family was asked for.
    if (family !== undefined && one.family !== family) continue;
    families.set(one.family, [...(families.get(one.family) ?? []), one]);
  }
  if (families.size > 0) return [...families.values()];
  throw new PortKnockError("unreachable", `no ${family ? `IPv${family} ` : ""}address is known for it`, {
    host,
    phase: "resolving the name",
    hostState: "unchanged",
    remedy: "check the spelling of the name, and the resolver (getent ahosts NAME).",
    cause,
  });
}
