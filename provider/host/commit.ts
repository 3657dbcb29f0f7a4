import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { PortKnockError } from "../errors";
import type { Family } from "../policy/types";
import type { Observed } from "../rules/compare";
import type { Identity, Ruleset } from "../rules/ir";
import { renderDocument } from "../rules/recent/render";
import type { Answer, Persistence } from "./answer";
import { type Entrance, enter } from "./enter";
import { execute, type Phase } from "./execute";
import { withRemedy } from "./lacks";
import { type Probe, seeClosed, seeOpen, type Verified } from "./probe";
import { BOOT, digits, hostFile, script } from "./script";
import type { Session } from "./ssh/session";

/** A change of one door's rules. */
export interface Change {
  /** How to get in as the host is now. */
  readonly before: Entrance;
  /** How to get in once the change was made. */
  readonly knocksAfter: Entrance["knocks"];
  readonly identity: Identity;
  /** In which families it is, before or after: only their tables have to be readable on the host. */
  readonly families: readonly Family[];
  /** The rules to load; undefined takes the door away. */
  readonly ruleset: Ruleset | undefined;
  /** Names of tokens that the host has to make usable, since no earlier change of the door had them. */
  readonly fresh: readonly string[];
  /** Missing where nothing can be seen of the door from here. */
  readonly probe: Probe | undefined;
  /** Seconds after which the host goes back by itself unless the change was confirmed. */
  readonly rollbackAfterSeconds: number;
  /** Whether these rules are what the change asks for. */
  readonly isDone: (observed: Observed) => boolean;
  readonly scrub: (text: string) => string;
}

/** What the host holds, as its scripts report. */
export interface Held {
  readonly observed: Observed;
  readonly persistence: Persistence;
  readonly warnings: readonly string[];
  /** Why the rules could not be read back. Nothing is observed then. */
  readonly unread?: string;
  /** Lists of tokens that nobody has used; a family is missing where the host has no tables for it. */
  readonly unused: { readonly [F in Family]?: readonly string[] };
  /** The host's key as in a .pub file. */
  readonly hostKey: string;
}

/** A confirmed change. */
export interface Committed extends Held {
  /** Why the rules will not be there after the next reboot, though they should. */
  readonly unpersisted?: string;
  /** What was seen of the door from here. */
  readonly verified?: Verified;
}

/** A script's own work takes well under a second; waiting for another apply is added where it may happen. */
const SCRIPT_TIMEOUT_MS = 30_000;

/**
 * Changes a host commit-confirmed (RFC 6241, 8.4): the host arms a dead-man timer and loads the rules; only a fresh
 * connection, made through them, confirms. Whatever fails before that, here or there, the host goes back by itself.
 * @throws PortKnockError that says in which state the host is.
 */
export async function commit(change: Change): Promise<Committed> {
  const tx = randomBytes(8).toString("hex");
  const first = await enter(change.before);
  try {
    const client = await load(first, change, tx);
    const armed = performance.now();
    const probe = change.probe?.guardsAgainst(client) ? change.probe : undefined;
    return await confirm(first, change, tx, probe).catch((error: unknown) =>
      takeBack(first, change, tx, armed, error),
    );
  } finally {
    first.close();
  }
}

/** From here the new rules count: the door must be closed, open by the knock, and let a fresh connection in. */
async function confirm(
  first: Session,
  change: Change,
  tx: string,
  probe: Probe | undefined,
): Promise<Committed> {
  const { before, knocksAfter, rollbackAfterSeconds } = change;
  const silenceMs = Math.min(Math.max(4 * first.roundTripMs, 150), 2_000);
  const closed = probe && seeClosed(first.route, probe, silenceMs);
  // What was asked before the knock is dropped for good, unless it is asked again (RFC 6298: after a second) or overtaken.
  const headStartMs = silenceMs < 1_000 ? 0.5 * first.roundTripMs : silenceMs;
  if (closed) await Promise.race([closed, pause(headStartMs)]);
  const deadlineMs = Math.max(rollbackAfterSeconds * 1000 - 5_000, 5_000);
  const trust = { keys: [first.hostKey], source: "the connection before", revoked: [] };
  const second = await enter({ ...before, knocks: knocksAfter, trust }, deadlineMs);
  try {
    const closedBeforeKnock = await closed;
    const openAfterKnock =
      probe && (await seeOpen(second.route, probe, before.connection.port, 2_000).catch(() => false));
    const answer = await execute(
      second,
      "confirm",
      {
        ...{ TX: tx, ID: change.identity.id, WANTED: digits(change.families) },
        ...{ REVOKE: probe?.isOnSsh === false ? "yes" : "", ...BOOT },
      },
      SCRIPT_TIMEOUT_MS,
      phase(change, "confirming"),
    );
    return {
      ...heldIn(answer, second),
      ...unpersistedIn(answer, change),
      ...(closedBeforeKnock !== undefined &&
        openAfterKnock !== undefined && { verified: { closedBeforeKnock, openAfterKnock } }),
    };
  } finally {
    second.close();
  }
}

function heldIn({ observed, persistence, warnings, unread, unused }: Answer, session: Session): Held {
  const held = { observed, persistence, warnings, unused, hostKey: keyText(session) };
  return unread === undefined ? held : { ...held, unread };
}

function unpersistedIn({ words }: Answer, { scrub }: Change): Pick<Committed, "unpersisted"> {
  const reason = words.find((word) => word.startsWith("unpersisted "))?.slice("unpersisted ".length);
  return reason === undefined ? {} : { unpersisted: scrub(reason) };
}

/** Reads the owned rules without changing anything. */
export async function observe(
  entrance: Entrance,
  families: readonly Family[],
  scrub: (text: string) => string,
): Promise<Held> {
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
    const variables = { WANTED: digits(families) };
    return heldIn(await execute(session, "observe", variables, SCRIPT_TIMEOUT_MS, reading), session);
  } finally {
    session.close();
  }
}

/** Resolves with the address from which the host sees this side. */
async function load(session: Session, change: Change, tx: string): Promise<string> {
  const { identity, ruleset, fresh, rollbackAfterSeconds } = change;
  const timer = { TX: tx, ID: identity.id, ROLLBACK_SECONDS: rollbackAfterSeconds };
  const variables = {
    ...timer,
    OWNER: identity.owner,
    WANTED: digits(change.families),
    PATIENCE_SECONDS: rollbackAfterSeconds + 10,
    DOCUMENT4: ruleset ? renderDocument(ruleset, "ipv4") : "",
    DOCUMENT6: ruleset ? renderDocument(ruleset, "ipv6") : "",
    FRESH: fresh.join("\n"),
    ROLLBACK: script("rollback", { NONCE: "", ...timer, ...BOOT }),
    REMOVE: hostFile("remove.sh").trimEnd(),
  };
  const { words } = await execute(
    session,
    "apply",
    variables,
    SCRIPT_TIMEOUT_MS + variables.PATIENCE_SECONDS * 1000,
    phase(change, ruleset ? "applying" : "removing"),
  ).catch((error: unknown) => {
    throw withRemedy(error, ruleset);
  });
  return words.find((word) => word.startsWith("client "))?.slice("client ".length) ?? "";
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
  const leftSeconds = Math.max(
    0,
    Math.ceil(change.rollbackAfterSeconds - (performance.now() - armedAt) / 1000),
  );
  const answer = await execute(
    session,
    "abort",
    { TX: tx, WANTED: digits(change.families), ...BOOT },
    SCRIPT_TIMEOUT_MS,
    phase(change, "rolling back"),
  ).catch(() => undefined);
  const isRead = answer?.unread === undefined;
  const isOver = isRead && answer?.words.includes("not pending") && change.isDone(answer.observed);
  if (answer && (isOver || answer.words.includes("confirmed"))) {
    return { ...heldIn(answer, session), ...unpersistedIn(answer, change) };
  }
  const causes = (answer?.words ?? []).flatMap((word) => /^cause (.*)$/.exec(word)?.[1] ?? []);
  // Once it was asked to, the host may have confirmed, whatever came back.
  const isUnknown = reason instanceof PortKnockError && reason.code === "script";
  const detail = reason instanceof PortKnockError ? `: ${reason.reason}` : "";
  throw new PortKnockError("not-confirmed", `no fresh connection confirmed the change${detail}`, {
    host: change.before.connection.host,
    phase: "confirming",
    hostState: answer
      ? answer.words.includes("rolled back") || isRead
        ? "rolled back"
        : `unknown: ${answer.unread}`
      : isUnknown
        ? reason.details.hostState
        : `will roll back by itself within ${leftSeconds} s`,
    cause: reason instanceof PortKnockError ? reason.details.cause : reason,
    remedy:
      causes.length > 0
        ? `${causes.join("; ")}.`
        : reason instanceof PortKnockError && reason.code === "host-unfit"
          ? "mend that on the host, then run `pulumi up` again."
          : change.ruleset === undefined
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
