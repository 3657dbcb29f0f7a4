import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Family } from "../../provider/policy/types";

const SCRIPTS = join(__dirname, "../../provider/host/scripts");
const DISPATCHERS = "PORTKNOCK PORTKNOCK-FORWARD PORTKNOCK-DOCKER-USER";

/** What of a host's filter table is ours, and what its scripts make of it with the awk that is named. */
export class FilterTable {
  private jumps: string[] = [];
  private chains = new Map<string, string[]>();

  constructor(
    readonly family: Family,
    readonly awk: "mawk" | "busybox awk",
  ) {}

  /** As held.awk prints it. Both variants of iptables list chains by their names. */
  get lines(): string[] {
    const chains = [...this.chains].sort(([one], [other]) => (one < other ? -1 : 1));
    return [...this.jumps, ...chains.map(([name]) => `:${name}`), ...chains.flatMap(([, rules]) => rules)];
  }

  /** What loads all of it at once. */
  get document(): string {
    const lines = this.lines.map((line) => (line.startsWith(":") ? `${line} - [0:0]` : line));
    return ["*filter", ...lines.slice(this.jumps.length), ...this.jumps, "COMMIT", ""].join("\n");
  }

  /** The rules by chain. */
  get rules(): ReadonlyMap<string, readonly string[]> {
    return this.chains;
  }

  /** The lines with the document's door in them, or `conflict` and why. */
  merge(id: string, document: string): string[] {
    return this.run(["lib/chains.awk", "shared.awk", "merge_door.awk"], id, document.split("\n"));
  }

  /** What turns the lines held into those wanted, which are no `conflict`. */
  transition(id: string, wanted: readonly string[]): string[] {
    if (wanted[0]?.startsWith("conflict ")) throw new Error(wanted[0]);
    return this.run(["lib/chains.awk", "lib/transition.awk"], id, [...wanted, "--"]);
  }

  /** As `iptables-restore --noflush` does, as far as such documents go. */
  restore(document: readonly string[]): void {
    for (const line of document) {
      const [verb = "", chain = ""] = line.split(" ");
      const target = / -[gj] ((?:PK-|PORTKNOCK)\S*)$/.exec(line)?.[1];
      if (verb.startsWith(":")) this.chains.set(verb.slice(1), []);
      else if (verb === "-A" || verb === "-I") {
        if (target !== undefined && !this.chains.has(target)) throw new Error(`no chain ${target}: ${line}`);
        if (verb === "-I") this.jumps.push(line);
        else this.rulesIn(chain).push(line);
      } else if (verb === "-D") this.jumps = this.jumps.filter((jump) => !jump.endsWith(` ${target ?? ""}`));
      else if (verb === "-X") {
        const users = this.lines.filter((one) => one.endsWith(` ${chain}`));
        if (this.rulesIn(chain).length + users.length > 0) throw new Error(`${chain} is in use: ${users}`);
        this.chains.delete(chain);
      }
    }
  }

  private rulesIn(chain: string): string[] {
    const rules = this.chains.get(chain);
    if (rules === undefined) throw new Error(`no chain ${chain}`);
    return rules;
  }

  private run(programs: readonly string[], id: string, other: readonly string[]): string[] {
    const [awk = "", ...applet] = this.awk.split(" ");
    const values = { id, family: this.family === "ipv4" ? "4" : "6", dispatchers: DISPATCHERS };
    const set = Object.entries(values).flatMap(([name, value]) => ["-v", `${name}=${value}`]);
    const input = [...this.lines, "--", ...other].join("\n");
    const files = programs.flatMap((file) => ["-f", join(SCRIPTS, file)]);
    const output = execFileSync(awk, [...applet, ...set, ...files], { input, encoding: "utf8" });
    return output.split("\n").filter((line) => line !== "");
  }
}
