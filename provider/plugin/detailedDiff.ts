import { isDeepStrictEqual } from "node:util";
import { PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";
import { namesWhere, type Properties, type PropertyTable } from "../door/properties";

/**
 * Which inputs change, and how. Those that are never in the state are left out, and what only an older release of this
 * package left out as well.
 */
export function detailedDiff(
  table: PropertyTable,
  before: Properties,
  after: Properties,
  replaces: readonly string[],
): ReadonlyMap<string, PropertyDiff> {
  const names = namesWhere(table, ({ role, isTransient }) => role !== "output" && isTransient !== true);
  const changed = names.filter((name) => !isDeepStrictEqual(before[name], after[name]));
  return new Map(
    changed.map((name) => {
      const diff = new PropertyDiff();
      diff.setKind(kindOf(before[name], after[name], replaces.includes(name)));
      diff.setInputdiff(true);
      return [name, diff];
    }),
  );
}

function kindOf(before: unknown, after: unknown, isReplaced: boolean): PropertyDiff.Kind {
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = PropertyDiff.Kind;
  if (before === undefined) return isReplaced ? ADD_REPLACE : ADD;
  if (after === undefined) return isReplaced ? DELETE_REPLACE : DELETE;
  return isReplaced ? UPDATE_REPLACE : UPDATE;
}
