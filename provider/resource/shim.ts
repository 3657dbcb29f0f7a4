import type { Properties } from "../door/properties";

/**
 * Whether the state must be written again: Pulumi reads and deletes a dynamic resource by the text `__provider` in its state,
 * and the state of a program in another language has none.
 */
export function lacksShim(olds: Properties, news: Properties): boolean {
  return olds.__provider === undefined && news.__provider !== undefined;
}
