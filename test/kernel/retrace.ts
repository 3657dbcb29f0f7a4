import type { Policy } from "../../provider/policy/types";
import type { Ruleset } from "../../provider/rules/ir";
import { type Traced, trace } from "../../provider/rules/trace/trace";
import { BETWEEN_SECONDS } from "../policy/arbitrary";
import { address, INTERFACE, type Salvo, type Shot } from "./inject";

/**
 * What the rules of a door, evaluated as data, do with a word: a second opinion beside the automaton's. `isDoor` says
 * which packets are for the door's ports: where it stands in FORWARD they pass through the host, and all others end there.
 */
export function retrace(
  policy: Policy,
  ruleset: Ruleset,
  { family, source }: Pick<Salvo, "family" | "source">,
  shots: readonly Shot[],
  isDoor: readonly boolean[],
): Traced[] {
  return trace(
    ruleset,
    shots.map(({ packet, atMs, flags, from = source }, index) => ({
      packet,
      atSeconds: atMs / 1000,
      from: address(family, from),
      interface: INTERFACE,
      by: isDoor[index] ? policy.chain : "INPUT",
      flow: flags === "bogus" ? "invalid" : flags === "data" ? "established" : "new",
    })),
    BETWEEN_SECONDS,
  );
}
