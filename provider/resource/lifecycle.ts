import { isDeepStrictEqual } from "node:util";
import type { CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult } from "@pulumi/pulumi/dynamic";
import { PortKnockError } from "../errors";
import { type Committed, commit, type Held, observe } from "../host/commit";
import { inTurn } from "../host/registry";
import type { TokenList } from "../policy/tokens";
import type { OneTime, Policy } from "../policy/types";
import { type Comparison, compare } from "../rules/compare";
import { identify } from "../rules/names";
import { redactedLines, scrub } from "../rules/redact";
import { withoutAbsent } from "./absent";
import {
  announce,
  checkInputs,
  type Door,
  doorOf,
  entranceOf,
  type Memory,
  type Properties,
  probeOf,
  spareKnocksOf,
  userInputs,
} from "./door";
import { told } from "./failures";
import { inputsOf, lastVerified, memoryOf, stateOf } from "./state";
import { checkedTokens, newTokens } from "./tokens";
import { hasUnknown, UNKNOWN } from "./unknown";

/**
 * The operations of Pulumi's lifecycle for a PortKnock. State keeps the path by which they are found
 * (`pulumi-portknock/lifecycle`), and old state is given to newer code: neither the names nor the accepted shapes go.
 */

/** Checks the inputs, fills in defaults, and computes what the preview shows. Touches no host. */
export async function check(olds: Properties, given: Properties): Promise<CheckResult> {
  const news = withoutAbsent(given);
  const { value, failures } = checkInputs(news);
  const inputs: Record<string, unknown> = { ...news, ...value };
  if (failures.length > 0) return { inputs, failures: failures.map(told) };
  const host = hostOf(news);
  const isKnown = !hasUnknown([news.owner, host]);
  const isSameHost = isKnown && hostOf(olds) === host && typeof olds.doorId === "string";
  inputs.doorId = isSameHost ? olds.doorId : isKnown ? identify(String(news.owner), host).id : UNKNOWN;
  for (const made of ["rules", "tokens", "refill"]) delete inputs[made];
  if (isOver(value.previous)) delete inputs.previous;
  Object.assign(inputs, tokensOf(isSameHost ? olds : {}, inputs));
  inputs.sequenceRevision = revisionOf(olds, inputs);
  if (isInOtherSlot(olds, inputs)) inputs.slot = "b";
  const door = doorOf(inputs);
  inputs.rules = door ? redactedLines(door.ruleset, door.knocks) : UNKNOWN;
  if (door) announce(door, [door]);
  return { inputs };
}

/** The inputs that a door with one-time tokens has besides. */
function tokensOf(olds: Properties, { oneTime, sequence, previous, door, ignore }: Properties): Properties {
  if (oneTime === undefined) return {};
  const others = { sequence, previous, door, ignore };
  if (hasUnknown([oneTime, others])) return { tokens: UNKNOWN };
  const { tokens, refill } = checkedTokens(
    oneTime as OneTime,
    olds.tokens as TokenList | undefined,
    others as Partial<Policy>,
  );
  return { tokens, ...(refill !== undefined && { refill }) };
}

/**
 * A sequence that is kept as the previous one keeps its stages, and its successor takes the other ones. A sequence that is
 * just changed stays where it is, so that a preview shows the rules which that changes, and no others.
 */
function isInOtherSlot(olds: Properties, news: Properties): boolean {
  const { sequence } = (news.previous ?? {}) as { readonly sequence?: unknown };
  const isKept = sequence !== undefined && isDeepStrictEqual(sequence, olds.sequence);
  const isReplaced = isKept && !isDeepStrictEqual(olds.sequence, news.sequence);
  return isReplaced !== (olds.slot === "b");
}

/** What the hosts' clocks have ended already need not stand in their rules. */
function isOver(previous: unknown): boolean {
  const { acceptUntil } = (previous ?? {}) as { readonly acceptUntil?: unknown };
  return typeof acceptUntil === "string" && Date.parse(acceptUntil) <= Date.now();
}

/**
 * Counts the changes of the sequence. A diff of two secrets shows nothing, so without it a rotation would be an update
 * for which the preview gives no reason.
 */
function revisionOf(olds: Properties, news: Properties): unknown {
  const revision = Number(olds.sequenceRevision ?? 0);
  if (isDeepStrictEqual(olds.sequence, news.sequence)) return revision;
  return hasUnknown(news.sequence) ? UNKNOWN : revision + 1;
}

/** Compares old outputs with new inputs. Another host is another door; all else is changed in place. */
export async function diff(_id: string, olds: Properties, news: Properties): Promise<DiffResult> {
  // An older release knew fewer fields; what they default to now is what it did.
  const before: Properties = { ...olds, ...checkInputs(olds).value };
  const changed = [...userInputs, "owner", "rules"].filter(
    (name) => !isDeepStrictEqual(before[name], news[name]),
  );
  const isStale = olds.persistence === "stale";
  const isSameHost = hostOf(olds) === hostOf(news);
  return {
    changes: changed.length > 0 || isStale,
    replaces: isSameHost || hasUnknown(news.connection) ? [] : ["connection"],
    // A forced replacement on one host would otherwise create first, and then delete what it has just made.
    deleteBeforeReplace: isSameHost,
  };
}

/** Puts the door on the host. What an interrupted create left there is taken over. */
export async function create(inputs: Properties): Promise<CreateResult> {
  const door = knownDoor(inputs);
  return {
    id: door.identity.id,
    outs: await apply(inputs, door, [door], {}, newTokens(door.tokens, undefined)),
  };
}

/** Changes the door on the host, if anything changes for the firewall; otherwise only looks whether it is there. */
export async function update(_id: string, olds: Properties, news: Properties): Promise<UpdateResult> {
  const oldInputs = inputsOf(olds);
  const oldDoor = knownDoor(oldInputs);
  const door = knownDoor(news);
  const memory = memoryOf(olds);
  if (isDeepStrictEqual(door.ruleset, oldDoor.ruleset) && isDeepStrictEqual(oldInputs.rules, news.rules)) {
    announce(door, [door]);
    const held = await observe(entranceOf(door, [door], memory), scrubOf(door));
    const comparison = comparisonOf(door, held);
    if (comparison.isEqual && held.persistence !== "stale") {
      return { outs: stateOf(news, door, held, comparison, lastVerified(olds), memory) };
    }
  }
  const fresh = newTokens(door.tokens, oldDoor.tokens);
  return { outs: await apply(news, door, [oldDoor, door], memory, fresh) };
}

/** Reads the door from the host. An unreachable host is an error: only one that answers can say that the door is gone. */
export async function read(id: string, props: Properties): Promise<ReadResult> {
  const inputs = inputsOf(props);
  const door = knownDoor(inputs);
  announce(door, [door]);
  const memory = memoryOf(props);
  const held = await observe(entranceOf(door, [door], memory), scrubOf(door));
  const comparison = comparisonOf(door, held);
  if (!comparison.isPresent) return {};
  const state = stateOf(inputs, door, held, comparison, lastVerified(props), memory);
  const { rules, tokens } = state;
  return { id, props: state, inputs: { ...inputs, rules, ...(tokens !== undefined && { tokens }) } };
}

/** Takes the door off the host, if a fresh connection still gets in without it. */
async function remove(_id: string, props: Properties): Promise<void> {
  const door = knownDoor(inputsOf(props));
  announce(door, [door]);
  try {
    const error = unpersisted(door, await change(door, [door], memoryOf(props), undefined));
    if (error !== undefined) throw error;
  } catch (error) {
    const isGone = error instanceof PortKnockError && error.code === "unreachable";
    if (!isGone || door.onUnreachable === "fail") throw error;
  }
  announce(door, []);
}

export { remove as delete };

/** Loads the door's rules; `doors` are those whose sequences may open the host while it changes, `fresh` names new tokens. */
async function apply(
  inputs: Properties,
  door: Door,
  doors: readonly Door[],
  memory: Memory,
  fresh: readonly string[],
): Promise<Properties> {
  announce(door, doors);
  const committed = await change(door, doors, memory, fresh);
  announce(door, [door]);
  const comparison = comparisonOf(door, committed);
  const spareKnocks = spareKnocksOf(door, doors, memory);
  const outs = stateOf(inputs, door, committed, comparison, committed.verified, { spareKnocks });
  const error = comparison.isEqual ? unpersisted(door, committed) : notAsApplied(door);
  if (error === undefined) return outs;
  // Pulumi keeps the state of a resource whose error has these fields, and marks it as not fully initialised.
  throw Object.assign(error, { id: door.identity.id, properties: outs, reasons: [error.message] });
}

function notAsApplied(door: Door): PortKnockError {
  return new PortKnockError("not-as-applied", "the host holds other rules than it was given", {
    host: door.connection.host,
    phase: "reading back",
    hostState: "applied, then changed by someone else",
    remedy: "look at the rules in the diff of the next preview; `pulumi up` repairs them.",
  });
}

function unpersisted(door: Door, { unpersisted: reason }: Committed): PortKnockError | undefined {
  if (reason === undefined) return undefined;
  return new PortKnockError("not-persisted", `the change could not be stored for the next boot: ${reason}`, {
    host: door.connection.host,
    phase: "persisting",
    hostState: "applied, not persisted",
    remedy: "make room for /etc/portknock there, then run `pulumi up` again.",
  });
}

/** Without names of new tokens, not even none, the door is taken away. */
function change(
  door: Door,
  doors: readonly Door[],
  memory: Memory,
  fresh: readonly string[] | undefined,
): Promise<Committed> {
  const present = fresh !== undefined;
  const before = entranceOf(door, doors, memory);
  return inTurn(door.connection.host, () =>
    commit({
      before,
      knocksAfter: entranceOf(door, present ? [door] : [], {}).knocks,
      identity: door.identity,
      ruleset: present ? door.ruleset : undefined,
      fresh: fresh ?? [],
      probe: present ? probeOf(door) : undefined,
      rollbackAfterSeconds: door.rollbackAfterSeconds,
      isDone: (observed) => {
        const { isEqual, isPresent } = compare(door.ruleset, door.knocks, observed);
        return present ? isEqual : !isPresent;
      },
      scrub: scrubOf(door),
    }),
  );
}

function comparisonOf(door: Door, { observed }: Held): Comparison {
  return compare(door.ruleset, door.knocks, observed);
}

function scrubOf(door: Door): (text: string) => string {
  return (text) => scrub(text, door.knocks);
}

function knownDoor(inputs: Properties): Door {
  const door = doorOf(inputs);
  if (door === undefined) throw new TypeError("inputs are unknown outside a preview");
  return door;
}

function hostOf(properties: Properties): string {
  const connection = properties.connection as { readonly host?: unknown } | undefined;
  return String(connection?.host ?? connection);
}
