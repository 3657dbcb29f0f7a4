import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { PortKnockError } from "../errors";
import type { Family } from "../policy/types";
import type { Observed } from "../rules/compare";
import type { Identity, Ruleset } from "../rules/ir";
import { renderDocument } from "../rules/recent/render";
import type { Answer, Persistence } from "./answer";
import { recheck, seeClosedAgain } from "./bypass";
import { type Entrance, enter } from "./enter";
import { execute, type Phase } from "./execute";
import { notConfirmed } from "./notConfirmed";
import { type Probe, type Seen, seeClosed, seeOpen, type Verified } from "./probe";
import { hostFile, script } from "./script";
import type { Session } from "./ssh/session";

/** A change of one door's rules. */
export interface Change {
  /** How to get in as the host is now. */
  readonly before: Entrance;
  /** How to get in once the change was made. */
  readonly knocksAfter: Entrance["knocks"];
  readonly identity: Identity;
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
    const closedBeforeKnock = probe && (await closedOrThrow(first, change, probe, await closed));
    const openAfterKnock =
      probe && (await seeOpen(second.route, probe, before.connection.port, 2_000).catch(() => false));
    const answer = await execute(
      second,
      "confirm",
      { TX: tx, ID: change.identity.id, REVOKE: probe?.isOnSsh === false ? "yes" : "", ...BOOT },
      SCRIPT_TIMEOUT_MS,
      phase(change, "confirming"),
    );
    return {
      ...heldIn(answer, second, change.scrub),
      ...unpersistedIn(answer, change),
      ...(closedBeforeKnock !== undefined &&
        openAfterKnock !== undefined && { verified: { closedBeforeKnock, openAfterKnock } }),
    };
  } finally {
    second.close();
  }
}

/** Whether the door was closed; undefined where that cannot be told. */
async function closedOrThrow(
  first: Session,
  change: Change,
  probe: Probe,
  seen: Seen | undefined,
): Promise<boolean | undefined> {
  if (seen === undefined || seen.open.length === 0) return seen?.isClosed;
  return seeClosedAgain(first, change.identity.id, probe, phase(change, "confirming"));
}

function heldIn(answer: Answer, session: Session, scrub: Change["scrub"]): Held {
  const { observed, persistence, unused } = answer;
  // They may show rules that are not ours.
  return { observed, persistence, warnings: answer.warnings.map(scrub), unused, hostKey: keyText(session) };
}

function unpersistedIn({ words }: Answer, { scrub }: Change): Pick<Committed, "unpersisted"> {
  const reason = words.find((word) => word.startsWith("unpersisted "))?.slice("unpersisted ".length);
  return reason === undefined ? {} : { unpersisted: scrub(reason) };
}

/** What is stored on the host for its next boot, once the change is confirmed. */
const BOOT = {
  BOOT: script("boot", { NONCE: "" }),
  UNIT: hostFile("portknock.service").trimEnd(),
  UNIT_AGAIN: hostFile("portknock-again.service").trimEnd(),
  SERVICE: hostFile("openrc.sh").trimEnd(),
};

/** Reads the owned rules without changing anything. */
export async function observe(
  entrance: Entrance,
  { id }: Identity,
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
    return heldIn(await execute(session, "observe", { ID: id }, SCRIPT_TIMEOUT_MS, reading), session, scrub);
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
    PATIENCE_SECONDS: rollbackAfterSeconds + 10,
    DOCUMENT4: ruleset ? renderDocument(ruleset, "ipv4") : "",
    DOCUMENT6: ruleset ? renderDocument(ruleset, "ipv6") : "",
    FRESH: fresh.join("\n"),
    ROLLBACK: script("rollback", { NONCE: "", ...timer, ...BOOT }),
  };
  const { words } = await execute(
    session,
    "apply",
    variables,
    SCRIPT_TIMEOUT_MS + variables.PATIENCE_SECONDS * 1000,
    phase(change, ruleset ? "applying" : "removing"),
  );
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
  const isShutOut = change.ruleset && reason instanceof PortKnockError && reason.code === "unreachable";
  // While the rules are there: which NAT rules meet them.
  const told = isShutOut
    ? await recheck(session, change.identity.id, phase(change, "rolling back")).catch(() => undefined)
    : undefined;
  const answer = await execute(
    session,
    "abort",
    { TX: tx, ID: change.identity.id, ...BOOT },
    SCRIPT_TIMEOUT_MS,
    phase(change, "rolling back"),
  ).catch(() => undefined);
  const isOver = answer?.words.includes("not pending") && change.isDone(answer.observed);
  if (answer && (isOver || answer.words.includes("confirmed"))) {
    return { ...heldIn(answer, session, change.scrub), ...unpersistedIn(answer, change) };
  }
  // Once it was asked to, the host may have confirmed, whatever came back.
  const isUnknown = reason instanceof PortKnockError && reason.code === "script";
  const hostState = answer
    ? "rolled back"
    : isUnknown
      ? reason.details.hostState
      : `will roll back by itself within ${leftSeconds} s`;
  const { host } = change.before.connection;
  throw notConfirmed(host, change.ruleset === undefined, hostState, reason, told?.toDoor ?? []);
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
