import { isIPv6 } from "node:net";
import { knockAtEach } from "../../knock/knock";
import { run as runCommand, startInForeground } from "../../util/process";
import { readSshArguments } from "../sshArguments";
import { doorHelp, doorOptions, findTarget, openAndConnect } from "../target";
import { say } from "../terminal";
import { openTunnel } from "../tunnel";
import { type Command, readArgs, UsageError } from "../usage";

/** Knocks, then is ssh. */
export const ssh: Command = {
  help: `portknock ssh [USER@]HOST [options] [SSH OPTIONS] [-- SSH ARGUMENTS | COMMAND]
  Knocks, and hands ssh the connection through the door. ssh reads its own configuration as ever, and its exit code
  is passed on. Options of one letter are ssh's (-i, -l, -p, -F, …), but for -4 and -6. With -J the knock is for the door
  of the first jump host, since that is where this machine connects to.
${doorHelp}
  Examples:
    portknock ssh root@192.0.2.11
    portknock ssh -i ~/.ssh/ops -p 2222 root@192.0.2.11 uptime
    portknock ssh web -- -L 8080:localhost:80 uptime`,

  ownWords: (args) => readSshArguments(args, takesValue).own,

  async run(args, signal) {
    const words = readSshArguments(args, takesValue);
    const { values } = readArgs(words.own, doorOptions);
    if (words.destination === undefined) throw new UsageError("ssh takes a host");
    const destination = withoutBrackets(words.destination);
    const sshArgs = [...words.options, destination, ...words.command];
    const settings = await sshSettings(sshArgs);
    if (typeof settings === "number") return settings;
    const { host, port, family, jump } = settings;
    if (jump !== undefined) return throughJump(values, jump, sshArgs, signal);
    const target = await findTarget(values, [host, nameOf(destination)], port);
    const tunnel = await openTunnel();
    const child = startInForeground("ssh", ["-o", `ProxyCommand=${tunnel.command}`, ...sshArgs]);
    const given = new AbortController();
    try {
      const ended = child.ended.finally(() => given.abort());
      const either = AbortSignal.any([signal, given.signal]);
      const passed = openAndConnect({ ...target, family: target.family ?? family }, port, either);
      // ssh may end without a connection of ours: it was interrupted, or another of its connections serves this one.
      const first = await Promise.race([passed, ended]);
      if (typeof first === "number") return first;
      tunnel.connect(first.socket);
      return await ended;
    } finally {
      child.stop();
      await child.ended.catch(() => undefined);
      tunnel.close();
    }
  },
};

function takesValue(name: string): boolean {
  return Object.entries(doorOptions).some(([one, { type }]) => one === name && type === "string");
}

/** ssh connects to the first jump host: it is that one's door that this machine can open. */
async function throughJump(
  values: Parameters<typeof findTarget>[0],
  jump: string,
  sshArgs: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const settings = await sshSettings([...configFileOf(sshArgs), withoutBrackets(jump)]);
  if (typeof settings === "number") return settings;
  const { host, port, family } = settings;
  const target = await findTarget(values, [host, nameOf(jump)], port);
  const known = { ...target, family: target.family ?? family };
  if (target.singleUse) await knockAtEach({ ...known, signal });
  else (await openAndConnect(known, port, signal)).socket.destroy();
  return startInForeground("ssh", sshArgs).ended;
}

/** ssh hands a configuration file that it was given on to the connection to the jump host. */
function configFileOf(sshArgs: readonly string[]): readonly string[] {
  const index = sshArgs.indexOf("-F");
  return index < 0 ? [] : sshArgs.slice(index, index + 2);
}

/** What ssh's own configuration makes of its arguments (ssh(1), -G); its exit code where it does not take them. */
async function sshSettings(args: readonly string[]) {
  const { code, stdout, stderr, error } = await runCommand("ssh", ["-G", ...args], 60_000);
  if (error) throw new Error("no ssh on this machine: install it (Debian: openssh-client)");
  if (code !== 0) {
    say(stderr.trimEnd());
    return code ?? 255;
  }
  const setting = (name: string) => new RegExp(`^${name} (.*)$`, "m").exec(stdout)?.[1] ?? "";
  const families: Readonly<Record<string, 4 | 6>> = { inet: 4, inet6: 6 };
  return {
    host: setting("hostname"),
    port: Number(setting("port")),
    family: families[setting("addressfamily")],
    jump: firstJump(args),
  };
}

/** The first host of -J, as a destination of its own; what the configuration says of jumps gives way to our connection. */
function firstJump(args: readonly string[]): string | undefined {
  const { options } = readSshArguments(args, () => false);
  const index = options.findIndex((word) => word.startsWith("-J"));
  if (index < 0) return undefined;
  const jumps = options[index] === "-J" ? options[index + 1] : options[index]?.slice(2);
  const [first = ""] = (jumps ?? "").split(",");
  return first.startsWith("ssh://") ? first : `ssh://${first}`;
}

/** ssh itself takes brackets only within ssh://. */
function withoutBrackets(destination: string): string {
  if (destination.startsWith("ssh://")) return destination;
  const [, user = "", host = ""] = /^((?:.*@)?)\[([^\]]*)\]$/.exec(destination) ?? [];
  // Any other text could be an option to ssh without them.
  return isIPv6(host) ? `${user}${host}` : destination;
}

/** The host in a destination: `host`, `user@host` or `ssh://user@host:port`. */
function nameOf(destination: string): string {
  const [, host = ""] = /^(?:ssh:\/\/)?(?:.*@)?(.*)$/.exec(destination) ?? [];
  return destination.startsWith("ssh://") ? host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1") : host;
}
