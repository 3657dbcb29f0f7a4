import { isDeepStrictEqual } from "node:util";
import type { CreateResult, DiffResult, ReadResult, UpdateResult } from "@pulumi/pulumi/dynamic";
import { PortKnockError } from "../errors";
import { type Committed, commit, type Held, observe } from "../host/commit";
import { inTurn } from "../host/registry";
import { type Comparison, compare } from "../rules/compare";
import { scrub } from "../rules/redact";
import { calendarOutputs, printWarnings } from "./calendar";
import { checkInputs, type Door, doorOf, hostOf, type Properties, userInputs } from "./door";
import { isAbandoned, isHostless, rememberAbandoned, restated } from "./hostless";
import { inputsOf, lastVerified, memoryOf, stateOf } from "./state";
import { newTokens } from "./tokens";
import { hasUnknown } from "./unknown";
import { withAlias, withWayOut } from "./wayOut";
import { announce, entranceOf, type Memory, probeOf, spareKnocksOf } from "./ways";

/**
 * The operations of Pulumi's lifecycle for a PortKnock. State keeps the path by which they are found
 * (`pulumi-portknock/lifecycle`), and old state is given to newer code: neither the names nor the accepted shapes go.
 */

export { check } from "./check";

/** Compares old outputs with new inputs. Another host is another door; all else is changed in place. */
export async function diff(_id: string, olds: Properties, news: Properties): Promise<DiffResult> {
  // An older release knew fewer fields; what they default to now is what it did.
  const before: Properties = { ...olds, ...checkInputs(olds).value };
  const changed = [...userInputs, "owner", "rules", "calendarDaysLeft"].filter(
    (name) => !isDeepStrictEqual(before[name], news[name]),
  );
  const isStale = olds.persistence === "stale";
  const isSameHost = hostOf(olds) === hostOf(news);
  if (!isSameHost) rememberAbandoned(olds.doorId, news);
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

/**
 * Changes the door on the host, if anything changes for the firewall; otherwise only looks whether it is there, and not
 * even that where nothing but options and credentials has changed.
 */
export async function update(_id: string, olds: Properties, news: Properties): Promise<UpdateResult> {
  const oldInputs = inputsOf(olds);
  const oldDoor = knownDoor(oldInputs);
  const door = knownDoor(news);
  if (isHostless(olds, news) && olds.persistence !== "stale") {
    announce(door, [door]);
    return { outs: restated(olds, news) };
  }
  const memory = memoryOf(olds, oldDoor);
  if (isDeepStrictEqual(door.ruleset, oldDoor.ruleset) && isDeepStrictEqual(oldInputs.rules, news.rules)) {
    announce(door, [door]);
    const held = await observe(entranceOf(door, [door], memory), door.identity, scrubOf(door));
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
  const memory = memoryOf(props, door);
  const held = await observe(entranceOf(door, [door], memory), door.identity, scrubOf(door)).catch(
    (error: unknown) => {
      throw withWayOut(error, String(inputs.owner));
    },
  );
  const comparison = comparisonOf(door, held);
  if (!comparison.isPresent) return {};
  printWarnings(door.identity.owner, door.calendar);
  const state = stateOf(inputs, door, held, comparison, lastVerified(props), memory);
  const { rules, tokens } = state;
  const seen = {
    rules,
    ...(tokens !== undefined && { tokens }),
    ...calendarOutputs(door.calendar, Date.now()),
  };
  return { id, props: state, inputs: { ...inputs, ...seen } };
}

/** Takes the door off the host, if a fresh connection still gets in without it. */
async function remove(_id: string, props: Properties): Promise<void> {
  const inputs = inputsOf(props);
  const door = knownDoor(inputs);
  announce(door, [door]);
  try {
    const error = unpersisted(door, await change(door, [door], memoryOf(props, door), undefined));
    if (error !== undefined) throw error;
  } catch (error) {
    const isGone = error instanceof PortKnockError && error.code === "unreachable";
    const mayForget = door.onUnreachable === "abandon" || isAbandoned(door.identity.id);
    if (!isGone || !mayForget) throw withWayOut(error, String(inputs.owner));
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
  const committed = await change(door, doors, memory, fresh).catch((error: unknown) => {
    throw withAlias(error, String(inputs.owner));
  });
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
