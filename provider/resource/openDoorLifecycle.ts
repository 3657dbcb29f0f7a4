import { isDeepStrictEqual } from "node:util";
import type { CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult } from "@pulumi/pulumi/dynamic";
import { type KnockOptions, knock, openDoor } from "../api/knocking";
import { namesWhere, type Properties } from "../door/properties";
import { hasUnknown, isUnknown } from "../door/unknown";
import { doorTargetFields } from "../policy/doorTarget";
import { conflicts, validateFields } from "../policy/validate";
import { toCheckFailure } from "./failures";
import { openDoorProperties } from "./openDoorProperties";
import { lacksShim } from "./shim";

/**
 * The operations of Pulumi's lifecycle for an OpenDoor. Every state finds them by the path
 * `pulumi-portknock/open-door`, and newer code reads old state: the names and the accepted shapes never go.
 */

const USER_INPUTS = namesWhere(openDoorProperties, ({ role }) => role === "user input");

/** Checks the inputs and fills in defaults. */
export async function check(_olds: Properties, news: Properties): Promise<CheckResult> {
  const { __provider, triggers, ...given } = news;
  const { value, failures } = validateFields(doorTargetFields, given, isUnknown);
  const { sequence } = value;
  const problems = [...failures, ...(sequence && !hasUnknown(given.sequence) ? conflicts({ sequence }) : [])];
  return {
    inputs: { ...news, ...value },
    failures: problems.map(toCheckFailure),
  };
}

/** Any change needs a new knock: nothing is left of an earlier one. */
export async function diff(_id: string, olds: Properties, news: Properties): Promise<DiffResult> {
  const isChanged = USER_INPUTS.some((name) => !isDeepStrictEqual(olds[name], news[name]));
  return { changes: lacksShim(olds, news) || isChanged };
}

/** Knocks, and checks that the door opened. */
export async function create(inputs: Properties): Promise<CreateResult> {
  return { id: `${inputs.host}:${inputs.port}`, outs: await open(inputs) };
}

/** Knocks again. */
export async function update(_id: string, _olds: Properties, news: Properties): Promise<UpdateResult> {
  return { outs: await open(news) };
}

/** The door was opened once, and that stays true. */
export async function read(id: string, props: Properties): Promise<ReadResult> {
  return { id, props };
}

/** A grant ends by itself. */
async function remove(): Promise<void> {}

export { remove as delete };

async function open(inputs: Properties): Promise<Properties> {
  const { __provider, triggers, check, timeoutSeconds, port, ...options } = inputs;
  const knocks = options as unknown as KnockOptions;
  if (check === false) {
    const [address = ""] = await knock(knocks);
    return { ...inputs, stateVersion: 1, address };
  }
  const more = { port: Number(port), timeoutSeconds: Number(timeoutSeconds) };
  const { address } = await openDoor({ ...knocks, ...more });
  return { ...inputs, stateVersion: 1, address };
}
