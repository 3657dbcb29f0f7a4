import { randomBytes } from "node:crypto";
import { PortKnockError } from "../errors";
import { type Answer, hasBegun, readAnswer } from "./answer";
import { neverBegan, notStarted } from "./neverBegan";
import { type ScriptName, script, type Variables } from "./script";
import { NotStarted, type Session } from "./ssh/session";

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
 * @throws PortKnockError with the script's own error; `login` where it never began; `script` where its end was not seen.
 */
export async function execute(
  session: Session,
  name: ScriptName,
  variables: Variables,
  timeoutMs: number,
  { host, phase, stateOnError, stateUnknown, scrub }: Phase,
): Promise<Answer> {
  const nonce = randomBytes(8).toString("hex");
  const at: Phase = { host, phase, stateOnError, stateUnknown, scrub };
  const printed = await session
    .run(script(name, { NONCE: nonce, ...variables }), timeoutMs)
    .catch((cause: unknown) => {
      if (cause instanceof NotStarted) throw notStarted(cause, at);
      throw new PortKnockError("script", "the connection ended early", {
        host,
        phase,
        hostState: stateUnknown,
        cause,
      });
    });
  const answer = readAnswer(printed.stdout, nonce);
  if (answer === undefined) {
    if (!hasBegun(printed.stdout, nonce)) {
      const error = await neverBegan(session, printed, at);
      if (error) throw error;
    }
    const stderr = scrub(printed.stderr.trim().slice(0, 500));
    throw new PortKnockError("script", `the ${name} script did not run to its end: ${stderr}`, {
      host,
      phase,
      hostState: stateUnknown,
    });
  }
  if (answer.error) {
    const { code, text } = answer.error;
    throw new PortKnockError(code, scrub(text), { host, phase, hostState: stateOnError });
  }
  return answer;
}
