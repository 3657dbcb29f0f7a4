import { lookup } from "node:dns/promises";
import { PortKnockError } from "../errors";
import type { Address } from "./send";

/**
 * The addresses of a host, by family; the families in the order in which the system prefers them (RFC 6724).
 * @throws PortKnockError `unreachable` where the name has none.
 */
export async function addressesOf(host: string, family?: 4 | 6): Promise<readonly (readonly Address[])[]> {
  const found = await lookup(host, { all: true, family: family ?? 0, verbatim: true }).catch(
    (cause: unknown) => {
      throw new PortKnockError(
        "unreachable",
        `no ${family ? `IPv${family} ` : ""}address is known for the name`,
        {
          host,
          phase: "resolving the name",
          hostState: "unchanged",
          remedy: "check the spelling of the name, and the resolver (getent ahosts NAME).",
          cause,
        },
      );
    },
  );
  const families = new Map<number, Address[]>();
  for (const { address, family } of found) {
    const others = families.get(family) ?? [];
    families.set(family, [...others, { address, family: family === 6 ? 6 : 4 }]);
  }
  return [...families.values()];
}
