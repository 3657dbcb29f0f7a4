import { sequencesAt } from "../../derive/derivation";
import { windowDerivation } from "../../derive/schedule";
import { firstTcpPort } from "../../policy/ports";
import { UsageError } from "../usageError";
import type { Source } from "./source";

/** A policy as JSON. The schema checks it, so this is the only source that loads zod. */
export const policyFile: Source = {
  name: "--policy",
  find: async ({ policy }) => {
    if (policy === undefined) return undefined;
    const { readPolicy } = await import("../policyFile");
    const { sequence, calendar, door, singleUse } = readPolicy(policy);
    const tcpPort = firstTcpPort(door);
    if (calendar) {
      const derivation = windowDerivation(calendar);
      const [now, ...others] = sequencesAt(derivation, Date.now());
      return { sequence: now, others, derivation, tcpPort, singleUse };
    }
    if (sequence === undefined)
      throw new UsageError("the policy has no sequence, and a policy never contains its one-time tokens");
    return { sequence, tcpPort, singleUse };
  },
};
