import type { ListLimit } from "../rules/backend";
import type { LintOptions } from "./finding";

/** The lists of a host: a full one forgets the source that came first. */
export interface HostLists extends ListLimit {
  readonly isDefault: boolean;
}

/** Undefined where lists grow as they need to. */
export function hostListsOf(limit: ListLimit | undefined, { listSlots }: LintOptions): HostLists | undefined {
  if (limit === undefined) return undefined;
  const slots = listSlots ?? limit.slots;
  return { ...limit, slots, isDefault: slots === limit.slots };
}

/** A list's slots and where they come from, in brackets. */
export function settingOf({ setting, isDefault }: HostLists): string {
  return `(${setting}${isDefault ? ", the default" : ""})`;
}
