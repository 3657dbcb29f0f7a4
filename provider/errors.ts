import { causeOf } from "./util/cause";
import { plainText } from "./util/plainText";

/**
 * The kinds of errors, by what the user has to do: `unreachable` nothing answers, after all knocks and addresses were
 * tried · `login` the host refuses the credentials · `host-key` the host has another key than before · `host-unfit`
 * the host lacks a tool, a match or a right · `busy` another apply is pending · `conflict` another door has one of
 * the ports · `refused` the firewall refused the rules · `not-confirmed` the rules were loaded and taken back,
 * because no fresh connection got through · `bypassed` the rules are loaded, but the port is open without a knock ·
 * `not-as-applied` the host has other rules than it was given · `not-persisted` the next reboot may lose the rules ·
 * `knock` a packet could not be sent · `shut` the door did not open after the knock · `script` a script on the host
 * failed in an unexpected way.
 */
export type ErrorCode =
  | "unreachable"
  | "login"
  | "host-key"
  | "host-unfit"
  | "busy"
  | "conflict"
  | "refused"
  | "not-confirmed"
  | "bypassed"
  | "not-as-applied"
  | "not-persisted"
  | "knock"
  | "shut"
  | "script";

/** The context of an error: the host, the phase, and the state of the host's firewall. */
export interface ErrorDetails {
  readonly host: string;
  /** The phase of the work: "connecting", "applying", "confirming", … */
  readonly phase: string;
  /** A text of host/states.ts: "unchanged", "rolled back", "should roll back by itself within 60 s; …", … */
  readonly hostState: string;
  /** What to do next, if that is known. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** The only error class of this package. It contains no secret, and its texts and causes are safe to print. */
export class PortKnockError extends Error {
  override readonly name = "PortKnockError";
  readonly reason: string;
  readonly details: ErrorDetails;

  constructor(
    readonly code: ErrorCode,
    reason: string,
    details: ErrorDetails,
  ) {
    const cause = causeOf(details.cause);
    const plain = { ...plainDetails(details), ...(cause && { cause }) };
    const plainReason = plainText(reason, MOST_CHARACTERS);
    const { host, phase, hostState, remedy } = plain;
    const causeText = cause && !(cause instanceof PortKnockError) ? ` (${cause.message})` : "";
    const remedyText = remedy === undefined ? "" : ` What to do: ${remedy}`;
    super(
      `${host}, ${phase}: ${plainReason}${causeText}. Host's firewall: ${hostState}.${remedyText}`,
      cause && { cause },
    );
    this.reason = plainReason;
    this.details = plain;
  }
}

/** The limit for a text that a host can influence. */
const MOST_CHARACTERS = 2_000;

function plainDetails({ cause: _, ...texts }: ErrorDetails): Omit<ErrorDetails, "cause"> {
  const plain = Object.entries(texts).map(([name, text]) => [name, plainText(text, MOST_CHARACTERS)]);
  return Object.fromEntries(plain) as Omit<ErrorDetails, "cause">;
}
