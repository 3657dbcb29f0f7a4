import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Family } from "../../provider/policy/types";

/** The two iptables, and nftables without any. */
export type IptablesVariant = "nf_tables" | "legacy";
export type Variant = IptablesVariant | "nftables";

export const iptablesVariants: readonly IptablesVariant[] = ["nf_tables", "legacy"];
export const variants: readonly Variant[] = [...iptablesVariants, "nftables"];

/** The first letter of its hosts' names, which are short: interfaces are called after them. */
export const LETTERS: Readonly<Record<Variant, string>> = { nf_tables: "n", legacy: "l", nftables: "t" };
export const families: readonly Family[] = ["ipv4", "ipv6"];

/** Namespaces of a client without addresses and of hosts, each on a cable of its own. */
export class World {
  private static count = 0;
  /** The number of the CPU on which its packets are sent and handled: worlds at the same time share them all. */
  readonly cpu = World.count++;

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly pid: number,
  ) {
    process.once("disconnect", this.kill);
  }

  /** The kernel ends a world with the process that started it; that one may outlive the vitest that it works for. */
  private readonly kill = () => this.child.kill("SIGKILL");

  /** It ends with stop(), and with this process however that ends. */
  static async start(): Promise<World> {
    const spaces = ["--net", "--mount", "--pid", "--fork", "--kill-child"];
    const child = spawn("setpriv", [
      ...["--pdeathsig", "KILL", "unshare", ...spaces],
      ...["bash", join(__dirname, "world.sh")],
    ]);
    child.stderr.on("data", (data: Buffer) => process.stderr.write(data));
    const lines = createInterface(child.stdout);
    const [line] = await Promise.race([once(lines, "line"), once(child, "exit").then(() => [])]);
    if (line === undefined) throw new Error("a world needs root, setpriv, unshare, ip and iptables");
    return new World(child, Number(line));
  }

  async stop(): Promise<void> {
    process.off("disconnect", this.kill);
    const ended = once(this.child, "exit");
    this.child.stdin.end();
    await ended;
  }

  async addHosts(names: readonly string[]): Promise<void> {
    await this.run(undefined, ["bash", join(__dirname, "hosts.sh"), ...names]);
  }

  /** Puts another host behind one; it takes no packet at all, where that is wanted. */
  async addInner(name: string, isSilent: boolean): Promise<void> {
    await this.run(undefined, ["bash", join(__dirname, "inner.sh"), name, isSilent ? "silent" : ""]);
  }

  /** Starts a command on a host, or at the client where no host is named. It ends with the world. */
  spawn(host: string | undefined, command: readonly string[]): ChildProcessWithoutNullStreams {
    const net = host === undefined ? `/proc/${this.pid}/ns/net` : `/proc/${this.pid}/root/run/netns/${host}`;
    const spaces = ["--target", String(this.pid), "--mount", "--pid", `--net=${net}`, "--wdns=/"];
    return spawn("nsenter", [...spaces, "--", ...command]);
  }

  async run(host: string | undefined, command: readonly string[], input = ""): Promise<string> {
    const child = this.spawn(host, command);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (data: Buffer) => out.push(data));
    child.stderr.on("data", (data: Buffer) => err.push(data));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const [code] = await once(child, "close");
    if (code !== 0)
      throw new Error(`${host ?? "client"}: ${command.join(" ")}: ${code}\n${Buffer.concat(err)}`);
    return Buffer.concat(out).toString();
  }

  /** A host's own rules, beside doors of nftables, are in iptables' tables all the same. */
  async restore(host: string, variant: Variant, family: Family, document: string): Promise<void> {
    await this.run(host, [tool(variant, family, "restore"), "--noflush"], document);
  }

  async save(host: string, variant: Variant, family: Family): Promise<string> {
    return await this.run(host, [tool(variant, family, "save"), "-t", "filter"]);
  }
}

function tool(variant: Variant, family: Family, verb: "restore" | "save"): string {
  return `${family === "ipv4" ? "iptables" : "ip6tables"}-${variant === "legacy" ? "legacy" : "nft"}-${verb}`;
}
