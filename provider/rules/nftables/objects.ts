import { TOKEN_BYTES } from "../../policy/tokens";
import type { Family } from "../../policy/types";
import { rateName } from "../doorNames";
import type { Ruleset } from "../ir";
import { chainName, HOOKS, type Hook, hookOf, KNOWN, listName, tableOf } from "./names";
import { placeOf } from "./place";
import { KNOWN_SIZE, SET_SIZE } from "./render";

/**
 * What all doors of a host share, and what each has for itself.
 *
 * Shared, the same whatever the doors: the tables, the set `known`, and for each hook the base chain with its rules, the
 * chains that it sends packets to, and the maps. The rules of the base chain never change, so putting them in again is safe.
 *
 * A door's own: its chains, sets and quotas (`PK-ID…`, `pk4-ID-…`); the entries of the maps that lead to its chains; and its
 * rules in the shared chains, each of which names one of its chains or sets. Any of them can be added or removed without
 * reading the others, but for two things:
 * - A key of a map is one door's. Where another has it (two doors with one first knock, or with one port at different
 *   interfaces), the second door's entry is a rule in `…-more` or `…-more-first` instead: `tcp dport 7000 jump
 *   PK-ID-first`. It stays right when the first door goes.
 * - The rules of `…-every` stand in the order of their times, the shortest first: each renews the source in `known`, and the
 *   last one counts.
 */

/** The shared objects of a hook. `known` and the tables belong to both. */
export function sharedLines(hook: Hook, family: Family): string[] {
  const [table, address] = [tableOf(family), addressType(family)];
  const ip = family === "ipv4" ? "ip" : "ip6";
  const chain = (name: string) => `add chain ${table} ${hook}-${name}`;
  const rule = (text: string) => `add rule ${table} ${hook} ${text}`;
  const echo = family === "ipv4" ? "icmp" : "icmpv6";
  const icmp = family === "ipv4" ? "icmp" : "ipv6-icmp";
  const isInput = hook === "input";
  const maps = isInput ? ["tcp", "udp", "tcp-first", "udp-first"] : [];
  return [
    `add set ${table} ${KNOWN} { type ${address}; size ${KNOWN_SIZE}; flags dynamic,timeout; }`,
    `add chain ${table} ${hook} { type filter hook ${hook} priority filter - 10; policy accept; }`,
    ...[
      "more",
      ...(isInput ? ["own"] : []),
      "more-first",
      ...(isInput ? ["pings"] : []),
      "every",
      "always",
    ].map(chain),
    ...maps.map((name) => `add map ${table} ${hook}-${name} { type inet_service : verdict; }`),
    rule(`ct state established,related meta l4proto != ${icmp} return`),
    ...(isInput ? [rule("tcp dport vmap @input-tcp"), rule("udp dport vmap @input-udp")] : []),
    rule(`jump ${hook}-more`),
    ...(isInput ? [rule('iifname "lo" goto input-own'), rule("meta pkttype != host goto input-own")] : []),
    rule(`jump ${hook}-more-first`),
    ...(isInput
      ? [
          rule("tcp dport vmap @input-tcp-first"),
          rule("udp dport vmap @input-udp-first"),
          rule(`${echo} type echo-request jump input-pings`),
        ]
      : []),
    rule(`${ip} saddr @${KNOWN} jump ${hook}-every`),
    rule(`jump ${hook}-always`),
  ];
}

/** Where packets come to a door. */
export function hooksOf({ rules }: Ruleset): Hook[] {
  const used = rules.flatMap(({ chain }) => (chain.kind === "dispatcher" ? [hookOf(chain.of)] : []));
  return HOOKS.filter((hook) => used.includes(hook));
}

/** A door's own sets and quotas, in a family. */
export function setLines({ lists, rules, identity }: Ruleset, family: Family): string[] {
  const rates = rules.flatMap(({ tests }) =>
    tests.flatMap((test) => (test.kind === "rate" ? [rateName(test, identity, family)] : [])),
  );
  const names = lists.filter(({ kind }) => kind !== "token").map((list) => listName(list, identity, family));
  return [
    ...[...new Set([...names, ...rates])].map(
      (name) =>
        `add set ${tableOf(family)} ${name} { type ${addressType(family)}; size ${SET_SIZE}; flags dynamic,timeout; }`,
    ),
    ...lists
      .filter(({ kind }) => kind === "token")
      .map(
        (list) =>
          `add quota ${tableOf(family)} ${listName(list, identity, family)} { ${quotaBytes(family)} bytes }`,
      ),
  ];
}

/**
 * One packet of a token fits in, and two never do: the count is one atomic step. In bytes of the packet, with the headers that
 * it has at least.
 */
export function quotaBytes(family: Family): number {
  return 2 * (TOKEN_BYTES + 8 + (family === "ipv4" ? 20 : 40)) - 1;
}

function addressType(family: Family): string {
  return family === "ipv4" ? "ipv4_addr" : "ipv6_addr";
}

/** A door's own chains: those of its rules, and those to which they lead. */
export function chainLines({ rules, identity }: Ruleset, family: Family): string[] {
  const names = rules.flatMap((rule) => {
    const place = placeOf(rule, identity);
    const { verdict } = rule;
    return [
      ...(place.kind === "rule" ? [place.chain] : []),
      ...("chain" in verdict ? [chainName(verdict.chain, identity)] : []),
    ];
  });
  return [...new Set(names)]
    .filter((name) => name.startsWith("PK-"))
    .map((name) => `add chain ${tableOf(family)} ${name}`);
}
