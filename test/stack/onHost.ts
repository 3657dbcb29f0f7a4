import { BACKENDS, type BackendName } from "../../provider/door/backend";
import { readAnswer } from "../../provider/host/answer";
import type { AnsweringScript, Report, ScriptError } from "../../provider/host/protocol";
import { digits, LEFT_BEHIND, SERVICES, script, type Variables } from "../../provider/host/script";
import type { TokenList } from "../../provider/policy/tokens";
import type { PolicyArgs } from "../../provider/policy/types";
import { textFor } from "../../provider/rules/backend";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import type { Identity, Ruleset } from "../../provider/rules/ir";
import type { Host } from "../lab/lab";
import { complete } from "../policy/complete";

const NONCE = "0123456789abcdef";

/** What a script said, as far as these tests ask for it. */
interface Answer {
  error?: ScriptError;
  /** What it reports of the host, where it does. */
  report?: Report;
  /** Of an abort. */
  outcome?: string;
  /** Why it could not read the tables, where that is no error of its own. */
  unread?: string;
}

/** The scripts of one door, run on a host one by one, so that something can happen in between. */
export class Scripts {
  private tx = 0;

  constructor(
    private readonly host: Host,
    readonly policy: PolicyArgs,
    private readonly name = "door",
    private readonly rollbackSeconds = 60,
    readonly backend: BackendName = "iptables",
    private readonly tokens?: TokenList,
  ) {}

  get identity(): Identity {
    return identify(this.name, this.host.ipv4);
  }

  get ruleset(): Ruleset {
    return compile(complete(this.policy), this.identity, this.tokens ? { tokens: this.tokens } : {});
  }

  private get variables(): Variables {
    return {
      TX: `${this.name}${this.tx}`,
      ID: identify(this.name, this.host.ipv4).id,
      OWNER: this.name,
      TIME_SECONDS: 60,
      WANTED: digits(complete(this.policy).families),
      BACKEND: this.backend,
      ...SERVICES,
    };
  }

  async run(name: AnsweringScript, more: Variables = {}): Promise<Answer> {
    const input = script(name, { NONCE, ...this.variables, ...more });
    const { stdout, stderr } = await this.host.exec(["sh", "-c", "PATH=$PATH:/root/bin exec sh -s"], {
      input,
    });
    const told = readAnswer(name, stdout, NONCE);
    if (told.kind === "refused") return { error: told.refusal };
    if (told.kind !== "answered") throw new Error(`${name}: ${told.kind}: ${stdout}${stderr}`);
    const { answer } = told;
    return {
      ...("observed" in answer && { report: answer }),
      ...("reading" in answer && answer.reading.kind === "read" && { report: answer.reading.report }),
      ...("outcome" in answer && { outcome: answer.outcome }),
      ...("reading" in answer && answer.reading.kind === "unread" && { unread: answer.reading.error.text }),
    };
  }

  apply(more: Variables = {}): Promise<Answer> {
    const documents = BACKENDS[this.backend].documents(this.ruleset);
    return this.change(
      this.backend === "nftables"
        ? { DOCUMENTN: textFor(documents, "ipv4"), ...more }
        : { DOCUMENT4: textFor(documents, "ipv4"), DOCUMENT6: textFor(documents, "ipv6") },
    );
  }

  takeAway(): Promise<Answer> {
    return this.change({});
  }

  confirm(): Promise<Answer> {
    return this.run("confirm", { REVOKE: "" });
  }

  abort(): Promise<Answer> {
    return this.run("abort");
  }

  observe(): Promise<Answer> {
    return this.run("observe");
  }

  /** As the unit at boot does. Its exit code. */
  async boot(): Promise<number> {
    return (await this.host.exec(["sh", "/etc/portknock/load.sh"])).code;
  }

  private change(documents: Variables): Promise<Answer> {
    this.tx++;
    const timer = { ROLLBACK_SECONDS: this.rollbackSeconds };
    const own = { ...this.variables, WANTED: "", BACKEND: "", ...timer };
    return this.run("apply", {
      ...timer,
      PATIENCE_SECONDS: 1,
      ...{ DOCUMENT4: "", DOCUMENT6: "", DOCUMENTN: "", MARK: "", MANAGE_MARK: "" },
      ...documents,
      FRESH: (this.tokens?.tokens.map(({ name }) => name) ?? []).join("\n"),
      ROLLBACK: script("rollback", { NONCE: "", ...own }),
      ...LEFT_BEHIND,
    });
  }
}
