import { UsageError } from "../usage";
import type { Source } from ".";

/** A policy as JSON, which is checked by the schema: so it is the one source that has to load zod. */
export const policyFile: Source = {
  name: "--policy",
  find: async ({ policy }) => {
    if (policy === undefined) return undefined;
    const { readPolicy } = await import("../policyFile");
    const { sequence, door, singleUse } = readPolicy(policy);
    if (sequence === undefined) throw new UsageError("the policy has no sequence");
    const { firstTcpPort } = await import("./doors");
    return { sequence, tcpPort: firstTcpPort(door), singleUse };
  },
};
