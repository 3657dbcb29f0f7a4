import { dateAt, scheduleOf } from "./derive/calendar";
import type { Policy } from "./policy/types";
import { compile } from "./rules/compile";
import type { Identity, Ruleset } from "./rules/ir";

/** The rules that an `up` at a time would make of a policy. Only those of a calendar depend on the time. */
export function compileAt(policy: Policy, identity: Identity, timeMs: number): Ruleset {
  const schedule = policy.calendar && scheduleOf(policy.calendar, dateAt(timeMs));
  return compile(policy, identity, schedule ? { schedule } : {});
}
