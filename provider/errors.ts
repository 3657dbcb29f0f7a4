import { causeOf } from "./util/cause";
import { plainText } from "./util/plainText";

/**
 * What can go wrong, by what the user has to do about it:
 * `unreachable` nothing answers, or every knock and address was tried · `login` the host refuses the credentials ·
 * `host-key` the host is not who it was · `host-unfit` a tool, match or right is missing there · `busy` another apply is
 * pending · `conflict` another door has one of the ports · `refused` the firewall did not take the rules ·
 * `not-confirmed` the rules were loaded, and taken back since no fresh connection got through them ·
 * `bypassed` the door is loaded, and the port is open without a knock ·
 * `not-as-applied` the host holds other rules than it was given · `not-persisted` it holds them until its next reboot ·
 * `knock` a packet could not be sent · `shut` the door did not open to the knock ·
 * `script` the host's half ended in a way that it should not.
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

/** Where it stands: `what went wrong` on `host`, and in what state that leaves the host's firewall. */
export interface ErrorDetails {
  readonly host: string;
  /** What was being done: "connecting", "applying", "confirming", … */
  readonly phase: string;
  /** As host/states.ts says it: "unchanged", "rolled back", "should roll back by itself within 60 s; …", … */
  readonly hostState: string;
  /** What to do next, where that is known. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** The one error of this package. It holds no secret, and is plain text whatever a host has said, as are its causes. */
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

/** Of a text in which a host has a say. */
const MOST_CHARACTERS = 2_000;

function plainDetails({ cause: _, ...texts }: ErrorDetails): Omit<ErrorDetails, "cause"> {
  const plain = Object.entries(texts).map(([name, text]) => [name, plainText(text, MOST_CHARACTERS)]);
  return Object.fromEntries(plain) as Omit<ErrorDetails, "cause">;
}
