import { isDeepStrictEqual } from "node:util";
import type { CreateResult, DiffResult, ReadResult, UpdateResult } from "@pulumi/pulumi/dynamic";
import { checkInputs, type Door, doorOf, hostOf, userInputs } from "../door/door";
import type { Properties } from "../door/properties";
import { calendarOutputs, printWarnings } from "../door/startedCalendar";
import { hasUnknown } from "../door/unknown";
import { PortKnockError } from "../errors";
import type { ConfirmedChange } from "../host/apply/change";
import { commit } from "../host/apply/commit";
import { type HostSnapshot, observe } from "../host/apply/snapshot";
import { hideLogin } from "../host/hidden";
import { serializePerHost } from "../host/registry";
import { stateText } from "../host/states";
import type { Family } from "../policy/types";
import { type Comparison, compare } from "../rules/iptables/compare";
import { scrub } from "../rules/iptables/redact";
import { type AccessHistory, hostAccessOf, probeOf, publishSecrets, spareKnocksOf } from "./access";
import { newTokens } from "./checkedTokens";
import { reportOnce } from "./failures";
import { isAbandoned, isHostless, rememberAbandoned, restated } from "./hostless";
import { PartialError } from "./partial";
import { accessHistoryOf, inputsOf, lastVerified, stateOf } from "./state";
import { withAlias, withWayOut } from "./wayOut";

/**
 * The operations of Pulumi's lifecycle for a PortKnock. State keeps the path by which they are found
 * (`pulumi-portknock/lifecycle`), and old state is given to newer code: neither the names nor the accepted shapes go.
 */

export { check } from "./check";

/** Compares old outputs with new inputs. Another host is another door; all else is changed in place. */
export async function diff(_id: string, olds: Properties, news: Properties): Promise<DiffResult> {
  // An older release knew fewer fields; what they default to now is what it did.
  const before: Properties = { ...olds, ...checkInputs(olds).value };
  const changed = [...userInputs, "owner", "rules", "calendarDaysLeft", "fromSshConfig"].filter(
    (name) => !isDeepStrictEqual(before[name], news[name]),
  );
  const isStale = isUnstored(olds.persistence, news.onUnpersisted);
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
  if (isHostless(olds, news) && !isUnstored(olds.persistence, news.onUnpersisted)) {
    publishSecrets(door, [door]);
    return { outs: restated(olds, news) };
  }
  const memory = accessHistoryOf(olds, oldDoor);
  if (isDeepStrictEqual(door.ruleset, oldDoor.ruleset) && isDeepStrictEqual(oldInputs.rules, news.rules)) {
    publishSecrets(door, [door]);
    const entrance = hostAccessOf(door, [door], memory);
    const held = await observe(entrance, door.identity, door.policy.families, scrubOf(door));
    const comparison = comparisonOf(door, held);
    if (comparison.isEqual && !isUnstored(held.persistence, door.onUnpersisted)) {
      return { outs: stateOf(news, door, held, comparison, lastVerified(olds), memory) };
    }
  }
  const fresh = newTokens(door.tokens, oldDoor.tokens);
  return { outs: await apply(news, door, [oldDoor, door], memory, fresh) };
}

/** Reads the door from the host. An unreachable host is an error: only one that answers can say that the door is gone. */
async function readDoor(id: string, props: Properties): Promise<ReadResult> {
  const inputs = inputsOf(props);
  const door = knownDoor(inputs);
  publishSecrets(door, [door]);
  const memory = accessHistoryOf(props, door);
  const entrance = hostAccessOf(door, [door], memory);
  const held = await observe(entrance, door.identity, door.policy.families, scrubOf(door)).catch(
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
async function removeDoor(_id: string, props: Properties): Promise<void> {
  const inputs = inputsOf(props);
  const door = knownDoor(inputs);
  publishSecrets(door, [door]);
  try {
    const committed = await change(door, [door], accessHistoryOf(props, door), undefined, door);
    const isLeft = comparisonOf(door, committed).isPresent;
    const error = isLeft ? notAsApplied(door) : unpersisted(door, committed);
    if (error !== undefined) throw error;
  } catch (error) {
    const isGone = error instanceof PortKnockError && error.code === "unreachable";
    const mayForget = door.onUnreachable === "abandon" || isAbandoned(door.identity.id);
    if (!isGone || !mayForget) throw withWayOut(error, String(inputs.owner));
  }
  publishSecrets(door, []);
}

export const read = reportOnce(readDoor);
const remove = reportOnce(removeDoor);

export { remove as delete };

/** Loads the door's rules; `doors` are those whose sequences may open the host while it changes, `fresh` names new tokens. */
async function apply(
  inputs: Properties,
  door: Door,
  doors: readonly Door[],
  memory: AccessHistory,
  fresh: readonly string[],
): Promise<Properties> {
  publishSecrets(door, doors);
  const [old] = doors.filter((one) => one !== door);
  const committed = await change(door, doors, memory, fresh, old).catch((error: unknown) => {
    throw withAlias(error, String(inputs.owner));
  });
  publishSecrets(door, [door]);
  const comparison = comparisonOf(door, committed);
  const spareKnocks = spareKnocksOf(door, doors, memory);
  const outs = stateOf(inputs, door, committed, comparison, committed.verified, { spareKnocks });
  const error = comparison.isEqual ? unpersisted(door, committed) : notAsApplied(door);
  if (error === undefined) return outs;
  if (error.code === "not-persisted" && door.onUnpersisted === "warn") {
    return { ...outs, warnings: [...(outs.warnings as readonly string[]), error.message] };
  }
  throw new PartialError(error.code, error.reason, error.details, door.identity.id, outs);
}

function notAsApplied(door: Door): PortKnockError {
  return new PortKnockError("not-as-applied", "the host holds other rules than it was given", {
    host: door.connection.host,
    phase: "reading back",
    hostState: stateText({ kind: "applied, not as asked" }),
    remedy: "look at the rules in the diff of the next preview; `pulumi up` repairs them.",
  });
}

/** Whether an `up` has to store the rules for the next boot, or say that it cannot. */
function isUnstored(persistence: unknown, onUnpersisted: unknown): boolean {
  return persistence === "stale" || (persistence === "read-only" && onUnpersisted !== "warn");
}

function unpersisted(door: Door, { unpersisted: reason }: ConfirmedChange): PortKnockError | undefined {
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

/** `fresh === undefined` removes the door. `old` is the door as the state has it. */
function change(
  door: Door,
  doors: readonly Door[],
  memory: AccessHistory,
  fresh: readonly string[] | undefined,
  old: Door | undefined,
): Promise<ConfirmedChange> {
  const present = fresh !== undefined;
  const before = hostAccessOf(door, doors, memory);
  const after = hostAccessOf(door, present ? [door] : [], { tokens: door.tokens });
  return serializePerHost(door.connection.host, () =>
    commit({
      before,
      after: { knocks: after.knocks, ...(after.token && { token: after.token }) },
      identity: door.identity,
      families: familiesOf(doors),
      ruleset: present ? door.ruleset : undefined,
      fresh: fresh ?? [],
      probe: present ? probeOf(door) : undefined,
      rollbackAfterSeconds: door.rollbackAfterSeconds,
      isDone: (observed) => {
        const { isEqual, isPresent } = compare(door.ruleset, door.knocks, observed);
        return present ? isEqual : !isPresent;
      },
      isUndone: (observed) => {
        const { isEqual, isPresent } = compare((old ?? door).ruleset, (old ?? door).knocks, observed);
        return old ? isEqual : !isPresent;
      },
      scrub: scrubOf(door),
    }),
  );
}

function familiesOf(doors: readonly Door[]): Family[] {
  return [...new Set(doors.flatMap(({ policy }) => policy.families))];
}

function comparisonOf(door: Door, { observed }: HostSnapshot): Comparison {
  return compare(door.ruleset, door.knocks, observed);
}

function scrubOf(door: Door): (text: string) => string {
  return (text) => hideLogin(scrub(text, door.knocks), door.connection);
}

function knownDoor(inputs: Properties): Door {
  const door = doorOf(inputs);
  if (door === undefined) throw new TypeError("inputs are unknown outside a preview");
  return door;
}
