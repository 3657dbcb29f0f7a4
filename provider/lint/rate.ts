import { includesPort, portRanges } from "../policy/ports";
import type { Policy } from "../policy/types";
import type { Finding } from "./finding";

/** sshd's default port. A policy does not know to which port Pulumi connects. */
const SSH = 22;

/** Enough for a refresh and an `up` of a few doors on a host. */
const ENOUGH_A_MINUTE = 10;

/** The rate applies to Pulumi's own connections too, so Pulumi waits for a rate that is too low. */
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
      reason: `Pulumi's own connections count: a refresh makes one for each door of the host, an \`up\` makes two, and after a burst of ${burst} only ${connectionsPerMinute} a minute get through`,
      remedy: `allow ${ENOUGH_A_MINUTE} a minute or more, or list the address of Pulumi's machine in allowFrom`,
      path: "rateLimit",
    },
  ];
}
