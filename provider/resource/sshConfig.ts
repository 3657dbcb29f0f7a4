import type { Properties } from "../door/properties";
import { hasUnknown } from "../door/unknown";
import { IDENTITY_REMEDY, missingIdentity } from "../host/ssh/identityFiles";
import { readSshConfig } from "../host/sshConfig/file";
import { type SshConfigLogin, sshConfigLoginFor } from "../host/sshConfig/login";
import type { Failure } from "../policy/conflicts";
import type { Login } from "../policy/connection";
import { type FromSshConfig, joinSshConfig, withIdentityFiles, withoutGiven } from "../policy/fromSshConfig";
import { isAddress, isHost } from "../policy/names";
import { isObject } from "../util/isObject";
import { plainText } from "../util/plainText";

/** What was taken from ~/.ssh/config for a connection, with failures and warnings about it. */
interface FromFile {
  readonly fromSshConfig: FromSshConfig | undefined;
  readonly failures: readonly Failure[];
  readonly warnings: readonly string[];
}

/**
 * The inputs with what ~/.ssh/config says of their host. Only `check` reads the file. Create, update, read and delete take
 * it from the state, as the preview showed it.
 */
export async function withSshConfig(
  olds: Properties,
  { fromSshConfig: _, ...inputs }: Properties,
): Promise<{ readonly news: Properties; readonly failures: readonly Failure[] }> {
  const { fromSshConfig, failures, warnings } = loginFromSshConfig(olds, inputs.connection);
  for (const warning of new Set(warnings)) console.warn(plainText(`${inputs.owner}: ${warning}`));
  if (fromSshConfig === undefined) return { news: inputs, failures };
  const missing = await missingIdentities(inputs.connection, fromSshConfig);
  return { news: { ...inputs, fromSshConfig }, failures: [...failures, ...missing] };
}

/**
 * What the file says of the host of a connection, and of its bastion. If no line of it names the host, what the state has of
 * the same host stays: another machine may have another file, or none.
 */
export function loginFromSshConfig(olds: Properties, connection: unknown): FromFile {
  const none = { fromSshConfig: undefined, failures: [], warnings: [] };
  if (!isObject(connection) || hasUnknown(connection) || connection.sshConfig === false) return none;
  const bastion = isObject(connection.proxy) ? connection.proxy : undefined;
  const reading = readText();
  const own = lookUp(reading, connection.host, bastion === undefined);
  const bastions = lookUp(reading, bastion?.host, false);
  const before = (olds.fromSshConfig ?? {}) as FromSshConfig;
  const then = isObject(olds.connection) ? olds.connection : {};
  const isSameHost = then.host === connection.host;
  const isSameBastion = isObject(then.proxy) ? then.proxy.host === bastion?.host : bastion === undefined;
  const { proxy: jump, ...login } = own.value ?? (isSameHost ? before : {});
  const through = bastion
    ? withoutGiven(bastions.value ?? (isSameHost && isSameBastion ? (before.proxy ?? {}) : {}), bastion)
    : jump?.host === undefined
      ? undefined
      : jump;
  const taken: FromSshConfig = {
    ...withoutGiven(login, connection),
    ...(through && Object.keys(through).length > 0 && { proxy: through }),
  };
  const failures = [
    ...failuresOf("connection.host", own.mistakes),
    ...failuresOf("connection.proxy.host", bastions.mistakes),
  ];
  return {
    fromSshConfig: Object.keys(taken).length > 0 && failures.length === 0 ? taken : undefined,
    failures,
    warnings: [
      ...own.warnings.map((warning) => `connection.host: ${warning}`),
      ...bastions.warnings.map((warning) => `connection.proxy.host: ${warning}`),
    ],
  };
}

type Reading = { readonly text: string | undefined } | { readonly problem: string };

function readText(): Reading {
  try {
    return { text: readSshConfig() };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** An address is not an alias. Only ssh itself uses what the file says of addresses. */
function lookUp(reading: Reading, host: unknown, isThroughJump: boolean): SshConfigLogin<FromSshConfig> {
  const none = { value: undefined, mistakes: [], warnings: [] };
  if (!isHost(host) || isAddress(host)) return none;
  if ("problem" in reading) return { ...none, warnings: [unread(reading.problem)] };
  if (reading.text === undefined) return none;
  try {
    const { warnings, ...taken } = sshConfigLoginFor(reading.text, host, isThroughJump);
    return { ...taken, warnings: warnings.map((warning) => `what is taken from ~/.ssh/config ${warning}`) };
  } catch {
    return { ...none, warnings: [unread("a line of it is not understood")] };
  }
}

function unread(problem: string): string {
  return `~/.ssh/config cannot be read (${problem}): nothing is taken from it here`;
}

function failuresOf(property: string, mistakes: readonly string[]): Failure[] {
  return mistakes.map((mistake) => ({
    property,
    reason: `~/.ssh/config has for it ${mistake}. Mend that, or give connection.sshConfig: false`,
  }));
}

/** Failures of identity files that are missing, where nothing else can log in. A preview shows them. */
async function missingIdentities(connection: unknown, from: FromSshConfig): Promise<Failure[]> {
  const login = withIdentityFiles(
    joinSshConfig(connection, from) as Login & { readonly proxy?: Login },
    from,
  );
  const [own, bastions] = await Promise.all([
    missingIdentity(login),
    login.proxy && missingIdentity(login.proxy),
  ]);
  const failures: [property: string, problem: string | undefined][] = [
    ["connection", own],
    ["connection.proxy", bastions],
  ];
  return failures.flatMap(([property, problem]) =>
    problem === undefined ? [] : [{ property, reason: `${problem}: ${IDENTITY_REMEDY}` }],
  );
}
