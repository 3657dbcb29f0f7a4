import type { Policy } from "../policy/types";
import type { Finding } from "./finding";

/** Whatever empties the host's lists uses up all tokens, and then nobody gets in. */
export function tokensAlone({ sequence, calendar, oneTime, allowFrom }: Policy): Finding[] {
  const isAlone = oneTime && !sequence && !calendar && allowFrom.length === 0;
  return isAlone
    ? [
        {
          code: "tokens-alone",
          severity: "note",
          reason:
            "after a reboot of the host no token opens the door, until a `refresh` and an `up` make new ones",
          remedy:
            "give another way in: a `sequence`, a `calendar` or `allowFrom`; or refresh after each reboot",
          path: "oneTime",
        },
      ]
    : [];
}
