import { isDeepStrictEqual } from "node:util";
import type { CheckResult } from "@pulumi/pulumi/dynamic";
import { dateAt } from "../derive/schedule";
import { firewallOf } from "../door/backend";
import { checkInputs, type DoorInputs } from "../door/checkInputs";
import { doorFrom, hostOf } from "../door/door";
import type { Properties } from "../door/properties";
import { calendarOutputs, printWarnings } from "../door/startedCalendar";
import { hasUnknown, isUnknown, UNKNOWN } from "../door/unknown";
import { publishSecrets } from "../host/publishSecrets";
import type { TokenList } from "../policy/tokens";
import type { Calendar, OneTime, Policy } from "../policy/types";
import { identify } from "../rules/identity";
import { omitUndefined } from "../util/omitUndefined";
import { withoutAbsent } from "./absent";
import { checkedTokens } from "./checkedTokens";
import { claimPorts } from "./claims";
import { agentFailures, privateKeyFailures } from "./credentials";
import { toCheckFailure } from "./failures";
import { withSshConfig } from "./sshConfig";

/** Checks the inputs, fills in defaults, and computes what the preview shows. Touches no host. */
export async function check(olds: Properties, given: Properties): Promise<CheckResult> {
  const { news, failures: sshConfigFailures } = await withSshConfig(olds, withoutAbsent(given));
  const host = hostOf(news);
  const isSameHost =
    !hasUnknown([news.owner, host]) && hostOf(olds) === host && typeof olds.doorId === "string";
  const firewall = isSameHost ? olds.firewall : undefined;
  const { value, door: checked, failures: wrong } = checkInputs({ ...news, firewall });
  const failures = [
    ...sshConfigFailures,
    ...wrong,
    ...privateKeyFailures(news.connection),
    ...(await agentFailures(news.connection, news.fromSshConfig)),
  ];
  const { __provider, owner, fromSshConfig } = news;
  const asked: Properties = omitUndefined({ __provider, owner, fromSshConfig, ...value });
  if (failures.length > 0) return { inputs: asked, failures: failures.map(toCheckFailure) };
  const { previous, ...others } = asked;
  const isEnded = isOver(previous);
  const inputs: Record<string, unknown> = isEnded ? others : { ...asked };
  const isKnown = !hasUnknown([owner, host]);
  inputs.doorId = isSameHost ? olds.doorId : isKnown ? identify(String(owner), host).id : UNKNOWN;
  Object.assign(inputs, omitUndefined({ firewall: firewallOf(value.backend, firewall) }));
  warnOfEnd(olds, inputs);
  Object.assign(inputs, calendarOf(inputs));
  Object.assign(inputs, tokensOf(isSameHost ? olds : {}, inputs));
  inputs.sequenceRevision = revisionOf(olds, inputs);
  if (isInOtherSlot(olds, inputs)) inputs.slot = "b";
  if (checked === undefined || isUnknown(owner)) return { inputs: { ...inputs, rules: UNKNOWN } };
  const door = doorFrom(isEnded ? withoutPrevious(checked) : checked, inputs);
  inputs.rules = door.backend.redactedLines(door.ruleset, door.secrets);
  publishSecrets(door, [door]);
  const taken = claimPorts(door).map(toCheckFailure);
  return taken.length > 0 ? { inputs, failures: taken } : { inputs };
}

function withoutPrevious({ policy: { previous, ...policy }, ...inputs }: DoorInputs): DoorInputs {
  return { ...inputs, policy };
}

/** The computed inputs of a door with one-time tokens. */
function tokensOf(olds: Properties, { oneTime, sequence, previous, door, ignore }: Properties): Properties {
  if (oneTime === undefined) return {};
  const others = { sequence, previous, door, ignore };
  if (hasUnknown([oneTime, others])) return { tokens: UNKNOWN };
  const { tokens, refill } = checkedTokens(
    oneTime as OneTime,
    olds.tokens as TokenList | undefined,
    others as Partial<Policy>,
  );
  return omitUndefined({ tokens, refill });
}

/**
 * A sequence that becomes `previous` keeps its set of stages, and its successor takes the other set. A sequence that is only
 * replaced leaves its set to its successor, so that a preview shows the changed rules, and no others.
 */
function isInOtherSlot(olds: Properties, news: Properties): boolean {
  const { sequence } = (news.previous ?? {}) as { readonly sequence?: unknown };
  const isKept = sequence !== undefined && isDeepStrictEqual(sequence, olds.sequence);
  const isReplaced = isKept && !isDeepStrictEqual(olds.sequence, news.sequence);
  return isReplaced !== (olds.slot === "b");
}

/** Warns in previews as well: an output is known only after an `up`. */
function warnOfEnd({ calendar, calendarFrom }: Properties, { owner }: Properties): void {
  if (calendar === undefined || typeof calendarFrom !== "string") return;
  printWarnings(String(owner), { ...(calendar as Calendar), from: calendarFrom });
}

/** The computed inputs of a door with a calendar. Its end is an input, so that a preview shows the change. */
function calendarOf({ calendar }: Properties): Properties {
  if (calendar === undefined) return {};
  if (hasUnknown(calendar)) return { calendarFrom: UNKNOWN };
  const started = { ...(calendar as Calendar), from: dateAt(Date.now()) };
  return { calendarFrom: started.from, ...calendarOutputs(started, Date.now()) };
}

/** A previous sequence whose time is over needs no rules. */
function isOver(previous: unknown): boolean {
  const { acceptUntil } = (previous ?? {}) as { readonly acceptUntil?: unknown };
  return typeof acceptUntil === "string" && Date.parse(acceptUntil) <= Date.now();
}

/**
 * Counts the changes of the sequence. A diff of two secrets shows nothing, so this number is what a preview of a rotation
 * shows.
 */
function revisionOf(olds: Properties, news: Properties): unknown {
  const revision = Number(olds.sequenceRevision ?? 0);
  const [before, after] = [secretOf(olds), secretOf(news)];
  if (isDeepStrictEqual(before, after)) return revision;
  return hasUnknown(after) ? UNKNOWN : revision + 1;
}

/** The sequence of a door, or the derivation of its sequences. */
function secretOf({ sequence, calendar }: Properties): unknown {
  const { derivation } = (calendar ?? {}) as { readonly derivation?: unknown };
  return derivation ?? (hasUnknown(calendar) ? UNKNOWN : sequence);
}
