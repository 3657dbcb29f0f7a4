import { type Firewall, type Host, type Variant, withoutDoors } from "../lab/host";
import { deleteRule } from "../lab/nft";
import type { Operation } from "./bench";

/**
 * A host's steps that faults name: calls of a tool by a script, counted from the script's first. Where a script comes to
 * call a tool more or less often, these are the places to follow.
 */
interface Steps {
  /** Of apply.sh, what gives the firewall something before the controller is told. */
  readonly loads: RegExp;
  /** The tools of a rollback that give the firewall something, in their order. */
  readonly restores: readonly string[];
  /** In an apply whose timer is armed, before anything was loaded. */
  readonly armed: string;
  /** The load that matters most. */
  readonly load: string;
  /** Loads that come when others are done, so that there is something to take back. */
  readonly lateLoads: readonly LateLoad[];
  /** Of abort.sh and rollback.sh: between reading, each load, and forgetting. */
  readonly rollback: readonly string[];
}

interface LateLoad {
  readonly in: readonly Operation[];
  readonly step: string;
  /** Of apply.sh, after that was refused, in their order; the last one forgets the change. */
  readonly giveUp: readonly string[];
}

/** What faults and their tests know of a host's firewall. */
interface FirewallUnderTest {
  /** Its tools, whose calls are steps of a script. */
  readonly tools: readonly string[];
  readonly steps: Steps;
  /** Foreign rules at both ends of a chain, in a chain of their own, in another table, and in the other family. */
  readonly addForeign: readonly string[];
  readonly removeForeign: readonly string[];
  /** The host's own rules drop SSH. */
  readonly dropSsh: string;
  readonly undoDropSsh: string;
  /** All of it, as text that `restore` takes. */
  readonly save: (host: Host) => Promise<string>;
  /** As another firewall service does it: all that is not its own is flushed. */
  readonly restore: (host: Host, saved: string) => Promise<void>;
  /** The rules of doors, and all the rest, of all tables and both families. */
  readonly held: (host: Host) => Promise<{ readonly owned: string; readonly foreign: string }>;
}

const iptables: FirewallUnderTest = {
  tools: ["iptables-save", "ip6tables-save", "iptables-restore", "ip6tables-restore"],
  steps: {
    loads: /^apply\/ip6?tables-restore\/[12]$/,
    restores: ["iptables-restore", "ip6tables-restore"],
    // The transaction is noted, and nothing was loaded yet: of two families the first is loaded without a test.
    armed: "apply/ip6tables-restore/1",
    // IPv4 is loaded, IPv6 is not.
    load: "apply/ip6tables-restore/2",
    lateLoads: [
      {
        in: ["create", "update", "delete"],
        step: "apply/ip6tables-restore/2",
        giveUp: ["iptables-restore/2", "ip6tables-restore/3", "rm/1"],
      },
    ],
    rollback: ["flock/1", "iptables-save/1", "iptables-restore/1", "ip6tables-restore/1", "rm/1"],
  },
  addForeign: [
    "iptables -w 5 -N COMPETITOR",
    "iptables -w 5 -A COMPETITOR -s 198.51.100.77 -j DROP",
    "iptables -w 5 -I INPUT 1 -p tcp --dport 4001 -j COMPETITOR",
    "iptables -w 5 -A INPUT -p udp --dport 4002 -j DROP",
    "iptables -w 5 -t nat -A PREROUTING -p tcp --dport 4003 -j REDIRECT --to-ports 8080",
    "ip6tables -w 5 -I INPUT 1 -p tcp --dport 4001 -j DROP",
  ],
  removeForeign: [
    "iptables -w 5 -D INPUT -p tcp --dport 4001 -j COMPETITOR",
    "iptables -w 5 -D INPUT -p udp --dport 4002 -j DROP",
    "iptables -w 5 -F COMPETITOR",
    "iptables -w 5 -X COMPETITOR",
    "iptables -w 5 -t nat -D PREROUTING -p tcp --dport 4003 -j REDIRECT --to-ports 8080",
    "ip6tables -w 5 -D INPUT -p tcp --dport 4001 -j DROP",
  ],
  dropSsh: "iptables -w 5 -A INPUT -p tcp --dport 22 -j DROP",
  undoDropSsh: "iptables -w 5 -D INPUT -p tcp --dport 22 -j DROP",
  save: (host) => host.run(["sh", "-c", "iptables-save; echo; ip6tables-save"]),
  async restore(host, saved) {
    const [ipv4, ipv6] = saved.split("\n\n");
    await host.run(["iptables-restore"], { input: `${ipv4}\n` });
    await host.run(["ip6tables-restore"], { input: `${ipv6}\n` });
  },
  async held(host) {
    const saved = await host.run(["sh", "-c", "iptables-save && ip6tables-save"]);
    const lines = saved
      .replace(/^#.*\n/gm, "")
      .replace(/ \[\d+:\d+\]$/gm, "")
      // The first rule in a table makes its built-in chains, and iptables never takes them away.
      .replace(/^\*\w+\n(?::\w+ ACCEPT\n)+COMMIT\n/gm, "")
      .split("\n")
      .filter((line) => line !== "");
    const isOwned = (line: string) => /^(:|-A )(PORTKNOCK|PK-)|-j PORTKNOCK$/.test(line);
    return {
      owned: lines.filter(isOwned).join("\n"),
      foreign: lines.filter((line) => !isOwned(line)).join("\n"),
    };
  },
};

const nftables: FirewallUnderTest = {
  tools: ["nft"],
  // tool.sh counts nft's calls by what they do. Both families are one load.
  steps: {
    loads: /^apply\/nft-load\/[1-3]$/,
    restores: ["nft-load"],
    armed: "apply/nft-load/1",
    load: "apply/nft-load/1",
    lateLoads: [
      // It loads the rules, takes the controller's grant from it, and makes the tokens good.
      { in: ["create"], step: "apply/nft-load/3", giveUp: ["nft-list/4", "nft-load/4", "rm/1"] },
      // It loads the rules, empties the sets of sequences that are others now, and takes the controller's grant from it.
      { in: ["update"], step: "apply/nft-load/2", giveUp: ["nft-list/9", "nft-load/3", "rm/1"] },
    ],
    rollback: ["flock/1", "nft-list/1", "nft-load/1", "rm/1"],
  },
  addForeign: [
    "nft add chain inet host competitor",
    "nft add rule inet host competitor ip saddr 198.51.100.77 drop",
    "nft insert rule inet host input tcp dport 4001 jump competitor",
    "nft add rule inet host input udp dport 4002 drop",
    "nft add rule ip host prerouting tcp dport 4003 redirect to :8080",
    "nft insert rule ip6 host prerouting tcp dport 4004 redirect to :8080",
  ],
  removeForeign: [
    deleteRule("inet host input", "tcp dport 4001 jump competitor"),
    deleteRule("inet host input", "udp dport 4002 drop"),
    "nft flush chain inet host competitor",
    "nft delete chain inet host competitor",
    deleteRule("ip host prerouting", "tcp dport 4003 redirect to :8080"),
    deleteRule("ip6 host prerouting", "tcp dport 4004 redirect to :8080"),
  ],
  dropSsh: "nft add rule inet host input tcp dport 22 drop",
  undoDropSsh: deleteRule("inet host input", "tcp dport 22 drop"),
  save: (host) => host.run(["nft", "-s", "list", "ruleset"]),
  async restore(host, saved) {
    await host.run(["nft", "-f", "-"], { input: `flush ruleset\n${saved}` });
  },
  async held(host) {
    const { ipv4, ipv6 }: Firewall = await host.firewall();
    // The host's own chains have a rule for the mark where a fault asks for that, and then looks at it.
    const all = `${ipv4}${ipv6}`.replace(/^.* accept comment "portknock"\n/gm, "");
    const foreign = withoutDoors(all);
    const owned = all.split(/^(?=table )/m).filter((table) => withoutDoors(table) === "");
    return { owned: owned.join(""), foreign };
  },
};

export function firewallOf(variant: Variant): FirewallUnderTest {
  return variant === "nftables" ? nftables : iptables;
}

const VARIANTS: readonly Variant[] = ["nf_tables", "legacy", "nftables"];

/** PORTKNOCK_VARIANT: of which variant the hosts of the fault suite are. */
export function variantOfRun(): Variant {
  const wanted = process.env.PORTKNOCK_VARIANT ?? "nf_tables";
  const variant = VARIANTS.find((one) => one === wanted);
  if (variant === undefined) throw new Error(`PORTKNOCK_VARIANT takes ${VARIANTS.join(", ")}`);
  return variant;
}
