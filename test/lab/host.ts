import { BareNode, type LabNode, type NodeInfo } from "./node";

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

export class Host extends BareNode {
  readonly hostKey: string;

  constructor(
    info: HostInfo,
    private readonly uplink: LabNode,
  ) {
    super(info);
    this.hostKey = info.hostKey;
  }

  async firewall(): Promise<Firewall> {
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
