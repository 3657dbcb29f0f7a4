import { SEQUENCE_VARIABLE } from "../../process";
import type { Source } from ".";
import { readText } from "./flag";

export const environment: Source = {
  name: `$${SEQUENCE_VARIABLE}`,
  find: () => {
    const text = process.env[SEQUENCE_VARIABLE];
    return text ? { sequence: readText(text) } : undefined;
  },
};
