import { userInputs } from "../../door/fields";
import { isLater } from "../isLater";

/** How the fields of a host and of its fleet come together, whichever front end has them. */

/** The fields of a door that a fleet gives for all its hosts. */
export const policyNames = userInputs.filter(
  (name) => name !== "connection" && name !== "sequence" && name !== "previous",
);

/** Whether a host gives its knocks. An output is always knocks: the arguments of a KnockSequence are plain. */
export function hasKnocks({ sequence }: { readonly sequence?: unknown }): boolean {
  return Array.isArray(sequence) || typeof sequence === "string" || isLater(sequence);
}

/** The fields of both, where the host's own replace the shared ones. An undefined field is not given. */
export function overlay<Fields extends object>(shared: Fields | undefined, own: Fields | undefined): Fields {
  const given = Object.entries(own ?? {}).filter(([, value]) => value !== undefined);
  return { ...shared, ...Object.fromEntries(given) } as Fields;
}
