import { execFileSync } from "node:child_process";
import { constants, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../lab/lab";
import type { Driver } from "./controller";
import { firewallOf } from "./firewalls";

/** The tools whose calls are the steps of a script beside its firewall's: all that write, and those that read between the writes. */
const TOOLS = [
  ...["flock", "setsid", "mkdir", "cp", "mv", "rm", "rmdir", "chmod", "cat"],
  ...["rc-update", "systemctl", "systemd-run"],
];

/** What a fault does at a tool's call, see tool.sh. */
export type Action = "stop" | "refuse" | "kill-shell" | "kill-session" | "kill-sshd" | "kill-timer";

/** An action that waits for a call. */
export interface Trap {
  place: "before" | "after";
  step: string;
  action: Action;
}

/** What a host holds. Texts hold no counters, comments or dates. */
export interface Held {
  /** The owned chains and rules; the door's id and its tokens are masked, so that hosts compare. */
  owned: string;
  /** All the rest, of all tables and both families. */
  foreign: string;
}

/** A host under test. Its files and processes are read through /proc, which costs no process. */
export class Rig {
  private readonly root: string;
  private release: FileHandle | undefined;

  constructor(
    readonly host: Host,
    readonly driver: Driver,
  ) {
    this.root = `/proc/${host.pid}/root`;
  }

  private get firewall() {
    return firewallOf(this.host.variant);
  }

  /** `isBusybox`: its sessions find busybox's applets only, beside the firewall's tools and the stand-ins. */
  async install(isBusybox: boolean): Promise<void> {
    const [script, input] = await Promise.all(
      ["install.sh", "tool.sh"].map((name) => readFile(join(__dirname, name), "utf8")),
    );
    const flavour = isBusybox ? "busybox" : "system";
    await this.host.run(["sh", "-c", script ?? "", "install", flavour, ...this.firewall.tools, ...TOOLS], {
      input: input ?? "",
    });
    await this.open();
  }

  /** Takes hold of what lets a stopped tool go. Open for both, so that writing waits for no reader. */
  async open(): Promise<void> {
    this.release = await open(this.state("../release"), constants.O_RDWR);
  }

  async uninstall(): Promise<void> {
    await this.release?.close();
  }

  private state(file: string): string {
    return join(this.root, "etc/faults/state", file);
  }

  /** Forgets what was counted; then each action waits for its call. */
  arm(...traps: readonly Trap[]): void {
    for (const file of readdirSync(this.state("."))) rmSync(this.state(file));
    if (traps.length === 0) return;
    const lines = traps.map(({ place, step, action }) => `${place} ${step} ${action}\n`);
    writeFileSync(this.state("fault"), lines.join(""));
  }

  isStruck(): boolean {
    return existsSync(this.state("struck"));
  }

  /** Those of the traps whose call was made. */
  struck(traps: readonly Trap[]): readonly Trap[] {
    const lines = this.isStruck() ? readFileSync(this.state("struck"), "utf8").split("\n") : [];
    return traps.filter(({ step, action }) => lines.includes(`${step} ${action}`));
  }

  /** Whether a timer of the provider's is there, or already does what it is for. */
  hasTimer(): boolean {
    return this.processes().some((command) => /^sh -c trap|rollback-\w+\.sh/.test(command));
  }

  async letGo(): Promise<void> {
    await this.release?.write("go\n");
  }

  /** The calls that were made since `arm`, as `script/tool/n`. */
  calls(): string[] {
    if (!existsSync(this.state("calls"))) return [];
    const lines = readFileSync(this.state("calls"), "utf8").trimEnd().split("\n");
    return lines.map((line) => line.replaceAll(" ", "/"));
  }

  /** Files and processes of the provider's that are on the host now. */
  leftovers(): string[] {
    const stored = this.list("etc/portknock");
    const isExpected = (file: string) =>
      /^(rules|marked|load\.sh|remove\.sh|portknock(-again)?\.service)$/.test(file) ||
      // As long as there is a door with tokens, on the host or in what it has stored.
      (file === "tokens" &&
        (stored.includes("rules") || this.lists().some((list) => /-t[0-9a-f]{8}$/.test(list))));
    const isService = (file: string) => /^portknock((-again)?\.service)?$/.test(file);
    const files = [
      ...(existsSync(join(this.root, "run/portknock")) ? ["/run/portknock"] : []),
      ...stored.filter((file) => !isExpected(file)),
      ...["etc/init.d", "etc/runlevels/boot", "etc/systemd/system"].flatMap((folder) =>
        this.list(folder).filter(
          (file) => file.startsWith("portknock") && !(isService(file) && stored.length > 0),
        ),
      ),
      ...this.list("run/systemd/transient").filter((file) => file.startsWith("portknock")),
    ];
    return [...files, ...this.processes()];
  }

  /** They come and go while this reads. */
  private list(folder: string): string[] {
    try {
      return readdirSync(join(this.root, folder));
    } catch {
      return [];
    }
  }

  /** Of who has knocked, and of tokens: those of the host's own network namespace. */
  private lists(): string[] {
    try {
      if (this.host.variant !== "nftables") return readdirSync(`/proc/${this.host.pid}/net/xt_recent`);
      const enter = ["--target", String(this.host.pid), "--net"];
      const listed = execFileSync("nsenter", [...enter, "nft", "list", "quotas"], { encoding: "utf8" });
      return [...listed.matchAll(/^\s*quota (\S+) \{/gm)].map(([, name = ""]) => name);
    } catch {
      return [];
    }
  }

  private processes(): string[] {
    return this.list("proc").flatMap((pid) => {
      if (!/^\d+$/.test(pid)) return [];
      try {
        const words = readFileSync(join(this.root, "proc", pid, "cmdline"), "latin1").split("\0");
        const command = words.join(" ").trim();
        const isOurs = /(^| )sh -s|rollback-\w+\.sh|^sh -c trap|^\/bin\/sh \/etc\/faults|faults\/real/.test(
          command,
        );
        return isOurs ? [command.slice(0, 60)] : [];
      } catch {
        return [];
      }
    });
  }

  async held(): Promise<Held> {
    const { owned, foreign } = await this.firewall.held(this.host);
    return { owned: masked(owned), foreign };
  }

  /** What is stored for the next boot, masked as `held`. */
  stored(): string {
    const path = join(this.root, "etc/portknock/rules");
    return masked(existsSync(path) ? readFileSync(path, "utf8") : "");
  }
}

/** Rules without what differs between hosts: the door's id, and its tokens. */
function masked(rules: string): string {
  return rules
    .replaceAll(/(PK-|pk[46]-|portknock )[0-9a-f]{10}/g, "$1<id>")
    .replaceAll(/-t[0-9a-f]{8}\b/g, "-t<token>")
    .replaceAll(/=0x[0-9a-f]+/g, "=<bytes>")
    .replaceAll(/(@th,\d+,\d+(?: & \w+)?(?: ==)?) \w+/g, "$1 <bytes>");
}
