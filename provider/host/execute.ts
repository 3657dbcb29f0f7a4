import { randomBytes } from "node:crypto";
import { PortKnockError } from "../errors";
import { doorIdOf } from "../rules/compare";
import { groupBy } from "../rules/group";
import { type Answer, readAnswer } from "./answer";
import { answerLimits } from "./answerLimits";
import { type ScriptName, script, type Variables } from "./script";
import { LimitPassed } from "./ssh/meter";
import { outputOf } from "./ssh/output";
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
  const limit = answerLimits.answer[name === "status" ? "status" : "report"];
  const output = outputOf(`portknock begin ${nonce}`, `portknock end ${nonce}`, limit);
  const failure = (cause: unknown) => {
    const details = { host, phase, hostState: stateUnknown };
    return cause instanceof LimitPassed
      ? new PortKnockError("script", cause.message, { ...details, remedy: cause.remedy })
      : new PortKnockError("script", "the connection ended early", { ...details, cause });
  };
  await session
    .run(script(name, { NONCE: nonce, ...variables }), output, timeoutMs)
    .catch((cause: unknown) => {
      throw failure(cause);
    });
  const printed = output.printed();
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
  const passed = passedBy(answer);
  if (passed) throw failure(passed);
  if (answer.error) {
    const { code, text } = answer.error;
    throw new PortKnockError(code, scrub(text), { host, phase, hostState: stateOnError });
  }
  return answer;
}

/** What is kept, or compared, has limits of its own. */
function passedBy({ warnings, observed }: Answer): LimitPassed | undefined {
  if (warnings.length > answerLimits.warnings) {
    return new LimitPassed(`its answer has more than ${answerLimits.warnings} warnings`);
  }
  const doors = [observed.ipv4 ?? [], observed.ipv6 ?? []].flatMap((lines) => [
    ...groupBy(lines, doorIdOf).values(),
  ]);
  return doors.some(({ length }) => length > answerLimits.doorLines)
    ? new LimitPassed(`its answer has more than ${answerLimits.doorLines} lines of one door`)
    : undefined;
}
