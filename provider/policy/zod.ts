/**
 * What we use of zod. In dist/ this file also contains it (scripts/build.mjs): zod's own entry loads 95 files, 64 of them
 * messages in other languages, in as much time as the rest of this package takes.
 */
export type { output, ZodRawShape, ZodType } from "zod";
export {
  array,
  boolean,
  discriminatedUnion,
  enum,
  literal,
  NEVER,
  number,
  preprocess,
  record,
  strictObject,
  string,
  toJSONSchema,
  union,
} from "zod";
