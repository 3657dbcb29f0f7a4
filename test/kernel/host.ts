import { readFileSync } from "node:fs";
import { join } from "node:path";
import { script } from "../../provider/host/script";
import { portRanges } from "../../provider/policy/ports";
import type { Family, Policy } from "../../provider/policy/types";
import type { Backend } from "../../provider/rules/backend";
import { iptables } from "../../provider/rules/iptables/backend";
import { listOf } from "../../provider/rules/iptables/names";
import { renderDocument } from "../../provider/rules/iptables/render";
import type { List, Ruleset } from "../../provider/rules/ir";
import { nftables } from "../../provider/rules/nftables/backend";
import { readListing } from "../../provider/rules/nftables/listing";
import { listOf as setOf } from "../../provider/rules/nftables/names";
import { address, INNER_ADDRESS } from "./inject";
import { keyOf } from "./judge";
import { families, type IptablesVariant, type Variant, type World } from "./world";

export function backendOf(variant: Variant): Backend {
  return variant === "nftables" ? nftables : iptables;
}

/** What a backend refuses of random options, as the nearest that it can do. */
export function possibleOn(variant: Variant, policy: Policy): Policy {
  return variant === "nftables" && policy.chain === "DOCKER-USER" ? { ...policy, chain: "FORWARD" } : policy;
}

/** What a host has whose rules let in what a door of nftables lets in: by the bit that is in the door's rules. */
const MARKED = "-m connmark --mark 0x40000000/0x40000000 -j ACCEPT";

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
  rewrite: (document: string) => string = (same) => same,
): Promise<void> {
  if (variant !== "nftables") {
    const [ipv4 = "", ipv6 = ""] = families.map((family) => rewrite(renderDocument(ruleset, family)));
    const documents = { ipv4, ipv6 };
    return loadDocuments(world, host, variant, policy, documents);
  }
  await loadDocuments(world, host, variant, policy, { ipv4: "", ipv6: "" });
  await loadNative(world, host, ruleset, rewrite);
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
    const document = ownRules(policy, family, variant === "nftables") + documents[family];
    await world.restore(host, variant, family, (isForwarded ? translation(policy, family) : "") + document);
  }
  if (policy.closedResponse === "reset" && !isForwarded)
    await world.run(host, ["nft", "-f", "-"], silence(policy));
}

export async function loadNative(
  world: World,
  host: string,
  ruleset: Ruleset,
  rewrite: (document: string) => string = (same) => same,
): Promise<void> {
  for (const { text } of nftables.documents(ruleset))
    await world.run(host, ["nft", "-f", "-"], rewrite(text));
}

/** As the host's own script puts a door beside others. */
export async function addDoor(
  world: World,
  host: string,
  variant: IptablesVariant,
  ruleset: Ruleset,
): Promise<void> {
  const apply = script("apply", {
    ...{ NONCE: "", ID: ruleset.identity.id, VARIANT: variant === "legacy" ? "legacy" : "nft" },
    ...{ DOCUMENT4: renderDocument(ruleset, "ipv4"), DOCUMENT6: renderDocument(ruleset, "ipv6") },
    ...{ DOCUMENTN: "", NFT: "" },
  }).replace(/main .*\n$/, "");
  await world.run(host, ["sh", "-s"], apply + readFileSync(join(__dirname, "dispatch.sh"), "utf8"));
}

function portsOf({ door }: Policy): { protocol: string; text: string }[] {
  return door.flatMap(({ protocol, ports }) =>
    portRanges(ports).map(({ first, last }) => ({ protocol, text: `${first}:${last}` })),
  );
}

function ownRules(policy: Policy, family: Family, isNative: boolean): string {
  const reject = `REJECT --reject-with ${family === "ipv4" ? "icmp-admin-prohibited" : "icmp6-adm-prohibited"}`;
  const rules = portsOf(policy).flatMap(({ protocol, text }) => [
    `-A INPUT -p ${protocol} -m ${protocol} --dport ${text} -j ${reject}`,
    ...(policy.chain === "INPUT"
      ? []
      : [`-A FORWARD -p ${protocol} -m conntrack --ctorigdstport ${text} -j ${reject}`]),
  ]);
  const docker = policy.chain === "DOCKER-USER" ? [":DOCKER-USER -", "-A FORWARD -j DOCKER-USER"] : [];
  const marked = isNative ? [`-A INPUT ${MARKED}`, `-A FORWARD ${MARKED}`] : [];
  return ["*filter", ...docker, ...marked, ...rules, "COMMIT", ""].join("\n");
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
  variant: Variant,
  { lists, identity }: Ruleset,
): Promise<ReadonlyMap<string, readonly List[]>> {
  const held = new Map<string, List[]>();
  for (const [name, source] of await readEntries(world, host, variant)) {
    const family = source.includes(":") ? "ipv6" : "ipv4";
    const list = (variant === "nftables" ? setOf : listOf)(name, identity, family);
    const number = source.includes(":") ? `0x${source.split(":").at(-1)}` : source.split(".").at(-1);
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

/** Each list's name with a source on it. */
async function readEntries(world: World, host: string, variant: Variant): Promise<[string, string][]> {
  const pairs = (text: string, form: RegExp) =>
    [...text.matchAll(form)].map(([, name = "", source = ""]): [string, string] => [name, source]);
  if (variant !== "nftables") {
    const text = await world.run(host, ["sh", "-c", "cd /proc/net/xt_recent && grep -H . * || test $? = 1"]);
    return pairs(text, /^([^:\n]+):src=(\S+) /gm);
  }
  const { ipv4, ipv6 } = readListing(await world.run(host, ["nft", "list", "ruleset"]));
  return pairs([...ipv4, ...ipv6].join("\n"), /^add element \S+ \S+ (pk[46]-\S+) \{ (\S+) /gm);
}
