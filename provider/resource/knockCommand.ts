import type { Door } from "../door/door";
import { firstTcpPort } from "../policy/ports";
import { formatSequence } from "../policy/text";
import type { Policy } from "../policy/types";

/**
 * A command that knocks and checks that the door opened. It has no quotes, since a shell does not interpret those in what
 * `$(…)` returns. npx finds the command that is installed with the program, and `--no` keeps it from fetching another package
 * of that name. Without a fixed sequence, the client takes the current one from its configuration or the stack's outputs.
 */
export function knockCommand({ connection, policy }: Door, owner: string): string {
  const { sequence } = policy;
  const port = visiblePort(policy);
  const [organization, project, stack] = owner.split("/");
  return [
    ...["npx", "--no", "portknock", "knock", connection.host],
    ...(sequence
      ? ["--sequence", formatSequence(sequence)]
      : ["--stack", `${organization}/${project}/${stack}`]),
    ...(port === undefined ? [] : ["--port", String(port)]),
  ].join(" ");
}

/** A TCP port whose state shows whether the door is open. None for a single-use door: the look would take the grant. */
function visiblePort({ door, chain, singleUse }: Policy): number | undefined {
  return singleUse || chain === "FORWARD" ? undefined : firstTcpPort(door);
}
