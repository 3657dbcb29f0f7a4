import type { Policy } from "../policy/types";
import type { Finding } from "./finding";

/** Without an `up` a calendar ends, and then its door is closed to everyone. */
export function runsOut({ calendar, allowFrom, oneTime }: Policy): Finding[] {
  if (calendar === undefined || allowFrom.length > 0 || oneTime !== undefined) return [];
  return [
    {
      code: "runs-out",
      severity: "warning",
      reason: `after ${calendar.days} days without an \`up\` no knock opens the door any more, not even Pulumi's`,
      remedy: "run `pulumi up` on a schedule, and give another way in: `allowFrom` or `oneTime`",
      path: "calendar",
    },
  ];
}
