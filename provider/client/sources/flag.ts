import { readSequence } from "../../policy/steps";
import { UsageError } from "../usageError";
import type { Source } from "./source";

/** The command-line option. Other users may see it in the process list until the command has hidden it. */
export const flag: Source = {
  name: "--sequence",
  find: ({ sequence }) => (sequence === undefined ? undefined : { sequence: readText(sequence) }),
};

/** @throws UsageError with the place of every wrong step. It has no port, since it may end up in a log. */
export function readText(text: string) {
  try {
    return readSequence(text);
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}
