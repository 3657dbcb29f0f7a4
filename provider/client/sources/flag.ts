import { readSequence } from "../../policy/steps";
import { UsageError } from "../usageError";
import type { Source } from "./source";

/** The option of the command line. Others may see it in the process list, until the command has hidden it. */
export const flag: Source = {
  name: "--sequence",
  find: ({ sequence }) => (sequence === undefined ? undefined : { sequence: readText(sequence) }),
};

/** @throws UsageError that names every wrong step, but no port: it may end up in a log. */
export function readText(text: string) {
  try {
    return readSequence(text);
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}
