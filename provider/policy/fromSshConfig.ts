/** What ~/.ssh/config says of one host, where the program's own fields do not. */
export interface LoginFromSshConfig {
  /** Where the host is, for one that has another name there. */
  readonly hostName?: string;
  readonly port?: number;
  readonly user?: string;
  /** Paths as they stand in the file, with `~` for the home. What the files hold is read for each login, and kept nowhere. */
  readonly identityFiles?: readonly string[];
}

/** What was taken from ~/.ssh/config for a connection. JSON, as it stands in inputs and outputs; not secret. */
export interface FromSshConfig extends LoginFromSshConfig {
  /** With `host`, the bastion that ProxyJump names; without, what the file says of `connection.proxy`. */
  readonly proxy?: LoginFromSshConfig & { readonly host?: string };
}

type Fields = Readonly<Record<string, unknown>>;

const CREDENTIALS = ["privateKey", "password", "agentSocketPath"];

/** A connection as it was given, with what was taken from the file. Identity files are no field of it. */
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

/** A checked connection, which then knows its identity files as well. */
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

/** Without what the program says itself: its fields win, and any credential of its own goes before identity files. */
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

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
