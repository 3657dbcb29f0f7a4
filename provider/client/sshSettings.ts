import { isIPv6 } from "node:net";
import { run } from "../util/process";
import { argumentOf, readSshArguments } from "./sshArguments";
import { say } from "./terminal";

/** Where ssh would connect to. */
export interface SshSettings {
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6 | undefined;
}

const FAMILIES: Readonly<Record<string, 4 | 6>> = { inet: 4, inet6: 6 };

/** Asks ssh what its own configuration makes of its arguments (ssh(1), -G). A number is its exit code: it refuses them. */
export async function sshSettings(args: readonly string[]): Promise<SshSettings | number> {
  const { code, stdout, stderr, error } = await run("ssh", ["-G", ...args], 60_000);
  if (error) throw new Error("there is no ssh on this machine: install it (Debian: openssh-client)");
  if (code !== 0) {
    say(stderr.trimEnd());
    return code ?? 255;
  }
  const setting = (name: string) => new RegExp(`^${name} (.*)$`, "m").exec(stdout)?.[1] ?? "";
  return {
    host: setting("hostname"),
    port: Number(setting("port")),
    family: FAMILIES[setting("addressfamily")],
  };
}

/** The jump host that ssh connects to first, and the configuration file for it. */
export interface Jump {
  readonly destination: string;
  /** ssh reads the same configuration file for a jump host. */
  readonly options: readonly string[];
}

/**
 * The first host of -J. A ProxyJump in the configuration does not count: the connection that portknock hands over takes
 * its place.
 */
export function jumpOf(sshArgs: readonly string[]): Jump | undefined {
  const { letters } = readSshArguments(sshArgs, () => false);
  const jumps = argumentOf(letters, "J");
  if (jumps === undefined) return undefined;
  const [first = ""] = jumps.split(",");
  const file = argumentOf(letters, "F");
  return {
    destination: first.startsWith("ssh://") ? first : `ssh://${first}`,
    options: file === undefined ? [] : ["-F", file],
  };
}

/** ssh itself takes brackets only within ssh://. */
export function withoutBrackets(destination: string): string {
  if (destination.startsWith("ssh://")) return destination;
  const [, user = "", host = ""] = /^((?:.*@)?)\[([^\]]*)\]$/.exec(destination) ?? [];
  // Without its brackets, any other text could be an option of ssh.
  return isIPv6(host) ? `${user}${host}` : destination;
}

/** The host in a destination: `host`, `user@host` or `ssh://user@host:port`. */
export function nameOf(destination: string): string {
  const [, host = ""] = /^(?:ssh:\/\/)?(?:.*@)?(.*)$/.exec(destination) ?? [];
  return destination.startsWith("ssh://") ? host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1") : host;
}
