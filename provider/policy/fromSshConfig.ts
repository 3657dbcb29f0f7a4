import { isObject } from "../util/isObject";

/** What ~/.ssh/config says about one host, and the program does not. */
export interface LoginFromSshConfig {
  /** The real host name or address of an alias. */
  readonly hostName?: string;
  readonly port?: number;
  readonly user?: string;
  /** Paths as the file writes them, with `~` for the home. Each login reads the keys anew; they are not kept. */
  readonly identityFiles?: readonly string[];
}

/** What a connection takes from ~/.ssh/config. JSON, kept in inputs and outputs; not secret. */
export interface FromSshConfig extends LoginFromSshConfig {
  /** With `host`: the bastion that ProxyJump names. Without: what the file says about `connection.proxy`. */
  readonly proxy?: LoginFromSshConfig & { readonly host?: string };
}

type Fields = Readonly<Record<string, unknown>>;

const CREDENTIALS = ["privateKey", "password", "agentSocketPath"];

/** A connection as the user wrote it, completed from the file. Identity files are added later (`withIdentityFiles`). */
export function joinSshConfig(given: unknown, from: unknown): unknown {
  if (!isObject(given) || !isObject(from)) return given;
  const { proxy, ...own } = from as FromSshConfig;
  const bastion = isObject(given.proxy) ? given.proxy : {};
  return { ...joined(given, own), ...(proxy && { proxy: joined(bastion, proxy) }) };
}

function joined(given: Fields, from: LoginFromSshConfig & { readonly host?: string }): Fields {
  const { host, hostName, port, user } = from;
  return {
    ...given,
    ...((hostName ?? host) !== undefined && { host: hostName ?? host }),
    ...(port !== undefined && { port }),
    ...(user !== undefined && { user }),
  };
}

/** A checked connection with its identity files. */
export function withIdentityFiles<C extends { readonly proxy?: object | undefined }>(
  connection: C,
  from: unknown,
): C {
  if (!isObject(from)) return connection;
  const { identityFiles, proxy } = from as FromSshConfig;
  return {
    ...connection,
    ...(identityFiles && { identityFiles }),
    ...(connection.proxy &&
      proxy?.identityFiles && { proxy: { ...connection.proxy, identityFiles: proxy.identityFiles } }),
  };
}

/** Removes what the program says itself: its fields win, and any credential of its own wins over identity files. */
export function withoutGiven<L extends LoginFromSshConfig>(from: L, given: Fields): L {
  const isGiven = (name: string) => given[name] !== undefined && given[name] !== null;
  const { port, user, identityFiles, ...rest } = from;
  return {
    ...rest,
    ...(port !== undefined && !isGiven("port") && { port }),
    ...(user !== undefined && !isGiven("user") && { user }),
    ...(identityFiles !== undefined && !CREDENTIALS.some(isGiven) && { identityFiles }),
  } as L;
}
