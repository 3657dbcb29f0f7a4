import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult } from "@pulumi/pulumi/dynamic";
import { entropyBits } from "../../derive/entropy";
import { namesWhere, type Properties } from "../../door/properties";
import { UNKNOWN } from "../../door/unknown";
import { withoutAbsent } from "../absent";
import { toCheckFailure } from "../failures";
import { lacksShim } from "../shim";
import { type CheckedInputs, checkInputs, definitionOf, planOf } from "./inputs";
import { sequenceProperties } from "./properties";
import { type Generation, generationAt } from "./rotation";

/**
 * The operations of Pulumi's lifecycle for a KnockSequence. Every state finds them by the path
 * `pulumi-portknock/knock-sequence`. `check` decides everything, and its result is the outputs: so a preview of a rotation
 * has a sequence, and the doors that depend on it show which rules change. The `up` that follows draws a random sequence
 * anew, with the same protocols in the same places.
 */

/** The shape of the outputs. */
const STATE_VERSION = 1;

/** Checks the inputs, and decides by the clock which sequence is current. */
export async function check(olds: Properties, given: Properties): Promise<CheckResult> {
  const news = withoutAbsent(given);
  const { value, failures } = checkInputs(news);
  if (failures.length > 0) return { inputs: news, failures: failures.map(toCheckFailure) };
  const { __provider, owner } = news;
  if (value === undefined) return { inputs: { ...news, ...UNKNOWN_RESULT } };
  const plan = planOf(value);
  const before =
    typeof olds.generation === "number" ? (olds as unknown as CheckedInputs & Generation) : undefined;
  const isSame = before !== undefined && isDeepStrictEqual(definitionOf(before), definitionOf(value));
  const generation = generationAt(Date.now(), plan, before && generationOf(before), isSame);
  return { inputs: { __provider, owner, ...value, ...generation, entropyBits: entropyBits(plan.recipe) } };
}

const UNKNOWN_RESULT = Object.fromEntries(
  namesWhere(sequenceProperties, ({ isField }) => isField === true).map((name) => [name, UNKNOWN]),
);

function generationOf({
  current,
  previousSequences,
  generation,
  rotatedAt,
  rotatesAt,
}: Generation): Generation {
  return { current, previousSequences, generation, rotatedAt, rotatesAt };
}

/** A rotation is a change in place. */
export async function diff(_id: string, olds: Properties, news: Properties): Promise<DiffResult> {
  const { __provider: _, ...before } = inputsOf(olds);
  const { __provider, ...after } = news;
  const changes = lacksShim(olds, news) || !isDeepStrictEqual(before, after);
  return { changes, replaces: [], deleteBeforeReplace: false };
}

export async function create(inputs: Properties): Promise<CreateResult> {
  return { id: randomBytes(5).toString("hex"), outs: stateOf(inputs) };
}

export async function update(_id: string, _olds: Properties, news: Properties): Promise<UpdateResult> {
  return { outs: stateOf(news) };
}

/** A sequence exists in the state alone. */
export async function read(id: string, props: Properties): Promise<ReadResult> {
  return { id, props, inputs: inputsOf(props) };
}

async function remove(): Promise<void> {}

export { remove as delete };

function stateOf(inputs: Properties): Properties {
  return { ...inputs, stateVersion: STATE_VERSION };
}

/** @throws Error where a newer release wrote them. */
function inputsOf(state: Properties): Properties {
  const { stateVersion, ...inputs } = state;
  if (stateVersion === STATE_VERSION) return inputs;
  throw new Error(
    `this state is of version ${stateVersion}, written by a newer pulumi-portknock: upgrade this one`,
  );
}
