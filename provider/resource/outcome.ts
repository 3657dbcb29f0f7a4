import type { Door } from "../door/door";
import { PortKnockError } from "../errors";
import type { ConfirmedChange } from "../host/apply/change";
import { stateText } from "../host/states";

/** The host does not hold what it was given. */
export function notAsApplied(door: Door): PortKnockError {
  return new PortKnockError("not-as-applied", "the host holds other rules than it was given", {
    host: door.connection.host,
    phase: "reading back",
    hostState: stateText({ kind: "applied, not as asked" }),
    remedy: "look at the rules in the diff of the next preview; `pulumi up` repairs them.",
  });
}

/** Whether an `up` must store the rules for the next boot, or report that it cannot. */
export function isUnstored(persistence: unknown, onUnpersisted: unknown): boolean {
  return persistence === "stale" || (persistence === "read-only" && onUnpersisted !== "warn");
}

/** What the door asks for and its firewall cannot do, where `check` did not know which one it is in. */
export function unsupported({ backend, connection, policy }: Door): PortKnockError | undefined {
  const failures = backend.unsupported(policy);
  if (failures.length === 0) return undefined;
  return new PortKnockError(
    "host-unfit",
    failures.map(({ property, reason }) => `${property}: ${reason}`).join("; "),
    {
      ...{ host: connection.host, phase: "compiling", hostState: stateText({ kind: "unchanged" }) },
      remedy: `the door is in ${backend.name}: change the field, or name another firewall as \`backend\`.`,
    },
  );
}

/** The rules are not stored for the next boot. Undefined where they are. */
export function unpersisted(
  door: Door,
  { unpersisted: reason }: ConfirmedChange,
): PortKnockError | undefined {
  if (reason === undefined) return undefined;
  return new PortKnockError("not-persisted", `the change could not be stored for the next boot: ${reason}`, {
    host: door.connection.host,
    phase: "persisting",
    hostState: stateText({ kind: "applied, not persisted" }),
    remedy: /read-only/i.test(reason)
      ? 'make /etc writable there and run `pulumi up` again, or set onUnpersisted: "warn" and have a `pulumi up --refresh` follow each boot.'
      : "make room for /etc/portknock there, then run `pulumi up` again.",
  });
}
