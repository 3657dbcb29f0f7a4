import type { Failure } from "./conflicts";
import { fields, wholeNumber } from "./fields";
import { limits } from "./limits";
import { portLists } from "./portLists";
import type { Policy } from "./types";
import * as z from "./zod";

const DAY_MINUTES = 1_440;

/** A derivation is secret, and nobody writes one by hand, so every wrong value gets the same message. */
const error = "must be the `derivation` output of a KnockSequence with a master secret";

const derivation = z.strictObject(
  {
    version: z.literal(1, { error }),
    subkey: z.string({ error }).regex(/^[0-9a-f]{64}$/, { error }),
    rotateEvery: z.string({ error }),
    steps: wholeNumber("a number of steps", limits.steps),
    protocols: z.array(z.enum(["tcp", "udp", "icmp"], { error }), { error }).min(1, { error }),
    ports: portLists,
    exclude: portLists,
    keepers: z.record(z.string(), z.string({ error }), { error }),
  },
  { error },
);

/** `calendar` of a policy: one sequence for each window of time, compiled for some days ahead. */
export const calendar = fields({
  derivation,
  windowMinutes: wholeNumber("minutes", limits.windowMinutes)
    .refine((minutes) => DAY_MINUTES % minutes === 0, {
      error: "must divide a day, as 15, 30, 60, 120 or 1440 minutes do",
    })
    .default(limits.windowMinutes.default),
  days: wholeNumber("days", limits.calendarDays).default(limits.calendarDays.default),
  graceSeconds: wholeNumber("seconds", limits.graceSeconds).default(limits.graceSeconds.default),
});

/** Options that contradict a calendar, and calendars that are too crowded or too long. */
export function calendarConflicts(policy: Partial<Policy>): Failure[] {
  if (policy.calendar === undefined) return [];
  const { windowMinutes, graceSeconds } = policy.calendar;
  const { stepTimeoutSeconds = limits.stepTimeoutSeconds.default } = policy;
  const isCrowded = 2 * graceSeconds + stepTimeoutSeconds > 60 * windowMinutes;
  const besides = (["sequence", "previous"] as const).filter((name) => policy[name] !== undefined);
  return [
    ...besides.map((property) => ({
      property,
      reason: "must not be given with `calendar`, which says which sequence opens the door at what time",
    })),
    ...(policy.lockout === undefined
      ? []
      : [
          {
            property: "lockout",
            reason:
              "must not be given with `calendar`: during the grace two sequences are valid, and a knock of one is a wrong knock for the other",
          },
        ]),
    ...(isCrowded
      ? [
          {
            property: "calendar.graceSeconds",
            reason:
              "must be shorter: two of it and one `stepTimeoutSeconds` must fit into `windowMinutes`, or two windows would share a set of stages",
          },
        ]
      : []),
    ...(ruleCount(policy.calendar) > limits.calendarRules.max
      ? [
          {
            property: "calendar.days",
            reason: `must be fewer, or \`windowMinutes\` longer: the calendar would have more than ${limits.calendarRules.max} rules in each family's table`,
          },
        ]
      : []),
  ];
}

/**
 * A window takes one rule to find it, one for each knock and one for wrong knocks. The day before the first counts
 * too.
 */
function ruleCount({ derivation, windowMinutes, days }: NonNullable<Policy["calendar"]>): number {
  return (days + 1) * (1 + (DAY_MINUTES / windowMinutes) * (derivation.steps + 2));
}
