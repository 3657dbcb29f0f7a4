import { isDeepStrictEqual } from "node:util";
import { keptInputs, namesWhere, type Properties } from "../door/properties";
import { UNKNOWN } from "../door/unknown";
import type { ResourceKind } from "./resourceKinds";

/**
 * The outputs of a create or an update, as a preview knows them. What follows from inputs that stay is known: otherwise a
 * repair of one door would make the rules of all that depend on it unknown.
 */
export function previewOf(
  { properties, follows }: ResourceKind,
  olds: Properties,
  news: Properties,
): Properties {
  const outputs = namesWhere(
    properties,
    ({ role, isField, needs }) =>
      role === "output" && isField === true && (needs === undefined || news[needs] !== undefined),
  );
  const known = [...new Set([...outputs, ...Object.keys(follows)])].map((name) => {
    const inputs = follows[name];
    const isSame =
      inputs !== undefined &&
      olds[name] !== undefined &&
      inputs.every((input) => isDeepStrictEqual(olds[input], news[input]));
    // With `backend` the inputs know the firewall.
    return [name, isSame ? olds[name] : (news[name] ?? UNKNOWN)];
  });
  return { ...keptInputs(news, properties), ...Object.fromEntries(known) };
}
