import type { ScriptName } from "../../provider/host/protocol";
import { LEFT_BEHIND, SERVICES, script, type Variables } from "../../provider/host/script";
import type { PolicyArgs } from "../../provider/policy/types";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { renderDocument } from "../../provider/rules/iptables/render";
import type { ExecResult, Host } from "../lab/lab";
import { complete } from "../policy/complete";

/** Commands by an account of the host without rights. */
export const ACCOUNT = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];

export interface Applying {
  /** Seconds until the timer strikes. */
  readonly rollbackSeconds?: number;
  /** Seconds that the controller waits. */
  readonly timeSeconds?: number;
}

/** A host's scripts, run as the controller runs them, one by one. */
export class Scripts {
  readonly identity = identify("scripts/door", "h1");
  private tx = 0;

  constructor(
    readonly host: Host,
    /** The shell that runs them. */
    private readonly shell: readonly string[] = ["sh"],
  ) {}

  /** What the script is, as it travels. */
  text(name: ScriptName, more: Variables = {}): string {
    return script(name, {
      ...{ NONCE: "n", ID: this.identity.id, OWNER: this.identity.owner, TX: `t${this.tx}`, REVOKE: "" },
      BACKEND: "iptables",
      ...{ TIME_SECONDS: 20, ...SERVICES, ...more },
    });
  }

  /** An apply of a new transaction; without a policy, of no door. */
  applyText(
    policy: PolicyArgs | undefined,
    { rollbackSeconds = 60, timeSeconds = 60 }: Applying = {},
  ): string {
    this.tx++;
    const ruleset = policy && compile(complete(policy), this.identity);
    const timer = { TX: `t${this.tx}`, ID: this.identity.id, ROLLBACK_SECONDS: rollbackSeconds };
    return this.text("apply", {
      ...{ PATIENCE_SECONDS: rollbackSeconds + 10, TIME_SECONDS: timeSeconds, FRESH: "" },
      DOCUMENT4: ruleset ? renderDocument(ruleset, "ipv4") : "",
      DOCUMENT6: ruleset ? renderDocument(ruleset, "ipv6") : "",
      ...{ DOCUMENTN: "", MARK: "", MANAGE_MARK: "" },
      ROLLBACK: script("rollback", { NONCE: "", ...timer, ...SERVICES }),
      ...LEFT_BEHIND,
      ROLLBACK_SECONDS: rollbackSeconds,
    });
  }

  async run(text: string): Promise<string> {
    const { stdout, stderr } = await this.tell(text);
    return stdout + stderr;
  }

  private tell(text: string): Promise<ExecResult> {
    return this.host.exec([...this.shell, "-s", "--", "198.51.100.99 1 22"], { input: text });
  }

  apply(policy: PolicyArgs | undefined, how: Applying = {}): Promise<string> {
    return this.run(this.applyText(policy, how));
  }

  confirm(): Promise<string> {
    return this.run(this.text("confirm"));
  }

  abort(): Promise<string> {
    return this.run(this.text("abort"));
  }

  /** As the loader runs at boot, and after other firewall services. */
  async boot(): Promise<number> {
    return (await this.host.exec([...this.shell, "/etc/portknock/load.sh"])).code;
  }

  /** Makes a door that is confirmed. */
  async make(policy: PolicyArgs | undefined): Promise<void> {
    const said = [await this.apply(policy), await this.confirm()];
    if (!said[0]?.includes("\napplied\n") || !/^persistence none$/m.test(said[1] ?? ""))
      throw new Error(said.join("\n"));
  }

  /** A list of the door's. */
  list(name: string, family: 4 | 6 = 4): string {
    return `/proc/net/xt_recent/pk${family}-${this.identity.id}-${name}`;
  }

  /** Whether the transaction's files are still there. */
  async isPending(): Promise<boolean> {
    return (await this.host.exec(["test", "-e", "/run/portknock"])).code === 0;
  }
}
