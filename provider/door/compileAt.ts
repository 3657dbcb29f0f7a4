import { dateAt, scheduleOf } from "../derive/schedule";
import { exampleTokens } from "../derive/tokenDrawing";
import type { Policy } from "../policy/types";
import { compile } from "../rules/compile";
import type { Identity, Ruleset } from "../rules/ir";

/**
 * The rules that an `up` at a time would make of a policy. Only those of a calendar depend on the time. Tokens are
 * examples, the same ones every time: an `up` draws others, and only those that it drew ever open a door.
 */
export function compileAt(policy: Policy, identity: Identity, timeMs: number): Ruleset {
  return compile(policy, identity, {
    schedule: policy.calendar && scheduleOf(policy.calendar, dateAt(timeMs)),
    tokens: policy.oneTime && exampleTokens(policy.oneTime),
  });
}
