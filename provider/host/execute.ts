import { randomBytes } from "node:crypto";
import { PortKnockError } from "../errors";
import type { Backend } from "../rules/backend";
import { causeOf } from "../util/cause";
import { plainText } from "../util/plainText";
import { hasBegun, readAnswer } from "./answer";
import { answerLimits } from "./answerLimits";
import { findObstacle, type Obstacle, refusedCommand } from "./apply/neverBegan";
import { printProgress } from "./progress";
import type { AnsweringScript, Answers, Refusal, Report, VariablesOf } from "./protocol";
import { script } from "./script";
import { LimitExceeded } from "./ssh/meter";
import { type Output, outputOf } from "./ssh/output";
import { NotStarted, type ScriptExit } from "./ssh/run";
import type { Session } from "./ssh/session";
import { type HostState, stateText } from "./states";

/** In this phase it is the host that says what it lacks for a door. */
export const APPLYING = "applying";

/** The phase of an apply, as errors of its scripts describe it. */
export interface Phase {
  readonly host: string;
  /** Whose rules the host reports. */
  readonly backends: readonly Backend[];
  readonly phase: string;
  /** State of the host's firewall if the script says that it failed. */
  readonly stateOnError: (refusal: Refusal) => HostState;
  /** State if this side did not see the script end. */
  readonly stateUnknown: HostState;
  /** Hides secrets in what the host's tools print. */
  readonly scrub: (text: string) => string;
}

/** The phase of a script that changes nothing. */
export function readingPhase(who: Pick<Phase, "host" | "backends" | "scrub">): Phase {
  const unchanged = { kind: "unchanged" } as const;
  return { ...who, phase: "reading", stateOnError: () => unchanged, stateUnknown: unchanged };
}

/** How a script ended. */
export type ScriptOutcome<Name extends AnsweringScript> =
  | { readonly kind: "answered"; readonly answer: Answers[Name] }
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly error: PortKnockError }
  /** This side did not see the script end, and does not know what it did. */
  | { readonly kind: "unseen"; readonly error: PortKnockError };

/** Runs one script on the host and reads its answer. */
export async function execute<Name extends AnsweringScript>(
  session: Session,
  name: Name,
  variables: VariablesOf<Name>,
  timeoutMs: number,
  { host, backends, phase, stateOnError, stateUnknown, scrub }: Phase,
): Promise<ScriptOutcome<Name>> {
  const nonce = randomBytes(8).toString("hex");
  const hostState = stateText(stateUnknown);
  const unseen = (reason: string, more: { readonly cause?: unknown; readonly remedy?: string } = {}) =>
    ({
      kind: "unseen",
      error: new PortKnockError("script", reason, { host, phase, hostState, ...more }),
    }) as const;
  /** The script did not begin. */
  const refused = ({ reason, remedy }: Obstacle) => {
    const refusal: Refusal = { code: "login", text: reason, earlier: "none", left: "nothing" };
    const details = { host, phase, hostState: stateText(stateOnError(refusal)), remedy };
    return { kind: "refused", refusal, error: new PortKnockError("login", reason, details) } as const;
  };
  const limited = ({ message, remedy }: LimitExceeded) => unseen(message, { remedy });
  const limit = answerLimits.answer[name === "status" ? "status" : "report"];
  const output = outputOf(`portknock begin ${nonce}`, `portknock end ${nonce}`, limit);
  let ended: ScriptExit;
  try {
    const heard = name === "apply" ? sayingWaits(output, host, scrub) : output;
    ended = await session.run(script(name, { NONCE: nonce, ...variables }), heard, timeoutMs);
  } catch (error) {
    if (error instanceof NotStarted) return refused(refusedCommand(error, scrub));
    return error instanceof LimitExceeded
      ? limited(error)
      : unseen("the connection ended early", { cause: causeOf(error, scrub) });
  }
  const printed = output.printed();
  const told = readAnswer(name, printed.stdout, nonce);
  switch (told.kind) {
    case "answered": {
      const report = reportIn(told.answer);
      const passed = report && exceededLimit(report, backends);
      return passed ? limited(passed) : told;
    }
    case "refused": {
      const { code, text } = told.refusal;
      const details = { host, phase, hostState: stateText(stateOnError(told.refusal)) };
      return { ...told, error: new PortKnockError(code, scrub(text), details) };
    }
    case "unreadable":
      return unseen(`the answer of the ${name} script cannot be read: ${scrub(told.reason)}`);
    case "unended": {
      const obstacle = hasBegun(printed.stdout, nonce)
        ? undefined
        : await findObstacle(session, { ...printed, ...ended }, scrub);
      if (obstacle) return refused(obstacle);
      const stderr = plainText(scrub(printed.stderr.trim()), 500);
      return unseen(`the ${name} script did not run to its end: ${stderr}`);
    }
  }
}

/** The answer of a script that did its work. @throws PortKnockError if it did not. */
export function answerOf<Name extends AnsweringScript>(ending: ScriptOutcome<Name>): Answers[Name] {
  if (ending.kind === "answered") return ending.answer;
  throw ending.error;
}

/** The part of an answer that describes the host's rules. */
function reportIn(answer: Answers[AnsweringScript]): Report | undefined {
  if ("observed" in answer) return answer;
  return "reading" in answer && answer.reading.kind === "read" ? answer.reading.report : undefined;
}

/** Warnings are stored and rules are compared, so both have limits of their own. */
function exceededLimit(
  { warnings, observed }: Report,
  backends: readonly Backend[],
): LimitExceeded | undefined {
  if (warnings.length > answerLimits.warnings) {
    return new LimitExceeded(`its answer has more than ${answerLimits.warnings} warnings`);
  }
  const sizes = backends.flatMap(({ doorSizes }) => doorSizes(observed));
  return sizes.some((lines) => lines > answerLimits.doorLines)
    ? new LimitExceeded(`its answer has more than ${answerLimits.doorLines} lines of one door`)
    : undefined;
}

/** Prints once that the script waits for another apply, when the script reports it. */
function sayingWaits(output: Output, host: string, scrub: Phase["scrub"]): Output {
  let isSaid = false;
  return {
    ...output,
    takeStdout(text) {
      const [, owner] = isSaid ? [] : (/^waiting (.+)$/m.exec(text) ?? []);
      if (owner !== undefined) {
        isSaid = true;
        printProgress(
          `${host} waits for an unconfirmed apply of ${plainText(scrub(owner), 200)}: it is confirmed, or the host's timer takes it back`,
        );
      }
      return output.takeStdout(text);
    },
  };
}
