import { connectionSchema, onUnpersisted, onUnreachable } from "../policy/connection";
import { wholeNumber } from "../policy/fields";
import { acceptMark, backend, manageMark } from "../policy/firewall";
import { limits } from "../policy/limits";
import { policyFields } from "../policy/schema";

/** The user's inputs of a PortKnock: those of a policy, and those that say how its host is reached. */
export const doorFields = {
  ...policyFields,
  connection: connectionSchema,
  rollbackAfterSeconds: wholeNumber("seconds", limits.rollbackAfterSeconds).default(
    limits.rollbackAfterSeconds.default,
  ),
  onUnreachable,
  onUnpersisted,
  backend,
  acceptMark,
  manageMark,
} as const;

export type UserInput = keyof typeof doorFields;

/** The names of the user's inputs, in the order in which messages list them. */
export const userInputs = Object.keys(doorFields) as readonly UserInput[];
