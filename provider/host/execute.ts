import { randomBytes } from "node:crypto";
import { PortKnockError } from "../errors";
import { type Answer, readAnswer } from "./answer";
import { say } from "./progress";
import { type ScriptName, script, type Variables } from "./script";
import type { Session } from "./ssh/session";

/** What an error of a script should say about where it happened. */
export interface Phase {
  readonly host: string;
  readonly phase: string;
  /** State of the host's firewall if the script says that it failed. */
  readonly stateOnError: string;
  /** State if the script's end was not seen. */
  readonly stateUnknown: string;
  /** Hides secrets in what the host's tools print. */
  readonly scrub: (text: string) => string;
}

/**
 * Runs one script on the host and reads its answer.
 * @throws PortKnockError with the script's own error, or `script` where its end was not seen.
 */
export async function execute(
  session: Session,
  name: ScriptName,
  variables: Variables,
  timeoutMs: number,
  { host, phase, stateOnError, stateUnknown, scrub }: Phase,
): Promise<Answer> {
  const nonce = randomBytes(8).toString("hex");
  const printed = await session
    .run(script(name, { NONCE: nonce, ...variables }), timeoutMs, sayWaiting(host, scrub))
    .catch((cause: unknown) => {
      throw new PortKnockError("script", "the connection ended early", {
        host,
        phase,
        hostState: stateUnknown,
        cause,
      });
    });
  const answer = readAnswer(printed.stdout, nonce);
  if (answer === undefined) {
    const stderr = scrub(printed.stderr.trim().slice(0, 500));
    const isSudo = /^sudo:/m.test(printed.stderr);
    throw new PortKnockError(
      isSudo ? "login" : "script",
      `the ${name} script did not run to its end: ${stderr}`,
      {
        host,
        phase,
        hostState: isSudo ? "unchanged" : stateUnknown,
        ...(isSudo && { remedy: "check connection.sudoPassword and the user's rights in sudoers." }),
      },
    );
  }
  if (answer.error) {
    const { code, text } = answer.error;
    throw new PortKnockError(code, scrub(text), { host, phase, hostState: stateOnError });
  }
  return answer;
}

/** Says once that a script waits for another apply, which it says itself. */
function sayWaiting(host: string, scrub: Phase["scrub"]): (stdout: string) => void {
  let isSaid = false;
  return (stdout) => {
    const [, owner] = /^waiting (.*)\n/m.exec(stdout) ?? [];
    if (isSaid || owner === undefined) return;
    isSaid = true;
    say(
      `${host} waits for an unconfirmed apply of ${scrub(owner)}: it is confirmed, or the host's timer takes it back`,
    );
  };
}
