import { PortKnockError } from "../errors";

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
    remedy:
      causes.length > 0
        ? `${causes.join("; ")}.`
        : reason instanceof PortKnockError && reason.code === "host-unfit"
          ? "mend that on the host, then run `pulumi up` again."
          : isRemoval
            ? "the host's own rules do not let SSH in; open its port there before the door goes."
            : diversions.length > 0
              ? "do as said of the NAT rule, then run `pulumi up` again."
              : "check that the knocks reach the host from here: no firewall on the way, no NAT that changes the address.",
  });
}
