import type * as ir from "../rules/ir";

declare const brand: unique symbol;

/**
 * The rules of a door, as `compile` makes them; `renderDocument` takes them. What is inside may change with any release:
 * `trace` says what rules do with packets, and `Traced.path` which ones.
 */
export interface Ruleset {
  readonly [brand]?: never;
}

const contents = new WeakMap<Ruleset, ir.Ruleset>();

export function wrap(content: ir.Ruleset): Ruleset {
  const ruleset: Ruleset = Object.freeze({});
  contents.set(ruleset, content);
  return ruleset;
}

/** @throws TypeError where it is none that `compile` made. */
export function unwrap(ruleset: Ruleset): ir.Ruleset {
  const content = contents.get(ruleset);
  if (content === undefined) throw new TypeError("renderDocument takes what compile returns");
  return content;
}
