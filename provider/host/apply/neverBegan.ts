import { randomBytes } from "node:crypto";
import { plainText } from "../../util/plainText";
import { answerLimits } from "../answerLimits";
import { exitScript } from "../script";
import { outputOf } from "../ssh/output";
import { type NotStarted, OTHER_USER_NOTICE, type ScriptExit } from "../ssh/run";
import type { Session } from "../ssh/session";
import { PROMPT } from "../ssh/sudo";
import { startCauseOf } from "./startCauses";

/** Why a host ran nothing, and what to do about it. */
export interface Obstacle {
  readonly reason: string;
  readonly remedy: string;
}

/** What the host printed instead of an answer. */
export interface PrintedOutput extends ScriptExit {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Why the host did not run a script that never printed its begin mark. `undefined`: it may have run, with its output redirected
 * by a startup file.
 */
export async function findObstacle(
  session: Session,
  { stdout, stderr, code }: PrintedOutput,
  scrub: (text: string) => string,
): Promise<Obstacle | undefined> {
  const words = [stderr.replaceAll(PROMPT, ""), stdout]
    .map((text) => text.slice(0, READ_CHARACTERS))
    .join("\n");
  const cause = startCauseOf(words, code);
  if (!cause.isProven && (await runsUnseen(session))) return undefined;
  const [, other = ""] = OTHER_USER_NOTICE.exec(words) ?? [];
  const says = shortened(scrub(words));
  const { user } = session;
  return {
    reason: `${cause.reason(user)}; ${says === "" ? "it printed nothing" : `it printed: ${says}`}`,
    remedy: cause.remedy(user, shortened(scrub(other))),
  };
}

/** The host opens no session at all, or takes no command. */
export function refusedCommand({ message }: NotStarted, scrub: (text: string) => string): Obstacle {
  return {
    reason: `the host starts no command: ${shortened(scrub(message))}`,
    remedy: "let the user start one: see MaxSessions and ForceCommand in its sshd_config.",
  };
}

/** Neither our other scripts nor a shell end with this code. */
const EXIT_CODE = 113;
const EXIT_TIMEOUT_MS = 10_000;

/** Whether the host runs scripts and hides their output. Then a script that only exits returns its code. */
async function runsUnseen(session: Session): Promise<boolean> {
  const never = randomBytes(8).toString("hex");
  const output = outputOf(never, never, answerLimits.answer.report);
  try {
    return (await session.run(exitScript(EXIT_CODE), output, EXIT_TIMEOUT_MS)).code === EXIT_CODE;
  } catch {
    // Unknown: do not claim that the script did not run.
    return true;
  }
}

/** The part of each stream that is searched for a cause. */
const READ_CHARACTERS = 4_096;
const SHOWN_CHARACTERS = 200;

/** What a host printed, in one line, without colours. */
function shortened(text: string): string {
  const line = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away.
    .replace(/\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|.)/g, "")
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
  return plainText(line, SHOWN_CHARACTERS);
}
