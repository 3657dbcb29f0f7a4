import type { Failure } from "./conflicts";
import { parseSeconds } from "./duration";
import { wholeNumber } from "./fields";
import { limits } from "./limits";
import { isLabel } from "./names";
import { portLists } from "./portLists";
import * as z from "./zod";

/** A length of time, as text with its unit. */
function duration({ min, max }: { readonly min: number; readonly max: number }) {
  const least = min === 0 ? "" : ", at least 1s,";
  const error = `must be a time such as "30d", "12h", "90m" or "45s"${least} and at most ${max / 86_400}d`;
  return z.string({ error }).refine(
    (text) => {
      const seconds = parseSeconds(text) ?? Number.NaN;
      return min <= seconds && seconds <= max;
    },
    { error },
  );
}

const name = z
  .string({ error: "must be text" })
  .min(1, "must not be empty")
  .refine((text) => text === "" || isLabel(text), {
    error: "must be letters, digits, punctuation and spaces, up to 1000",
  });

/** The fields of a KnockSequence. Each is checked on its own; `rotationConflicts` checks them together. */
export const rotationFields = {
  steps: wholeNumber("a number of steps", limits.steps).default(limits.steps.default),
  protocols: z
    .array(z.enum(["tcp", "udp", "icmp"], { error: 'must be "tcp", "udp" or "icmp"' }), {
      error: "must be a list of protocols",
    })
    .min(1, "must name at least one protocol")
    .default(["tcp", "udp"]),
  ports: portLists.min(1, "must name at least one port").default(["20000-60999"]),
  exclude: portLists.default([]),
  keepers: z
    .record(z.string(), z.string({ error: "must be text" }), { error: "must be an object of texts" })
    .default({}),
  rotateEvery: duration(limits.rotateEverySeconds).optional(),
  overlap: duration(limits.overlapSeconds).optional(),
  master: z
    .string({ error: "must be text" })
    .min(limits.masterCharacters.min, {
      error: `must be random, and at least ${limits.masterCharacters.min} characters long: openssl rand -hex 32`,
    })
    .optional(),
  host: name.optional(),
  door: name.optional(),
} as const;

type Given = { readonly [Name in keyof typeof rotationFields]?: unknown };

/** Checks between fields, for those that are valid on their own. */
export function rotationConflicts({ rotateEvery, overlap, master, host, door }: Given): Failure[] {
  const everySeconds = typeof rotateEvery === "string" ? parseSeconds(rotateEvery) : undefined;
  const overlapSeconds = typeof overlap === "string" ? parseSeconds(overlap) : undefined;
  const isDerived = master !== undefined;
  const missing = (property: string, reason: string): Failure => ({ property, reason });
  return [
    ...(everySeconds !== undefined && overlapSeconds !== undefined && overlapSeconds > everySeconds
      ? [
          missing(
            "overlap",
            "must not be longer than `rotateEvery`: a host accepts only one earlier sequence",
          ),
        ]
      : []),
    ...(isDerived && host === undefined
      ? [missing("host", "must be given with `master`: each host has a sequence of its own")]
      : []),
    ...(isDerived && rotateEvery === undefined
      ? [missing("rotateEvery", "must be given with `master`: clients compute the epoch from it")]
      : []),
    ...Object.entries({ host, door }).flatMap(([property, value]) =>
      !isDerived && value !== undefined ? [missing(property, "must not be given without `master`")] : [],
    ),
  ];
}
