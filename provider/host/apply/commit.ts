import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { PortKnockError } from "../../errors";
import { knockAndConnect } from "../enter";
import { APPLYING, execute, type Phase, type ScriptOutcome } from "../execute";
import { digits, LEFT_BEHIND, SERVICES, script } from "../script";
import type { Session } from "../ssh/session";
import { type HostState, stateAfterApply, stateText } from "../states";
import type { Trust } from "../trust";
import { isKept, stateAfterAbort } from "./aborted";
import { probeClosedAgain, recheck } from "./bypass";
import { type Change, type ConfirmedChange, confirmedChangeIn } from "./change";
import { documentsIn } from "./documents";
import { notConfirmed } from "./notConfirmed";
import { type PortState, type Probe, type ProbeResult, probeClosed, probeOpen } from "./probe";
import { SCRIPT_TIMEOUT_MS } from "./snapshot";

/** Seconds for a script that must change nothing once it is given up here: its own begin when it has come over a slow path. */
function scriptSeconds(timeoutMs: number): number {
  return timeoutMs / 1000 - 10;
}

/**
 * Changes a host commit-confirmed (RFC 6241, 8.4): the host arms a dead-man timer and loads the rules; only a fresh
 * connection, made through them, confirms. Whatever fails before that, here or there, the host goes back by itself.
 * @throws PortKnockError that says in which state the host is.
 */
export async function commit(change: Change): Promise<ConfirmedChange> {
  const tx = randomBytes(8).toString("hex");
  const first = await knockAndConnect(change.before);
  try {
    const client = await load(first, change, tx);
    const armed = performance.now();
    const probe = change.probe?.guardsAgainst(client) ? change.probe : undefined;
    const { ending, ...seen } = await confirm(first, change, tx, probe).catch((error: unknown) => ({
      ending: { kind: "not asked", error } as const,
    }));
    if (ending.kind !== "answered") return await rollBack(first, change, tx, armed, ending);
    return { ...confirmedChangeIn(ending.answer, change, first), ...seen };
  } finally {
    first.close();
  }
}

/** How the confirm ended; `not asked`: no fresh connection came through the new rules. */
type Confirming = ScriptOutcome<"confirm"> | { readonly kind: "not asked"; readonly error: unknown };

/** From here the new rules count: the door must be closed, open by the knock, and let a fresh connection in. */
async function confirm(
  first: Session,
  change: Change,
  tx: string,
  probe: Probe | undefined,
): Promise<{ readonly ending: ScriptOutcome<"confirm">; readonly verified?: ProbeResult }> {
  const { before, after, rollbackAfterSeconds } = change;
  const silenceMs = Math.min(Math.max(4 * first.roundTripMs, 150), 2_000);
  const closed = probe && probeClosed(first.route, probe, silenceMs);
  // What was asked before the knock is dropped for good, unless it is asked again (RFC 6298: after a second) or overtaken.
  const headStartMs = silenceMs < 1_000 ? 0.5 * first.roundTripMs : silenceMs;
  if (closed) await Promise.race([closed, pause(headStartMs)]);
  const deadlineMs = Math.max(rollbackAfterSeconds * 1000 - 5_000, 5_000);
  const trust: Trust = {
    ...{ keys: [first.hostKey], source: "the connection before", revoked: [] },
    field: "connection.hostKey",
  };
  const { token: _, ...access } = before;
  const second = await knockAndConnect({ ...access, ...after, trust }, deadlineMs);
  try {
    const closedBeforeKnock = probe && (await closedOrThrow(first, change, probe, await closed));
    const openAfterKnock =
      probe && (await probeOpen(second.route, probe, before.connection.port, 2_000).catch(() => false));
    const ending = await execute(
      second,
      "confirm",
      {
        ...{ TX: tx, ID: change.identity.id, WANTED: digits(change.families), BACKEND: change.backend.name },
        ...{ REVOKE: probe?.isOnSsh === false ? "yes" : "", ...SERVICES },
        TIME_SECONDS: scriptSeconds(SCRIPT_TIMEOUT_MS),
      },
      SCRIPT_TIMEOUT_MS,
      // What becomes of the change is only known once it was to be taken back.
      phase(change, "confirming", () => pendingFor(rollbackAfterSeconds)),
    );
    return {
      ending,
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
  seen: PortState | undefined,
): Promise<boolean | undefined> {
  if (seen === undefined || seen.open.length === 0) return seen?.isClosed;
  const confirming = phase(change, "confirming", () => pendingFor(change.rollbackAfterSeconds));
  return probeClosedAgain(first, change.identity.id, probe, confirming, change.backend.waysPast);
}

function pendingFor(seconds: number): HostState {
  return { kind: "pending", seconds };
}

/** Resolves with the address from which the host sees this side. */
async function load(session: Session, change: Change, tx: string): Promise<string> {
  const { identity, ruleset, fresh, rollbackAfterSeconds } = change;
  const timer = { TX: tx, ID: identity.id, ROLLBACK_SECONDS: rollbackAfterSeconds };
  const patienceSeconds = rollbackAfterSeconds + 10;
  const timeoutMs = SCRIPT_TIMEOUT_MS + patienceSeconds * 1000;
  const variables = {
    ...timer,
    OWNER: identity.owner,
    WANTED: digits(change.families),
    PATIENCE_SECONDS: patienceSeconds,
    TIME_SECONDS: scriptSeconds(timeoutMs),
    ...documentsIn(change),
    FRESH: fresh.join("\n"),
    ROLLBACK: script("rollback", { NONCE: "", ...timer, ...SERVICES }),
    ...LEFT_BEHIND,
  };
  const ending = await execute(
    session,
    "apply",
    variables,
    timeoutMs,
    phase(change, ruleset ? APPLYING : "removing", (refusal) =>
      stateAfterApply(refusal, rollbackAfterSeconds),
    ),
  );
  if (ending.kind !== "answered") throw withRemedy(ending.error, change);
  return ending.answer.client;
}

/**
 * Nobody got through the new rules, or nobody saw that someone did: takes them back by the connection that is still
 * open, else leaves it to the timer. Resolves where the confirm had reached the host after all.
 */
async function rollBack(
  session: Session,
  change: Change,
  tx: string,
  armedAt: number,
  confirming: Exclude<Confirming, { kind: "answered" }>,
): Promise<ConfirmedChange> {
  const elapsedSeconds = (performance.now() - armedAt) / 1000;
  const seconds = Math.max(0, Math.ceil(change.rollbackAfterSeconds - elapsedSeconds));
  const { error } = confirming;
  const rollingBack = phase(change, "rolling back", () => pendingFor(seconds));
  const isShutOut = change.ruleset && error instanceof PortKnockError && error.code === "unreachable";
  // While the rules are there: which NAT rules meet them.
  const seen = isShutOut
    ? await recheck(session, change.identity.id, rollingBack).catch(() => undefined)
    : undefined;
  const ending = await execute(
    session,
    "abort",
    {
      ...{ TX: tx, ID: change.identity.id, WANTED: digits(change.families) },
      // What is taken back may have moved: then the rules of before are in the other firewall, and both are read.
      ...{ BACKEND: change.movedFrom ? "" : change.backend.name, ...SERVICES },
    },
    SCRIPT_TIMEOUT_MS,
    rollingBack,
  );
  if (ending.kind === "answered" && isKept(ending.answer, change, confirming.kind))
    return confirmedChangeIn(ending.answer, change, session);
  const hostState = stateText(stateAfterAbort(ending, change, confirming.kind, seconds));
  const causes = ending.kind === "answered" ? ending.answer.causes.map(change.scrub) : [];
  throw notConfirmed({
    host: change.before.connection.host,
    isRemoval: change.ruleset === undefined,
    hostState,
    reason: error,
    diversions: seen?.toDoor ?? [],
    causes,
  });
}

/** The error with what to do about a host that lacks something; any other error as it is. */
function withRemedy(error: PortKnockError, { backend, ruleset }: Change): PortKnockError {
  const remedy = ruleset && backend.remedyFor(error.reason, ruleset);
  if (remedy === undefined) return error;
  return new PortKnockError(error.code, error.reason, { ...error.details, remedy });
}

function phase(change: Change, name: string, stateOnError: Phase["stateOnError"]): Phase {
  return {
    host: change.before.connection.host,
    backends: [change.backend, ...(change.movedFrom ? [change.movedFrom] : [])],
    phase: name,
    stateOnError,
    stateUnknown: { kind: "unknown", seconds: change.rollbackAfterSeconds },
    scrub: change.scrub,
  };
}
