import type { Opened } from "../knock/open";
import { DEFAULT_TIMEOUT_MS, openConnection } from "../knock/open";
import { type KnockAt, roundRobin } from "../knock/rounds";
import { DEFAULT_DELAY_MS } from "../knock/send";
import { limits } from "../policy/limits";
import { HOST_RULE, isDoorName, isHost } from "../policy/names";
import type { Sequence } from "../policy/types";
import { sources } from "./sources";
import type { Found, Request } from "./sources/source";
import { tell } from "./terminal";
import { readNumber, UsageError } from "./usage";
import { tokensFirst } from "./usedTokens";

/** Options of every command that knocks. */
export const doorOptions = {
  sequence: { type: "string" },
  policy: { type: "string" },
  derivation: { type: "string" },
  stack: { type: "string" },
  delay: { type: "string", default: String(DEFAULT_DELAY_MS) },
  timeout: { type: "string", default: String(DEFAULT_TIMEOUT_MS / 1000) },
  "4": { type: "boolean", short: "4" },
  "6": { type: "boolean", short: "6" },
} as const;

export const doorHelp = `  --sequence TEXT   the knocks: tcp/PORT, udp/PORT and icmp/BYTES, separated by commas
  --policy FILE     a policy as JSON, as \`portknock render\` takes it
  --derivation FILE what a KnockSequence puts out as derivation (mode 0600): the sequence is computed from it
  --stack NAME      a stack: its outputs, by \`pulumi stack output --show-secrets\`
                    The first that knows the host: --sequence, --policy, --derivation,
                    $PORTKNOCK_SEQUENCE, ~/.config/portknock/config.json (mode 0600), --stack
                    A door's one-time tokens go first, each marked as used in ~/.config/portknock/used-tokens
  --delay MS        milliseconds between two packets (default ${DEFAULT_DELAY_MS})
  --timeout S       seconds after which the door counts as shut (default ${DEFAULT_TIMEOUT_MS / 1000})
  -4, -6            only over IPv4, or over IPv6`;

interface Values {
  readonly sequence?: string | undefined;
  readonly policy?: string | undefined;
  readonly derivation?: string | undefined;
  readonly stack?: string | undefined;
  readonly delay: string;
  readonly timeout: string;
  readonly "4"?: boolean | undefined;
  readonly "6"?: boolean | undefined;
}

/** A host to knock at. */
export interface Target {
  readonly host: string;
  /** What to send for each try. */
  readonly knockAt: KnockAt;
  /** The sequence, where the door has one. */
  readonly sequence: Sequence | undefined;
  /** A TCP port behind the door, by which it can be seen to open; undefined where none is known. */
  readonly port: number | undefined;
  /** A grant lets one connection in: seeing whether the door is open would use it up. */
  readonly singleUse: boolean;
  readonly family: 4 | 6 | undefined;
  readonly delayMs: number;
  readonly timeoutMs: number;
}

/**
 * Finds out how to knock at a host.
 * @param names what the host is called, the one that counts first.
 * @param port the TCP port to get to, where the user said it.
 * @throws UsageError where no source knows the host.
 */
export async function findTarget(
  values: Values,
  names: readonly string[],
  port: number | undefined,
): Promise<Target> {
  const delayMs = readNumber("--delay", values.delay, limits.delayMs, "milliseconds");
  const timeoutMs = readNumber("--timeout", values.timeout, limits.timeoutSeconds, "seconds") * 1000;
  if (values["4"] && values["6"]) throw new UsageError("-4 and -6 exclude each other");
  const { sequence, policy, derivation, stack } = values;
  const isName = (text: string) => isHost(text) || isDoorName(text);
  const [host = ""] = names;
  if (!isName(host)) throw new UsageError(`HOST ${HOST_RULE}`);
  const known = names.filter(isName);
  const found = await firstFound({ names: known, port, sequence, policy, derivation, stack });
  const sequences = found.sequence ? [found.sequence, ...(found.others ?? [])] : [];
  return {
    host: found.host ?? host,
    knockAt: found.oneTime ? tokensFirst(found.oneTime, host, sequences) : roundRobin(sequences),
    sequence: found.sequence,
    port: port ?? found.tcpPort,
    singleUse: found.singleUse ?? false,
    family: values["4"] ? 4 : values["6"] ? 6 : undefined,
    delayMs,
    timeoutMs,
  };
}

async function firstFound(request: Request): Promise<Found> {
  for (const { find } of sources) {
    const found = await find(request);
    if (found) return found;
  }
  const port = request.port === undefined ? "" : `, port ${request.port}`;
  const asked = sources.map(({ name }) => name).join(", ");
  throw new UsageError(`no sequence is known for ${request.names[0]}${port}; looked for: ${asked}`);
}

/** Knocks and connects, and tells who watches. */
export async function openAndConnect(target: Target, port: number, signal: AbortSignal): Promise<Opened> {
  const began = performance.now();
  const opened = await openConnection({
    ...target,
    port,
    signal,
    onRetry: ({ address }, tries) => tell(`${address} does not answer; knock ${tries + 1}`),
  });
  const { to, source } = opened;
  tell(`${to.address} is open to ${source} after ${Math.round(performance.now() - began)} ms`);
  return opened;
}

/** The port by which a command may see whether the door is open, before it leaves the connection to someone else. */
export function portToCheck({ port, singleUse }: Target, noCheck = false): number | undefined {
  return noCheck || singleUse ? undefined : port;
}
