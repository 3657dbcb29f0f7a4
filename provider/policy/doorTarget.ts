import { hostName } from "./connection";
import { wholeNumber } from "./fields";
import { limits } from "./limits";
import { sequence } from "./schema";
import * as z from "./zod";

/** The fields for opening a door from outside. Each is checked on its own. */
export const doorTargetFields = {
  host: hostName,
  port: wholeNumber("a port", limits.port).default(22),
  sequence,
  family: z.union([z.literal(4), z.literal(6)], { error: "must be 4 or 6" }).optional(),
  delayMs: wholeNumber("milliseconds", limits.delayMs).default(limits.delayMs.default),
  timeoutSeconds: wholeNumber("seconds", limits.timeoutSeconds).default(limits.timeoutSeconds.default),
  check: z.boolean({ error: "must be true or false" }).default(true),
} as const;
