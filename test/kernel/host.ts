import { readFileSync } from "node:fs";
import { join } from "node:path";
import { script } from "../../provider/host/script";
import { portRanges } from "../../provider/policy/ports";
import type { Family, Policy } from "../../provider/policy/types";
import { listOf } from "../../provider/rules/iptables/names";
import { renderDocument } from "../../provider/rules/iptables/render";
import type { List, Ruleset } from "../../provider/rules/ir";
import { address, INNER_ADDRESS } from "./inject";
import { keyOf } from "./judge";
import { families, type Variant, type World } from "./world";

/**
 * Loads a door into a host whose own rules refuse the door's ports in a way that nothing else does, so that a packet
 * that the door accepts can be told from one that it leaves to the host. Where a closed door answers as a closed port
 * does, what it accepts is dropped afterwards.
 */
export async function load(
  world: World,
  host: string,
  variant: Variant,
  policy: Policy,
  ruleset: Ruleset,
): Promise<void> {
  const documents = {
    ipv4: renderDocument(ruleset, "ipv4"),
    ipv6: renderDocument(ruleset, "ipv6"),
  };
  await loadDocuments(world, host, variant, policy, documents);
}

/** The same with documents of other doors, or of none, behind the host's own rules. */
export async function loadDocuments(
  world: World,
  host: string,
  variant: Variant,
  policy: Policy,
  documents: { readonly [F in Family]: string },
): Promise<void> {
  const isForwarded = policy.chain !== "INPUT";
  if (isForwarded) await world.addInner(host, policy.closedResponse === "reset");
  for (const family of families) {
    const document = ownRules(policy, family) + documents[family];
    await world.restore(host, variant, family, (isForwarded ? translation(policy, family) : "") + document);
  }
  if (policy.closedResponse === "reset" && !isForwarded)
    await world.run(host, ["nft", "-f", "-"], silence(policy));
}

/** As the host's own script puts a door beside others. */
export async function addDoor(world: World, host: string, variant: Variant, ruleset: Ruleset): Promise<void> {
  const apply = script("apply", {
    ...{ NONCE: "", ID: ruleset.identity.id, VARIANT: variant === "legacy" ? "legacy" : "nft" },
    ...{ DOCUMENT4: renderDocument(ruleset, "ipv4"), DOCUMENT6: renderDocument(ruleset, "ipv6") },
  }).replace(/main .*\n$/, "");
  await world.run(host, ["sh", "-s"], apply + readFileSync(join(__dirname, "dispatch.sh"), "utf8"));
}

function portsOf({ door }: Policy): { protocol: string; text: string }[] {
  return door.flatMap(({ protocol, ports }) =>
    portRanges(ports).map(({ first, last }) => ({ protocol, text: `${first}:${last}` })),
  );
}

function ownRules(policy: Policy, family: Family): string {
  const reject = `REJECT --reject-with ${family === "ipv4" ? "icmp-admin-prohibited" : "icmp6-adm-prohibited"}`;
  const rules = portsOf(policy).flatMap(({ protocol, text }) => [
    `-A INPUT -p ${protocol} -m ${protocol} --dport ${text} -j ${reject}`,
    ...(policy.chain === "INPUT"
      ? []
      : [`-A FORWARD -p ${protocol} -m conntrack --ctorigdstport ${text} -j ${reject}`]),
  ]);
  const docker = policy.chain === "DOCKER-USER" ? [":DOCKER-USER -", "-A FORWARD -j DOCKER-USER"] : [];
  return ["*filter", ...docker, ...rules, "COMMIT", ""].join("\n");
}

/** The door's ports are published, as Docker does it: every one is port 9 of a host behind this one. */
function translation(policy: Policy, family: Family): string {
  const target = family === "ipv4" ? `${INNER_ADDRESS.ipv4}:9` : `[${INNER_ADDRESS.ipv6}]:9`;
  const rules = portsOf(policy).map(
    ({ protocol, text }) =>
      `-A PREROUTING -p ${protocol} -m ${protocol} --dport ${text} -j DNAT --to-destination ${target}`,
  );
  return ["*nat", ...rules, "COMMIT", ""].join("\n");
}

/** What comes through the door gets no answer: a table of its own looks at it last. */
function silence(policy: Policy): string {
  const rules = portsOf(policy).map(
    ({ protocol, text }) => `${protocol} dport ${text.replace(":", "-")} drop;`,
  );
  return `table inet silence { chain input { type filter hook input priority 10; ${rules.join(" ")} }; }\n`;
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
    // A network's entry stands for the source that its number is.
    const key = address(family, Number(number));
    // Who the dispatcher remembers is no part of what a door knows.
    if (list && !["known", "advanced", "underWay"].includes(list.kind))
      held.set(key, [...(held.get(key) ?? []), list]);
  }
  const keys = lists.map(keyOf);
  const order = (list: List) => keys.indexOf(keyOf(list));
  for (const each of held.values()) each.sort((a, b) => order(a) - order(b));
  return held;
}
