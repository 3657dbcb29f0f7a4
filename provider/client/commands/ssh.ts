import { knockAtEach } from "../../knock/knock";
import { hostMistake } from "../../policy/hostMistake";
import { startInForeground } from "../../util/process";
import { defineCommand } from "../command/command";
import type { Options } from "../command/option";
import { type DoorValues, doorOptions } from "../doorOptions";
import { findDoor } from "../findDoor";
import { type KnockTarget, knockTarget, openAndConnect } from "../openDoor";
import { readSshArguments } from "../sshArguments";
import { type Jump, jumpOf, nameOf, type SshSettings, sshSettings, withoutBrackets } from "../sshSettings";
import { openTunnel } from "../tunnel";
import { UsageError } from "../usageError";

/** Knocks, then runs ssh. */
export const ssh = defineCommand({
  usage: ["[USER@]HOST [options] [SSH OPTIONS] [-- SSH ARGUMENTS | COMMAND]"],
  description: [
    "Knocks, and hands ssh the connection through the door. ssh reads its own configuration, and its exit code is the exit code of this command. Options of one letter go to ssh (-i, -l, -p, -F, …), except -4 and -6. With -J, this machine connects to the first jump host, so it knocks at the door of that host.",
  ],
  options: doorOptions,
  positionals: { destination: { kind: "destination", name: "[USER@]HOST" } },
  examples: [
    "portknock ssh root@192.0.2.11",
    "portknock ssh -i ~/.ssh/ops -p 2222 root@192.0.2.11 uptime",
    "portknock ssh web -- -L 8080:localhost:80 uptime",
  ],

  split(args) {
    const { own, options, destination, command } = readSshArguments(args, takesValue);
    if (destination === undefined) return { own, rest: [...options, ...command] };
    const host = withoutBrackets(destination);
    return { own: [host, ...own], rest: [...options, host, ...command] };
  },

  async run({ values, positionals: { destination }, rest: sshArgs }, signal) {
    const settings = await sshSettings(sshArgs);
    if (typeof settings === "number") return settings;
    const jump = jumpOf(sshArgs);
    if (jump !== undefined) return throughJump(values, jump, sshArgs, signal);
    const target = await targetOf(values, settings, destination);
    const tunnel = await openTunnel();
    const child = startInForeground("ssh", ["-o", `ProxyCommand=${tunnel.command}`, ...sshArgs]);
    const sshEnded = new AbortController();
    try {
      const ended = child.ended.finally(() => sshEnded.abort());
      const either = AbortSignal.any([signal, sshEnded.signal]);
      const opened = openAndConnect(target, settings.port, either);
      // ssh may end without this connection: it was interrupted, or another of its connections serves this one.
      const first = await Promise.race([opened, ended]);
      if (typeof first === "number") return first;
      tunnel.connect(first.socket);
      return await ended;
    } finally {
      child.stop();
      await child.ended.catch(() => undefined);
      tunnel.close();
    }
  },
});

function takesValue(name: string): boolean {
  const options: Options = doorOptions;
  return Object.hasOwn(options, name) && options[name]?.kind !== "switch";
}

/** @throws UsageError that names -p, where the port was written behind the host. */
async function targetOf(
  values: DoorValues,
  { host, port, family }: SshSettings,
  destination: string,
): Promise<KnockTarget> {
  const mistake = hostMistake(host, "ssh");
  if (mistake !== undefined) throw new UsageError(`the host ${mistake}`);
  const target = knockTarget(await findDoor(values, [host, nameOf(destination)], port));
  return { ...target, family: target.family ?? family };
}

/** Opens the door of the first jump host, then lets ssh connect by itself. */
async function throughJump(
  values: DoorValues,
  { options, destination }: Jump,
  sshArgs: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const settings = await sshSettings([...options, withoutBrackets(destination)]);
  if (typeof settings === "number") return settings;
  const target = await targetOf(values, settings, destination);
  if (target.singleUse) await knockAtEach({ ...target, signal });
  else (await openAndConnect(target, settings.port, signal)).socket.destroy();
  return startInForeground("ssh", sshArgs).ended;
}
