import type { Derivation } from "../../derive/derivation";
import { entropyBits } from "../../derive/entropy";
import { subkeyOf } from "../../derive/keys";
import { type RecipeArgs, recipeOf } from "../../derive/recipe";
import type { ReservedPorts } from "../../derive/sequence";
import { type Properties, withoutRoles } from "../../door/properties";
import { hasUnknown, isUnknown } from "../../door/unknown";
import type { Failure } from "../../policy/conflicts";
import { parseSeconds } from "../../policy/duration";
import { limits } from "../../policy/limits";
import { rotationConflicts, rotationFields } from "../../policy/rotation";
import { validateFields } from "../../policy/validate";
import { omitUndefined } from "../../util/omitUndefined";
import { sequenceProperties } from "./properties";
import type { Plan } from "./rotation";

/** Inputs after `check`: with defaults, and with what follows from the master secret in its place. */
export interface CheckedInputs extends RecipeArgs {
  readonly keepers: ReservedPorts;
  readonly rotateEvery?: string;
  readonly overlap?: string;
  readonly derivation?: Extract<Derivation, { subkey: string }>;
}

/**
 * Checks the user's inputs. The master secret is not in the result: the resource has the subkey of its own door alone.
 * Undefined while something is unknown.
 */
export function checkInputs({ __provider, ...inputs }: Properties): {
  readonly value: CheckedInputs | undefined;
  readonly failures: readonly Failure[];
} {
  const given = withoutRoles(inputs, sequenceProperties, "computed input");
  const { value, failures } = validateFields(rotationFields, given, isUnknown);
  const { master, host, door, ...rest } = value;
  const problems = [...failures, ...rotationConflicts(given), ...weakness(rest)];
  if (problems.length > 0 || hasUnknown([given, inputs.owner]))
    return { value: undefined, failures: problems };
  const { rotateEvery, overlap, ...recipe } = rest;
  const checked = recipe as RecipeArgs & { readonly keepers: ReservedPorts };
  if (master === undefined || rotateEvery === undefined)
    return { value: { ...rest, ...checked }, failures: [] };
  const subject = { door: qualified(String(inputs.owner), door), host: host ?? "" };
  const subkey = Buffer.from(subkeyOf(master, subject)).toString("hex");
  return {
    value: { ...rest, ...checked, derivation: { version: 1, subkey, rotateEvery, ...checked } },
    failures: [],
  };
}

/** A sequence drawn from too few is no secret. */
function weakness(value: Partial<RecipeArgs>): Failure[] {
  const { steps, protocols, ports, exclude } = value;
  if (steps === undefined || !protocols || !ports || !exclude) return [];
  const bits = entropyBits(recipeOf({ steps, protocols, ports, exclude }));
  const { min } = limits.entropyBits;
  if (bits >= min) return [];
  const reason = `must be more, or \`ports\`: the sequence would have ${bits} bits of entropy, and ${min} are the least`;
  return [{ property: "steps", reason }];
}

/** The door's name in the same stack: organization/project/stack/name. */
function qualified(owner: string, door: string | undefined): string {
  return door === undefined ? owner : [...owner.split("/").slice(0, 3), door].join("/");
}

/** The plan that the inputs describe. */
export function planOf(checked: CheckedInputs): Plan {
  const { rotateEvery, overlap, keepers, derivation } = checked;
  const rotateEverySeconds = rotateEvery === undefined ? undefined : parseSeconds(rotateEvery);
  const longest = Math.min(limits.overlapSeconds.default, rotateEverySeconds ?? Number.POSITIVE_INFINITY);
  return {
    recipe: recipeOf(checked),
    keepers,
    ...omitUndefined({ subkey: derivation && Buffer.from(derivation.subkey, "hex") }),
    rotateEverySeconds,
    overlapSeconds: (overlap === undefined ? undefined : parseSeconds(overlap)) ?? longest,
  };
}

/** What decides a sequence, apart from time and chance. When it changes, the sequence rotates. */
export function definitionOf({
  steps,
  protocols,
  ports,
  exclude,
  keepers,
  derivation,
}: CheckedInputs): unknown {
  return { steps, protocols, ports, exclude, keepers, subkey: derivation?.subkey };
}
