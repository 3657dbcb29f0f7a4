import { PortKnockError } from "../errors";
import { REFUSED } from "../knock/dial";
import { RESET_BY_OTHERS } from "../knock/shut";
import type { Connection, Login } from "../policy/connection";
import { causeOf } from "../util/cause";

/** The connection to the bastion failed, so the error describes the bastion, not the host. */
export class BastionUnreachable extends Error {
  constructor(
    readonly proxy: Login,
    cause: unknown,
  ) {
    super(messageOf(cause), { cause });
  }
}

/** The tries so far. */
export interface Attempts {
  readonly connection: Connection;
  readonly tries: number;
  /** The names of the knocks that were sent. */
  readonly knocked: ReadonlySet<string>;
  /** Whether each try was refused. */
  readonly isRefused: boolean;
  /** The error of the last try. */
  readonly last: unknown;
  /** As of HostAccess (enter.ts). */
  readonly remedy: string | undefined;
  readonly hints: string | undefined;
}

/** For a host without a door of this stack on its SSH port. */
const IF_UNGUARDED =
  "check that the host is up and reachable from here; if a door of another stack guards its SSH port, or one of this stack that changed since this one did, give that door's sequence as connection.knock; if this `up` also removes the door there, let that be an `up` of its own.";

/** Its knocks are not among those that the error lists. */
const IF_BASTION_GUARDED =
  "If a door guards the bastion's SSH port, give its sequence as connection.proxy.knock.";

/** Tries at a port that refuses, within 1.5 s: sshd may be starting, or a knock may be lost. */
const REFUSED_TRIES = 4;

/** No name server answers (getaddrinfo(3)). Each try waits for that. */
export const UNANSWERED = "EAI_AGAIN";
const UNANSWERED_TRIES = 3;

/** The default. A user who asks for more tries is willing to wait. */
const USUAL_TRIES = 10;

/** Whether another try cannot help: the name does not exist, or the port has refused every try. */
export function isHopeless({ connection, tries, isRefused, last }: Attempts): boolean {
  if (codeOf(last) === "ENOTFOUND") return true;
  if (codeOf(last) === UNANSWERED) return tries >= UNANSWERED_TRIES;
  const isPatient = connection.dialErrorLimit > USUAL_TRIES;
  return isRefused && !isPatient && tries >= REFUSED_TRIES;
}

/** @param tookMs the duration of all tries together. */
export function unreachable(attempts: Attempts, tookMs: number): PortKnockError {
  const { connection, tries, knocked, last, hints } = attempts;
  const isBastion = last instanceof BastionUnreachable;
  const remedy = isBastion ? undefined : attempts.remedy;
  const { host, port } = isBastion ? last.proxy : connection;
  const path = isBastion ? "connection.proxy" : "connection";
  const noun = isBastion ? "bastion" : "host";
  const by = connection.proxy && !isBastion ? ` through ${connection.proxy.host}` : "";
  const tried = `in ${tries} ${tries === 1 ? "try" : "tries"}`;
  const knocks =
    knocked.size === 0 ? "nothing, since no door on its SSH port is known" : [...knocked].join(", ");
  const took = `${tried} and ${Math.round(tookMs / 1000)} s`;
  const ifKnocked = knocked.size > 0 ? ` Check also ${RESET_BY_OTHERS}.` : "";
  const further = isBastion ? ` ${IF_BASTION_GUARDED}` : ifKnocked;
  const error = (reason: string, toDo: string, cause?: unknown) =>
    new PortKnockError("unreachable", reason, {
      host,
      phase: isBastion ? "connecting to the bastion" : "connecting",
      hostState: "unchanged",
      remedy: toDo,
      cause,
    });
  switch (codeOf(last)) {
    case "ENOTFOUND":
      return error(`the name of the ${noun} does not exist in DNS`, `check ${path}.host.`);
    case UNANSWERED:
      return error(
        `DNS does not answer for the name of the ${noun}, ${tried}`,
        `check the name servers of ${by === "" ? "this machine" : "the bastion"}, or give an address as ${path}.host.`,
      );
    case REFUSED:
      return error(
        `port ${port} refuses connections${by}, ${tried}: nothing listens there, or a firewall rejects it${isBastion ? "" : `; knocked: ${knocks}`}`,
        remedy ??
          (isBastion || hints === undefined
            ? `check ${path}.port, and that sshd runs on the ${noun}.${further}`
            : `${hints} The connection is refused: check that sshd listens on connection.port.${further}`),
      );
  }
  return error(
    isBastion
      ? `no SSH connection to the bastion's port ${port} ${took}`
      : `no SSH connection to port ${port}${by} ${took}; knocked: ${knocks}`,
    remedy ??
      (isBastion
        ? `check that the bastion is up and reachable from here, and connection.proxy.${further}`
        : `${hints ?? IF_UNGUARDED}${further}`),
    reasonOf(last),
  );
}

/** The last try's error, as an error with a message that is safe to show. */
export function reasonOf(last: unknown): unknown {
  if (last instanceof BastionUnreachable)
    return last.cause === undefined ? causeOf(last) : reasonOf(last.cause);
  if (!(last instanceof PortKnockError)) return causeOf(last);
  return last.details.cause ?? new Error(last.reason, { cause: last });
}

/** Node's error code, such as ECONNREFUSED. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof BastionUnreachable) return codeOf(error.cause);
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
