import type * as ir from "../rules/ir";

const content = Symbol("the rules of a door");

/**
 * The rules of a door, as `compile` makes them; `renderDocument` takes them. What is inside may change with any release:
 * `trace` says what rules do with packets, and `Traced.path` which ones.
 */
export interface Ruleset {
  readonly [content]: ir.Ruleset;
}

export function wrap(ruleset: ir.Ruleset): Ruleset {
  return { [content]: ruleset };
}

export function unwrap(ruleset: Ruleset): ir.Ruleset {
  return ruleset[content];
}
