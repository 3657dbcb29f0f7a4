import { configFile } from "./configFile";
import { derivation } from "./derivation";
import { environment } from "./environment";
import { flag } from "./flag";
import { policyFile } from "./policyFile";
import type { Source } from "./source";
import { stack } from "./stack";

/** In the order in which they are asked. */
export const sources: readonly Source[] = [flag, policyFile, derivation, environment, configFile, stack];
