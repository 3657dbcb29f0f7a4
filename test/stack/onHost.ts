import { readAnswer } from "../../provider/host/answer";
import type { AnsweringScript, ScriptError } from "../../provider/host/protocol";
import { digits, LEFT_BEHIND, SERVICES, script, type Variables } from "../../provider/host/script";
import type { PolicyArgs } from "../../provider/policy/types";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { renderDocument } from "../../provider/rules/iptables/render";
import type { Host } from "../lab/lab";
import { complete } from "../policy/complete";

const NONCE = "0123456789abcdef";

/** What a script said, as far as these tests ask for it. */
interface Answer {
  error?: ScriptError;
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
  ) {}

  private get variables(): Variables {
    return {
      TX: `${this.name}${this.tx}`,
      ID: identify(this.name, this.host.ipv4).id,
      OWNER: this.name,
      TIME_SECONDS: 60,
      WANTED: digits(complete(this.policy).families),
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
      ...("outcome" in answer && { outcome: answer.outcome }),
      ...("reading" in answer && answer.reading.kind === "unread" && { unread: answer.reading.error.text }),
    };
  }

  apply(): Promise<Answer> {
    const ruleset = compile(complete(this.policy), identify(this.name, this.host.ipv4));
    return this.change(renderDocument(ruleset, "ipv4"), renderDocument(ruleset, "ipv6"));
  }

  takeAway(): Promise<Answer> {
    return this.change("", "");
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

  private change(document4: string, document6: string): Promise<Answer> {
    this.tx++;
    const timer = { ROLLBACK_SECONDS: this.rollbackSeconds };
    const rollback = script("rollback", { NONCE: "", ...this.variables, WANTED: "", ...timer });
    return this.run("apply", {
      ...timer,
      PATIENCE_SECONDS: 1,
      DOCUMENT4: document4,
      DOCUMENT6: document6,
      FRESH: "",
      ROLLBACK: rollback,
      ...LEFT_BEHIND,
    });
  }
}
