import { sequencesAt } from "../../derive/derivation";
import { windowDerivation } from "../../derive/schedule";
import { firstTcpPort } from "../../policy/ports";
import { UsageError } from "../usageError";
import type { Source } from "./source";

/** A policy as JSON, which is checked by the schema: so it is the one source that has to load zod. */
export const policyFile: Source = {
  name: "--policy",
  find: async ({ policy }) => {
    if (policy === undefined) return undefined;
    const { readPolicy } = await import("../policyFile");
    const { sequence, calendar, door, singleUse } = readPolicy(policy);
    const tcpPort = firstTcpPort(door);
    if (calendar) {
      const [now, ...others] = sequencesAt(windowDerivation(calendar), Date.now());
      return { sequence: now, others, tcpPort, singleUse };
    }
    if (sequence === undefined)
      throw new UsageError("the policy has no sequence, and its tokens stand nowhere in it");
    return { sequence, tcpPort, singleUse };
  },
};
