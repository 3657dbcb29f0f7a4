import { sshConfigLoginFor } from "../host/sshConfig/login";
import { limits } from "../policy/limits";
import { isHost } from "../policy/names";
import { omitUndefined } from "../util/omitUndefined";
import { readInput } from "./inputFile";
import { UsageError } from "./usageError";

/** How to log in to a host that no stack describes, as ssh's options say it. */
export interface StatusLogin {
  readonly login: string | undefined;
  readonly identity: string | undefined;
  readonly port: number | undefined;
  readonly jump: string | undefined;
  readonly "ssh-config": string | undefined;
  readonly sudo: boolean;
}

/** A bastion. ssh's configuration may have another name for its host. */
interface Approach {
  readonly host?: string | undefined;
  readonly hostName?: string | undefined;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
}

/** The fields of a connection. As with ssh, an option counts before what the configuration file says. */
export function connectionFields(host: string, given: StatusLogin): Readonly<Record<string, unknown>> {
  const { login, identity, port, jump, sudo } = given;
  const file = given["ssh-config"];
  const said = file === undefined ? undefined : readSettings(file, host);
  const key = identity ?? said?.identityFiles?.[0];
  const privateKey = key === undefined ? {} : { privateKey: readInput(key) };
  const proxy = jump === undefined ? said?.proxy : readJump(jump);
  return {
    host: said?.hostName ?? host,
    port: port ?? said?.port ?? 22,
    user: login ?? said?.user ?? "root",
    sudo,
    ...privateKey,
    ...(proxy && { proxy: { ...privateKey, ...approachOf(proxy) } }),
  };
}

function readSettings(file: string, host: string) {
  const { value, mistakes } = sshConfigLoginFor(readInput(file), host, true);
  if (mistakes.length > 0) throw new UsageError(`${file} has for ${host} ${mistakes.join("; ")}`);
  return value;
}

function approachOf({ host, hostName, user, port }: Approach): Approach {
  return omitUndefined({ host: hostName ?? host, user, port });
}

/** Reads what ssh takes for -J: `[user@]host[:port]`, one bastion. */
function readJump(text: string): Approach {
  const [, user, bracketed, plain, port] =
    /^(?:([^@,]+)@)?(?:\[([^\]]+)\]|([^:[\],]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const number = port === undefined ? undefined : Number(port);
  const isPort = number === undefined || (number >= limits.port.min && number <= limits.port.max);
  if (host === undefined || !isHost(host) || !isPort)
    throw new UsageError("--jump takes one bastion: [USER@]HOST[:PORT]");
  return { host, user, port: number };
}
