import { parsePorts } from "./ports";
import * as z from "./zod";

const portOrRange = z
  .union([z.number(), z.string()], { error: "must be a port or a range" })
  .refine((value) => parsePorts(value) !== undefined, {
    error: 'must be a port, a whole number from 1 to 65535, or a range of them such as "8000-8010"',
  });

/** Ports and ranges of ports. */
export const portLists = z.array(portOrRange, { error: 'must be a list of ports such as [22, "8000-8010"]' });
