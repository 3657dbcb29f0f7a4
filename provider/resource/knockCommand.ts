import type { Door } from "../door/door";
import { firstTcpPort } from "../policy/ports";
import { formatSequence } from "../policy/text";
import type { Policy } from "../policy/types";

/**
 * A command that knocks and sees the door open, or says that it did not. Words without quotes, as a shell takes them from
 * `$(…)`. Where no one sequence opens the door, the client finds what does in its own configuration, else in the stack's
 * outputs.
 */
export function knockCommand({ connection, policy }: Door, owner: string): string {
  const { sequence } = policy;
  const port = visiblePort(policy);
  const [organization, project, stack] = owner.split("/");
  return [
    ...["portknock", "knock", connection.host],
    ...(sequence
      ? ["--sequence", formatSequence(sequence)]
      : ["--stack", `${organization}/${project}/${stack}`]),
    ...(port === undefined ? [] : ["--port", String(port)]),
  ].join(" ");
}

/** A TCP port by which the host's own address shows whether the door is open; looking would take a single-use grant. */
function visiblePort({ door, chain, singleUse }: Policy): number | undefined {
  return singleUse || chain === "FORWARD" ? undefined : firstTcpPort(door);
}
