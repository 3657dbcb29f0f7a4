import { BareNode, type LabNode, type NodeInfo } from "./node";

/** Which iptables a host has; `nftables` has nft, and no iptables. */
export type Variant = "nf_tables" | "legacy" | "nftables";

export interface HostInfo extends NodeInfo {
  /** The public host key as known_hosts has it: type and key. */
  hostKey: string;
}

export interface Firewall {
  ipv4: string;
  ipv6: string;
}

const TABLES = ["filter", "nat", "mangle"];

/** What the save tool prints for these tables, without what changes by itself: comments, times and counters. */
export function normalise(saved: string): string {
  const text = saved
    .replace(/^#.*\n/gm, "")
    .replace(/^(?::\S+ \S+) \[\d+:\d+\]$/gm, (line) => line.replace(/ \[.*/, ""));
  const table = (name: string) => new RegExp(`^\\*${name}\\n[^]*?^COMMIT\\n`, "m").exec(text)?.[0] ?? "";
  return TABLES.map(table).join("");
}

/** What `nft -s list ruleset` prints, without what packets put into the sets of doors. */
export function normaliseNft(listing: string): Firewall {
  const tables = listing.split(/^(?=table )/m);
  const isIpv6 = (table: string) => table.startsWith("table ip6 ");
  const join = (some: readonly string[]) => some.map(normaliseTable).join("");
  return { ipv4: join(tables.filter((table) => !isIpv6(table))), ipv6: join(tables.filter(isIpv6)) };
}

/** The tables of a text of nft's that are not those of doors. */
export function withoutDoors(listing: string): string {
  const tables = listing.split(/^(?=table )/m);
  return tables.filter((table) => !IS_OF_DOORS.test(table)).join("");
}

const IS_OF_DOORS = /^table ip6? portknock \{\n/;

/** In the tables of doors, objects stand in the order in which they came, which says nothing. */
function normaliseTable(table: string): string {
  const [head = ""] = IS_OF_DOORS.exec(table) ?? [];
  if (head === "") return table;
  const objects = table.match(/^\t\w+ \S+ \{\n(?:\t\t.*\n)*\t\}\n/gm) ?? [];
  return `${head}${objects.map(withoutEntries).sort().join("")}}\n`;
}

function withoutEntries(object: string): string {
  return /^\tset (?:known|pk[46]-)/.test(object) ? object.replace(/\t\telements = \{[^}]*\}\n/, "") : object;
}

export class Host extends BareNode {
  readonly hostKey: string;

  constructor(
    info: HostInfo,
    private readonly uplink: LabNode,
    readonly variant: Variant,
  ) {
    super(info);
    this.hostKey = info.hostKey;
  }

  async firewall(): Promise<Firewall> {
    if (this.variant === "nftables") return normaliseNft(await this.run(["nft", "-s", "list", "ruleset"]));
    const [ipv4, ipv6] = await Promise.all([this.run(["iptables-save"]), this.run(["ip6tables-save"])]);
    return { ipv4: normalise(ipv4), ipv6: normalise(ipv6) };
  }

  /** Connections that are open stay open, as with any restart of sshd. */
  async restartSshd(): Promise<void> {
    await this.run(["sh", "/etc/ssh/restart.sh"]);
  }

  /** Unplugged at the switch, so that the host keeps its addresses and routes. */
  async linkDown(): Promise<void> {
    await this.uplink.run(["ip", "link", "set", this.name, "down"]);
  }

  async linkUp(): Promise<void> {
    await this.uplink.run(["ip", "link", "set", this.name, "up"]);
  }
}
