import { PortKnockError } from "../errors";
import type { Phase } from "./execute";
import { exitScript } from "./script";
import { type NotStarted, type Printed, type Session, TURNED_AWAY } from "./ssh/session";
import { causeOf } from "./startCauses";

/**
 * Why the host did not run a script that never said that it began. Undefined where it may have run all the same, and a
 * startup file sends away what is printed.
 */
export async function neverBegan(
  session: Session,
  printed: Printed,
  phase: Phase,
): Promise<PortKnockError | undefined> {
  const words = `${printed.stderr}\n${printed.stdout}`;
  const cause = causeOf(words, printed.code);
  if (!cause.isProven && (await runsUnseen(session))) return undefined;
  const [, other = ""] = TURNED_AWAY.exec(printed.stdout) ?? [];
  const says = shortened(phase.scrub(words));
  const { user } = session;
  return failure(
    `${cause.reason(user)}; ${says === "" ? "it printed nothing" : `it printed: ${says}`}`,
    cause.remedy(user, shortened(other)),
    phase,
  );
}

/** The host opens no session at all, or takes no command. */
export function notStarted({ message }: NotStarted, phase: Phase): PortKnockError {
  return failure(
    `the host starts no command: ${shortened(message)}`,
    "let the user start one: see MaxSessions and ForceCommand in its sshd_config.",
    phase,
  );
}

/** No other script of ours ends with this code, and no shell by itself. */
const EXIT_CODE = 113;
const EXIT_TIMEOUT_MS = 10_000;

/** Whether a script runs of which nothing is seen: then one that only ends with a code does end with it. */
async function runsUnseen(session: Session): Promise<boolean> {
  try {
    return (await session.run(exitScript(EXIT_CODE), EXIT_TIMEOUT_MS)).code === EXIT_CODE;
  } catch {
    // Nothing is known, so nothing is claimed.
    return true;
  }
}

/** What a host printed, in one line that a terminal can show. */
function shortened(text: string): string {
  const line = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away.
    .replace(/\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|.)/g, "")
    .replace(/[^\x20-\x7e\u00a0-\ud7ff]+/g, " ")
    .replace(/ +/g, " ")
    .trim();
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line;
}

const MOST_CHARACTERS = 200;

function failure(reason: string, remedy: string, { host, phase, stateOnError }: Phase): PortKnockError {
  return new PortKnockError("login", reason, { host, phase, hostState: stateOnError, remedy });
}
