import { run as runCommand, startInForeground } from "../process";
import { doorHelp, doorOptions, findTarget, pass } from "./door";
import { say } from "./terminal";
import { openTunnel } from "./tunnel";
import { type Command, readArgs, UsageError } from "./usage";

/** Knocks, then is ssh. */
export const ssh: Command = {
  help: `portknock ssh [USER@]HOST [options] [-- SSH ARGUMENTS]
  Knocks, and hands ssh the connection through the door. ssh reads its own configuration as ever, and its exit code
  is passed on.
${doorHelp}
  Examples:
    portknock ssh root@192.0.2.11
    portknock ssh web -- -L 8080:localhost:80 uptime`,

  async run(args, signal) {
    const { values, positionals, rest } = readArgs(args, doorOptions);
    const [destination, ...more] = positionals;
    if (destination === undefined) throw new UsageError("ssh takes a host");
    const sshArgs = [destination, ...more, ...rest];
    const settings = await sshSettings(sshArgs);
    if (typeof settings === "number") return settings;
    const { host, port, family } = settings;
    const target = await findTarget(values, [host, nameOf(destination)], port);
    const tunnel = await openTunnel();
    const child = startInForeground("ssh", ["-o", `ProxyCommand=${tunnel.command}`, ...sshArgs]);
    const given = new AbortController();
    try {
      const ended = child.ended.finally(() => given.abort());
      const either = AbortSignal.any([signal, given.signal]);
      const passed = pass({ ...target, family: target.family ?? family }, port, either);
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
  };
}

/** The host in a destination: `host`, `user@host` or `ssh://user@host:port`. */
function nameOf(destination: string): string {
  const [, host = ""] = /^(?:ssh:\/\/)?(?:.*@)?(.*)$/.exec(destination) ?? [];
  return destination.startsWith("ssh://") ? host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1") : host;
}
