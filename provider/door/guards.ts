import type { Connection } from "../policy/connection";
import { includesPort, portRanges } from "../policy/ports";
import type { Policy } from "../policy/types";

/** Whether a door stands before a TCP port of its host itself. */
export function guards(
  { door = [], chain }: Partial<Pick<Policy, "door" | "chain">>,
  tcpPort: number,
): boolean {
  return (
    chain === "INPUT" &&
    door.some(({ protocol, ports }) => protocol === "tcp" && includesPort(portRanges(ports), tcpPort))
  );
}

/** Whether a door stands before its host's SSH port. */
export function guardsSsh({
  connection,
  policy,
}: {
  readonly connection: Connection;
  readonly policy: Policy;
}): boolean {
  return guards(policy, connection.port);
}
