import { isDeepStrictEqual } from "node:util";
import type { CreateResult, DiffResult, ReadResult, UpdateResult } from "@pulumi/pulumi/dynamic";
import { checkInputs } from "../door/checkInputs";
import { type Door, hostOf } from "../door/door";
import { doorProperties } from "../door/doorProperties";
import { namesWhere, type Properties } from "../door/properties";
import { calendarOutputs, printWarnings } from "../door/startedCalendar";
import { hasUnknown } from "../door/unknown";
import { PortKnockError } from "../errors";
import { observe } from "../host/apply/snapshot";
import { publishSecrets } from "../host/publishSecrets";
import { isAbandoned, rememberAbandoned } from "../host/registry";
import { omitUndefined } from "../util/omitUndefined";
import { hostAccessOf } from "./access";
import { accessHistoryOf, proxyKnocksOf } from "./accessHistory";
import { applyDoor, knownDoor } from "./applyDoor";
import { change, comparisonOf, scrubOf } from "./change";
import { newTokens } from "./checkedTokens";
import { createDoor } from "./createDoor";
import { reportOnce } from "./failures";
import { reasonAfter } from "./firewallReason";
import { isHostless, restated } from "./hostless";
import { isUnstored, notAsApplied, unpersisted, unsupported } from "./outcome";
import { printRuleChanges } from "./ruleChanges";
import { isMisread, settled } from "./settled";
import { lacksShim } from "./shim";
import { inputsOf, lastVerified, stateOf } from "./state";
import { withWayOut } from "./wayOut";

/**
 * The operations of Pulumi's lifecycle for a PortKnock. Every state finds them by the path
 * `pulumi-portknock/lifecycle`, and newer code reads old state: the names and the accepted shapes never go.
 */

export { check } from "./check";

/** Compares old outputs with new inputs. Another host is another door; every other change is made in place. */
export async function diff(_id: string, olds: Properties, checked: Properties): Promise<DiffResult> {
  const news = settled(olds, checked);
  const isSameHost = hostOf(olds) === hostOf(news);
  if (isSameHost) printRuleChanges(olds, news, isMisread(olds, checked));
  if (!isSameHost) rememberAbandoned(String(olds.doorId), news.onUnreachable === "abandon");
  return {
    changes:
      lacksShim(olds, news) ||
      isUnstored(olds.persistence, news.onUnpersisted) ||
      // An older release knew fewer fields. Their defaults are what it did.
      (isChanged(olds, news) && isChanged({ ...olds, ...checkInputs(olds).value }, news)),
    replaces: isSameHost || hasUnknown(news.connection) ? [] : ["connection"],
    // Otherwise a forced replacement on one host creates first, and then deletes the same door.
    deleteBeforeReplace: isSameHost,
  };
}

const DIFFED = namesWhere(doorProperties, ({ role, isDiffed }) => role === "user input" || isDiffed === true);

function isChanged(before: Properties, after: Properties): boolean {
  return DIFFED.some((name) => !isDeepStrictEqual(before[name], after[name]));
}

/** Puts the door on the host. It adopts what an interrupted create left there. */
export async function create(inputs: Properties): Promise<CreateResult> {
  const door = knownDoor(inputs);
  return { id: door.identity.id, outs: await createDoor(inputs, door) };
}

/**
 * Changes the door on the host if its rules change. If they do not, it only checks that the host holds them. If nothing but
 * options and credentials changed, it does not connect.
 */
export async function update(_id: string, olds: Properties, checked: Properties): Promise<UpdateResult> {
  const news = settled(olds, checked);
  const oldInputs = inputsOf(olds);
  const oldDoor = knownDoor(oldInputs);
  const door = knownDoor(news);
  const unfit = unsupported(door);
  if (unfit !== undefined) throw unfit;
  if (isHostless(olds, news) && !isUnstored(olds.persistence, news.onUnpersisted)) {
    publishSecrets(door, [door]);
    return { outs: restated(olds, news) };
  }
  const history = accessHistoryOf(olds, oldDoor);
  const firewallReason = reasonAfter(door, olds);
  if (isSameDoor(oldDoor, door) && isDeepStrictEqual(oldInputs.rules, news.rules)) {
    publishSecrets(door, [door]);
    const access = hostAccessOf(door, [door], history);
    const snapshot = await observe(access, door.backend, door.identity, door.policy.families, scrubOf(door));
    const comparison = comparisonOf(door, snapshot);
    if (comparison.isEqual && !isUnstored(snapshot.persistence, door.onUnpersisted)) {
      const { spareKnocks } = history;
      const proxyKnocks = proxyKnocksOf(door, history);
      const seen = { snapshot, comparison, verified: lastVerified(olds) };
      return { outs: stateOf({ inputs: news, door, ...seen, spareKnocks, proxyKnocks, firewallReason }) };
    }
  }
  const fresh = newTokens(door.tokens, oldDoor.tokens);
  return {
    outs: await applyDoor({ ...{ inputs: news, door, old: oldDoor }, history, fresh, firewallReason }),
  };
}

/** Whether the host has nothing to change, as far as the inputs say. */
function isSameDoor(one: Door, other: Door): boolean {
  return (
    one.backend.name === other.backend.name &&
    one.manageMark === other.manageMark &&
    isDeepStrictEqual(one.ruleset, other.ruleset)
  );
}

/** Reads the door from the host. An unreachable host is an error: only one that answers can say that the door is gone. */
async function readDoor(id: string, props: Properties): Promise<ReadResult> {
  const inputs = inputsOf(props);
  const door = knownDoor(inputs);
  publishSecrets(door, [door]);
  const history = accessHistoryOf(props, door);
  const access = hostAccessOf(door, [door], history);
  const snapshot = await observe(
    access,
    door.backend,
    door.identity,
    door.policy.families,
    scrubOf(door),
  ).catch((error: unknown) => {
    throw withWayOut(error, String(inputs.owner));
  });
  const comparison = comparisonOf(door, snapshot);
  if (!comparison.isPresent) return {};
  printWarnings(door.identity.owner, door.calendar);
  const { spareKnocks, proxy: { knockSources: proxyKnocks } = {} } = history;
  const state = stateOf({
    ...{ inputs, door, snapshot, comparison, verified: lastVerified(props) },
    ...{ ...omitUndefined({ spareKnocks, proxyKnocks }), firewallReason: reasonAfter(door, props) },
  });
  const { rules, tokens, firewall } = state;
  const seen = omitUndefined({ rules, tokens, firewall });
  const asSeen = { ...seen, ...calendarOutputs(door.calendar, Date.now()) };
  return { id, props: state, inputs: { ...inputs, ...asSeen } };
}

/** Removes the door from the host, if a fresh connection still gets in without it. */
async function removeDoor(_id: string, props: Properties): Promise<void> {
  const inputs = inputsOf(props);
  const door = knownDoor(inputs);
  publishSecrets(door, [door]);
  try {
    const confirmed = await change(door, [door], accessHistoryOf(props, door), undefined, door);
    const isLeft = comparisonOf(door, confirmed).isPresent;
    const error = isLeft ? notAsApplied(door) : unpersisted(door, confirmed);
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
