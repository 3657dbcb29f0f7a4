import { dateAt, scheduleOf } from "../derive/schedule";
import { exampleTokens } from "../derive/tokenDrawing";
import type { Policy } from "../policy/types";
import { compile } from "../rules/compile";
import type { Identity, Ruleset } from "../rules/ir";

/**
 * The rules that an `up` at this time makes of a policy. Only a calendar's rules depend on the time. The tokens are examples
 * that are always the same: an `up` draws its own, and only those open a door.
 */
export function compileAt(policy: Policy, identity: Identity, timeMs: number): Ruleset {
  return compile(policy, identity, {
    schedule: policy.calendar && scheduleOf(policy.calendar, dateAt(timeMs)),
    tokens: policy.oneTime && exampleTokens(policy.oneTime),
  });
}
