import { portRanges } from "../../provider/policy/ports";
import type { Family, Policy } from "../../provider/policy/types";
import type { List, Ruleset } from "../../provider/rules/ir";
import { listOf } from "../../provider/rules/names";
import { renderDocument } from "../../provider/rules/recent/render";
import { address } from "./inject";
import { families, type Variant, type World } from "./world";

/**
 * Loads a door into a host whose own rules refuse the door's ports in a way that nothing else does, so that a packet
 * that the door accepts can be told from one that it leaves to the host.
 */
export async function load(
  world: World,
  host: string,
  variant: Variant,
  policy: Policy,
  ruleset: Ruleset,
): Promise<void> {
  for (const family of families) {
    await world.restore(host, variant, family, ownRules(policy, family) + renderDocument(ruleset, family));
  }
}

function ownRules({ door }: Policy, family: Family): string {
  const reject = `REJECT --reject-with ${family === "ipv4" ? "icmp-admin-prohibited" : "icmp6-adm-prohibited"}`;
  const rules = door.flatMap(({ protocol, ports }) =>
    portRanges(ports).map(
      ({ first, last }) => `-A INPUT -p ${protocol} -m ${protocol} --dport ${first}:${last} -j ${reject}`,
    ),
  );
  return ["*filter", ...rules, "COMMIT", ""].join("\n");
}

/** The lists of a ruleset that hold each source, by address. */
export async function readLists(
  world: World,
  host: string,
  { lists, identity }: Ruleset,
): Promise<ReadonlyMap<string, readonly List[]>> {
  const held = new Map<string, List[]>();
  const text = await world.run(host, ["sh", "-c", "cd /proc/net/xt_recent && grep -H . * || test $? = 1"]);
  for (const [, name, source] of text.matchAll(/^([^:\n]+):src=(\S+) /gm)) {
    const family = source?.includes(":") ? "ipv6" : "ipv4";
    const list = listOf(name ?? "", identity, family);
    const number = source?.includes(":") ? `0x${source.split(":").at(-1)}` : source?.split(".").at(-1);
    const key = address(family, Number(number));
    if (list) held.set(key, [...(held.get(key) ?? []), list]);
  }
  const order = (list: List) => lists.findIndex((other) => JSON.stringify(other) === JSON.stringify(list));
  for (const each of held.values()) each.sort((a, b) => order(a) - order(b));
  return held;
}
