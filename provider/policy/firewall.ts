import type { Failure } from "./conflicts";
import { wholeNumber } from "./fields";
import { limits } from "./limits";
import * as z from "./zod";

/** The inputs that say which firewall of the host a door is in. No policy has them: the same doors open by the same knocks. */

/** The firewall of a door; `auto`: the one that works on the host. */
export const backend = z
  .enum(["auto", "iptables", "nftables"], { error: 'must be "auto", "iptables" or "nftables"' })
  .default("auto");

const ONE_BIT = "must be one bit: a power of two such as 0x40000000";

/** The bit of the connection mark by which a door in nftables says that it let a connection in. */
export const acceptMark = wholeNumber("one bit of the connection mark", limits.acceptMark)
  .refine((mark) => Number.isInteger(Math.log2(mark)), { error: ONE_BIT })
  .default(limits.acceptMark.default);

/** Whether the host's own chains that drop get a rule that accepts the mark. */
export const manageMark = z.boolean({ error: "must be true or false" }).default(false);

interface FirewallFields {
  readonly backend?: "auto" | "iptables" | "nftables" | undefined;
  readonly acceptMark?: number | undefined;
  readonly manageMark?: boolean | undefined;
}

/** Rules of iptables set no mark, and need none: a door comes before the host's own rules. */
export function uselessMark(fields: FirewallFields): Failure[] {
  if (fields.backend !== "iptables") return [];
  const { acceptMark: mark = limits.acceptMark.default, manageMark: isManaged } = fields;
  const useless = [
    ...(mark !== limits.acceptMark.default ? ["acceptMark"] : []),
    ...(isManaged ? ["manageMark"] : []),
  ];
  const reason = 'must not be given with backend: "iptables": its doors set no mark';
  return useless.map((property) => ({ property, reason }));
}
