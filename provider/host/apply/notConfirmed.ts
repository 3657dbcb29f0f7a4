import { PortKnockError } from "../../errors";

/** A change that was rolled back, or will be. */
interface UnconfirmedChange {
  readonly host: string;
  /** Whether it removes the door. */
  readonly isRemoval: boolean;
  readonly hostState: string;
  /** Why no fresh connection confirmed it. */
  readonly reason: unknown;
  /** Sentences about NAT rules that bring other packets to the door. */
  readonly diversions: readonly string[];
  /** What the host itself names as the cause. */
  readonly causes: readonly string[];
}

export function notConfirmed(change: UnconfirmedChange): PortKnockError {
  const { host, hostState, reason, diversions } = change;
  if (reason instanceof PortKnockError && reason.code === "bypassed") {
    return new PortKnockError("bypassed", reason.reason, { ...reason.details, hostState });
  }
  const detail = reason instanceof PortKnockError ? `: ${reason.reason}` : "";
  const nat = diversions.map((sentence) => `. ${sentence}`).join("");
  return new PortKnockError("not-confirmed", `no fresh connection confirmed the change${detail}${nat}`, {
    host,
    phase: "confirming",
    hostState,
    cause: reason instanceof PortKnockError ? reason.details.cause : reason,
    remedy: remedyFor(change),
  });
}

/** What the host itself names comes first. */
function remedyFor({ isRemoval, reason, diversions, causes }: UnconfirmedChange): string {
  if (causes.length > 0) return `${causes.join("; ")}.`;
  if (reason instanceof PortKnockError && reason.code === "host-unfit")
    return "mend that on the host, then run `pulumi up` again.";
  if (isRemoval) return "the host's own rules do not let SSH in; open its port there before the door goes.";
  if (diversions.length > 0) return "do as said of the NAT rule, then run `pulumi up` again.";
  return "check that the knocks reach the host from here: no firewall on the way, no NAT that changes the address.";
}
