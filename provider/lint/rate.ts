import { includesPort, portRanges } from "../policy/ports";
import type { Policy } from "../policy/types";
import type { Finding } from "./finding";

/** sshd's own port. A policy does not know which one Pulumi connects to. */
const SSH = 22;

/** A refresh and an `up` of a few doors of a host stay within this, without a wait. */
const ENOUGH_A_MINUTE = 10;

/** Pulumi's connections are connections like all others: it waits for the rate that it set itself. */
export function slowsPulumi({ rateLimit, door, chain }: Policy): Finding[] {
  const isOnSsh =
    chain === "INPUT" &&
    door.some(({ protocol, ports }) => protocol === "tcp" && includesPort(portRanges(ports), SSH));
  if (!isOnSsh || rateLimit === undefined || rateLimit.connectionsPerMinute >= ENOUGH_A_MINUTE) return [];
  const { connectionsPerMinute, burst } = rateLimit;
  return [
    {
      code: "slows-pulumi",
      severity: "warning",
      reason: `Pulumi's own connections count: a refresh makes one for each door of the host, and an \`up\` two, and after ${burst} at once they get ${connectionsPerMinute} a minute`,
      remedy: `allow ${ENOUGH_A_MINUTE} a minute or more, or list in allowFrom from where Pulumi runs`,
      path: "rateLimit",
    },
  ];
}
