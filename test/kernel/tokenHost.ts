import type { Token } from "../../provider/policy/tokens";
import type { Family } from "../../provider/policy/types";
import { identify } from "../../provider/rules/identity";
import { listName } from "../../provider/rules/iptables/names";
import { renderDocument } from "../../provider/rules/iptables/render";
import type { Ruleset } from "../../provider/rules/ir";
import { nftables } from "../../provider/rules/nftables/backend";
import { listName as quotaName, tableOf } from "../../provider/rules/nftables/names";
import { families, type IptablesVariant, type Variant, type World } from "./world";

/** What a host's scripts do with tokens, and what a test wants to know of them. */
export interface TokenHost {
  load(name: string, ruleset: Ruleset, change?: Change): Promise<void>;
  /** Makes tokens good, once. */
  prime(name: string, tokens: readonly Token[]): Promise<void>;
  /** For documents that were changed to `askFirst`: nothing is noted yet. */
  forget(name: string, tokens: readonly Token[]): Promise<void>;
  closeDoor(name: string): Promise<void>;
  /** As an administrator does who wants no firewall. */
  flush(name: string): Promise<void>;
  /** How often each token was taken. */
  taken(name: string, family: Family): Promise<number[]>;
  /** Rules that ask whether a token was used, and note it afterwards. */
  readonly askFirst: Change;
}

export type Change = (document: string) => string;

const same: Change = (document) => document;
const identity = identify("tokens", "h1");

export function tokenHost(world: World, variant: Variant): TokenHost {
  return variant === "nftables" ? native(world) : withLists(world, variant);
}

function withLists(world: World, variant: IptablesVariant): TokenHost {
  const tool = (family: Family) =>
    `${family === "ipv4" ? "iptables" : "ip6tables"}-${variant === "legacy" ? "legacy" : "nft"}`;
  const write = async (name: string, tokens: readonly Token[], text: (family: Family) => string) => {
    const lines = families.flatMap((family) =>
      tokens.map((token) => {
        const list = listName({ kind: "token", name: token.name }, identity, family);
        return `echo ${text(family)} >/proc/net/xt_recent/${list}\n`;
      }),
    );
    await world.run(name, ["sh", "-e"], lines.join(""));
  };
  return {
    async load(name, ruleset, change = same) {
      for (const family of families)
        await world.restore(name, variant, family, change(renderDocument(ruleset, family)));
    },
    prime: (name, tokens) => write(name, tokens, (family) => (family === "ipv4" ? "+0.0.0.0" : "+::")),
    forget: (name, tokens) => write(name, tokens, () => "/"),
    async closeDoor(name) {
      await world.run(name, ["sh", "-c", "for list in /proc/net/xt_recent/*-open; do echo / >$list; done"]);
    },
    async flush(name) {
      for (const family of families) {
        await world.run(name, [tool(family), "-F"]);
        await world.run(name, [tool(family), "-X"]);
      }
    },
    async taken(name, family) {
      const saved = await world.run(name, [`${tool(family)}-save`, "-c"]);
      return [...saved.matchAll(/^\[(\d+):.*-token[0-9a-f] .* --set /gm)].map(([, count]) => Number(count));
    },
    askFirst: (document) =>
      document.replaceAll(
        /-m recent --remove (--name \S+ --mask \S+ --rsource)/g,
        "-m recent ! --rcheck $1 -m recent --set $1",
      ),
  };
}

function native(world: World): TokenHost {
  const nft = (name: string, text: string) => world.run(name, ["nft", "-f", "-"], text);
  const eachQuota = (tokens: readonly Token[], write: (table: string, quota: string) => string) =>
    families.flatMap((family) =>
      tokens.map((token) =>
        write(tableOf(family), quotaName({ kind: "token", name: token.name }, identity, family)),
      ),
    );
  return {
    async load(name, ruleset, change = same) {
      const counted: Change = (text) => text.replaceAll(/( quota name "\S+")/g, "$1 counter");
      for (const { text } of nftables.documents(ruleset)) await nft(name, change(counted(text)));
    },
    async prime(name, tokens) {
      await nft(name, eachQuota(tokens, (table, quota) => `reset quota ${table} ${quota}\n`).join(""));
    },
    async forget(name, tokens) {
      await nft(name, eachQuota(tokens, (table, quota) => `flush set ${table} used-${quota}\n`).join(""));
    },
    async closeDoor(name) {
      const sets = families.map(
        (family) => `flush set ${tableOf(family)} ${quotaName({ kind: "grant" }, identity, family)}\n`,
      );
      await nft(name, sets.join(""));
    },
    async flush(name) {
      await nft(name, "flush ruleset\n");
    },
    async taken(name, family) {
      const listed = await world.run(name, ["nft", "list", "table", ...tableOf(family).split(" ")]);
      return [...listed.matchAll(/ (?:quota name|@used-\S+ \{[^}]*\}) ?\S* counter packets (\d+) /g)].map(
        ([, count]) => Number(count),
      );
    },
    askFirst: (document) => {
      const rules = document.replaceAll(
        /^(add rule (ip6?) .*) quota name "(\S+)"/gm,
        (_, before, ip, quota) => {
          const source = ip === "ip" ? "ip saddr & 0.0.0.0" : "ip6 saddr & ::";
          return `${before} ${source} != @used-${quota} add @used-${quota} { ${source} }`;
        },
      );
      return rules.replaceAll(/^add quota (ip6?) portknock (\S+) .*$/gm, (line, ip, quota) => {
        const type = ip === "ip" ? "ipv4_addr" : "ipv6_addr";
        return `${line}\nadd set ${ip} portknock used-${quota} { type ${type}; size 4; flags dynamic; }`;
      });
    },
  };
}
