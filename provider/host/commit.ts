import { randomBytes } from "node:crypto";
import { PortKnockError } from "../errors";
import type { Sequence } from "../policy/types";
import type { Observed } from "../rules/compare";
import type { Identity, Ruleset } from "../rules/ir";
import { renderDocument } from "../rules/recent/render";
import { type Entrance, enter } from "./enter";
import { execute, type Phase } from "./execute";
import { script } from "./script";
import type { Session } from "./ssh";

/** A change of one door's rules. */
export interface Change {
  /** How to get in as the host is now. */
  readonly before: Entrance;
  /** How to get in once the change was made. */
  readonly knocksAfter: () => readonly Sequence[];
  readonly identity: Identity;
  /** The rules to load; undefined takes the door away. */
  readonly ruleset: Ruleset | undefined;
  /** Seconds after which the host goes back by itself unless the change was confirmed. */
  readonly rollbackAfterSeconds: number;
  /** Whether these rules are what the change asks for. */
  readonly isDone: (observed: Observed) => boolean;
  readonly scrub: (text: string) => string;
}

/** What the host holds after a confirmed change. */
export interface Committed {
  readonly observed: Observed;
  /** The host's key as in a .pub file. */
  readonly hostKey: string;
}

/** A script's own work takes well under a second; waiting for another apply is added where it may happen. */
const SCRIPT_TIMEOUT_MS = 30_000;

/**
 * Changes a host commit-confirmed (RFC 6241, 8.4): the host arms a dead-man timer and loads the rules; only a fresh
 * connection, made through them, confirms. Whatever fails before that, here or there, the host goes back by itself.
 * @throws PortKnockError that says in which state the host is.
 */
export async function commit(change: Change): Promise<Committed> {
  const { before, knocksAfter, rollbackAfterSeconds } = change;
  const tx = randomBytes(8).toString("hex");
  const first = await enter(before);
  try {
    await load(first, change, tx);
    const armed = Date.now();
    let second: Session | undefined;
    try {
      const deadlineMs = Math.max(rollbackAfterSeconds * 1000 - 5_000, 5_000);
      second = await enter({ ...before, knocks: knocksAfter, recordedHostKey: keyText(first) }, deadlineMs);
      const { observed } = await execute(
        second,
        "confirm",
        { TX: tx },
        SCRIPT_TIMEOUT_MS,
        phase(change, "confirming"),
      );
      return { observed, hostKey: keyText(first) };
    } catch (error) {
      return await takeBack(first, change, tx, armed, error);
    } finally {
      second?.close();
    }
  } finally {
    first.close();
  }
}

/** Reads the owned rules without changing anything. */
export async function observe(entrance: Entrance, scrub: (text: string) => string): Promise<Committed> {
  const session = await enter(entrance);
  try {
    const { host } = entrance.connection;
    const reading: Phase = {
      host,
      phase: "reading",
      stateOnError: "unchanged",
      stateUnknown: "unchanged",
      scrub,
    };
    const { observed } = await execute(session, "observe", {}, SCRIPT_TIMEOUT_MS, reading);
    return { observed, hostKey: keyText(session) };
  } finally {
    session.close();
  }
}

async function load(session: Session, change: Change, tx: string): Promise<void> {
  const { identity, ruleset, rollbackAfterSeconds } = change;
  const timer = { TX: tx, ID: identity.id, ROLLBACK_SECONDS: rollbackAfterSeconds };
  const variables = {
    ...timer,
    OWNER: identity.owner,
    PATIENCE_SECONDS: rollbackAfterSeconds + 10,
    DOCUMENT4: ruleset ? renderDocument(ruleset, "ipv4") : "",
    DOCUMENT6: ruleset ? renderDocument(ruleset, "ipv6") : "",
    ROLLBACK: script("rollback", { NONCE: "", ...timer }),
  };
  await execute(
    session,
    "apply",
    variables,
    SCRIPT_TIMEOUT_MS + variables.PATIENCE_SECONDS * 1000,
    phase(change, ruleset ? "applying" : "removing"),
  );
}

/**
 * Nobody got through the new rules, or nobody saw that someone did: takes them back by the connection that is still
 * open, else leaves it to the timer. Resolves where the confirm had reached the host after all.
 */
async function takeBack(
  session: Session,
  change: Change,
  tx: string,
  armedAt: number,
  reason: unknown,
): Promise<Committed> {
  const leftSeconds = Math.max(0, Math.ceil(change.rollbackAfterSeconds - (Date.now() - armedAt) / 1000));
  const answer = await execute(
    session,
    "abort",
    { TX: tx },
    SCRIPT_TIMEOUT_MS,
    phase(change, "rolling back"),
  ).catch(() => undefined);
  if (answer?.words.includes("not pending") && change.isDone(answer.observed)) {
    return { observed: answer.observed, hostKey: keyText(session) };
  }
  const detail = reason instanceof PortKnockError ? `: ${reason.reason}` : "";
  throw new PortKnockError("not-confirmed", `no fresh connection confirmed the change${detail}`, {
    host: change.before.connection.host,
    phase: "confirming",
    hostState: answer ? "rolled back" : `will roll back by itself within ${leftSeconds} s`,
    cause: reason instanceof PortKnockError ? reason.details.cause : reason,
    remedy:
      change.ruleset === undefined
        ? "the host's own rules do not let SSH in; open its port there before the door goes."
        : "check that the knocks reach the host from here: no firewall on the way, no NAT that changes the address.",
  });
}

function phase(change: Change, name: string): Phase {
  return {
    host: change.before.connection.host,
    phase: name,
    stateOnError: "unchanged",
    stateUnknown: `unknown: it goes back by itself within ${change.rollbackAfterSeconds} s unless it was confirmed; see /run/portknock there, or run \`pulumi refresh\``,
    scrub: change.scrub,
  };
}

function keyText({ hostKey }: Session): string {
  return `${hostKey.type} ${hostKey.base64}`;
}
