import { configFile } from "./configFile";
import { derivation } from "./derivation";
import { environment } from "./environment";
import { flag } from "./flag";
import { policyFile } from "./policyFile";
import type { Source } from "./source";
import { stack } from "./stack";

/** The first source that knows the host counts. */
export const sources: readonly Source[] = [flag, policyFile, derivation, environment, configFile, stack];
