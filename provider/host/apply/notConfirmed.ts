import { PortKnockError } from "../../errors";

/** The error for a change that was taken back, or will be. `isRemoval`: it was to take the door away. */
export function notConfirmed(
  host: string,
  isRemoval: boolean,
  hostState: string,
  reason: unknown,
  diversions: readonly string[],
  causes: readonly string[],
): PortKnockError {
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
    remedy: remedyFor(isRemoval, reason, diversions, causes),
  });
}

/** What the host named itself comes first. */
function remedyFor(
  isRemoval: boolean,
  reason: unknown,
  diversions: readonly string[],
  causes: readonly string[],
): string {
  if (causes.length > 0) return `${causes.join("; ")}.`;
  if (reason instanceof PortKnockError && reason.code === "host-unfit")
    return "mend that on the host, then run `pulumi up` again.";
  if (isRemoval) return "the host's own rules do not let SSH in; open its port there before the door goes.";
  if (diversions.length > 0) return "do as said of the NAT rule, then run `pulumi up` again.";
  return "check that the knocks reach the host from here: no firewall on the way, no NAT that changes the address.";
}
