import { SEQUENCE_VARIABLE } from "../../util/process";
import { readText } from "./flag";
import type { Source } from "./source";

export const environment: Source = {
  name: `$${SEQUENCE_VARIABLE}`,
  find: () => {
    const text = process.env[SEQUENCE_VARIABLE];
    return text ? { sequence: readText(text) } : undefined;
  },
};
