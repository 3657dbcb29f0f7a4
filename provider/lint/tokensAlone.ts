import type { Policy } from "../policy/types";
import type { Finding } from "./finding";

/** Tokens are used up by whatever empties the host's lists, and then nobody gets in. */
export function tokensAlone({ sequence, calendar, oneTime, allowFrom }: Policy): Finding[] {
  const isAlone = oneTime && !sequence && !calendar && allowFrom.length === 0;
  return isAlone
    ? [
        {
          code: "tokens-alone",
          severity: "note",
          reason:
            "after a reboot of the host no token opens the door, until a `refresh` and an `up` have made new ones",
          remedy:
            "give another way in: a `sequence`, a `calendar` or `allowFrom`; or refresh after each reboot",
          path: "oneTime",
        },
      ]
    : [];
}
