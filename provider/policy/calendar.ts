import { z } from "zod";
import type { Failure } from "./conflicts";
import { fields, wholeNumber } from "./fields";
import { limits } from "./limits";
import { portLists } from "./portLists";
import type { Policy } from "./types";

const DAY_MINUTES = 1_440;

/** Its values are secrets, and nobody writes them by hand: so each wrong one has the same message. */
const error = "must be what a KnockSequence with a master secret puts out as `derivation`";

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

/** The field of a policy: another sequence for each window of time, compiled ahead for so many days. */
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

/** What a calendar leaves no meaning to, and what it does not leave room for. */
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
              "must not be given with `calendar`: within the grace two sequences are right, and a knock of one is a wrong one of the other",
          },
        ]),
    ...(isCrowded
      ? [
          {
            property: "calendar.graceSeconds",
            reason:
              "must be so short that `windowMinutes` is longer than two of them and a `stepTimeoutSeconds`: of three windows, two would be heard in one set of stages",
          },
        ]
      : []),
    ...(ruleCount(policy.calendar) > limits.calendarRules.max
      ? [
          {
            property: "calendar.days",
            reason: `must be fewer, or \`windowMinutes\` more: in each family's table the calendar would be more than ${limits.calendarRules.max} rules`,
          },
        ]
      : []),
  ];
}

/** Of a window: one that finds it, one for each knock, and one for all else. The day before the first stands there too. */
function ruleCount({ derivation, windowMinutes, days }: NonNullable<Policy["calendar"]>): number {
  return (days + 1) * (1 + (DAY_MINUTES / windowMinutes) * (derivation.steps + 2));
}
