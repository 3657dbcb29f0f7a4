import { HOST_RULE, isDoorName, isHost } from "../policy/names";
import type { Sequence } from "../policy/types";
import type { DoorValues } from "./doorOptions";
import { sources } from "./sources";
import type { Found, Request } from "./sources/source";
import { UsageError } from "./usageError";

/** A door, and what opens it. */
export interface KnownDoor {
  /** What the user calls the host. */
  readonly name: string;
  /** The name or address to knock at. */
  readonly host: string;
  /** The sequences that the host may have now, the likeliest first. None for a door that has tokens alone. */
  readonly sequences: readonly Sequence[];
  /** What they are computed from, where they change with time. */
  readonly derivation: Found["derivation"];
  readonly oneTime: Found["oneTime"];
  /** A TCP port of the door, by which it can be seen to open; undefined where none is known. */
  readonly port: number | undefined;
  /** A grant lets one connection in, so seeing whether the door is open uses it up. */
  readonly singleUse: boolean;
  readonly family: 4 | 6 | undefined;
  readonly delayMs: number;
  readonly timeoutMs: number;
}

/**
 * Finds out what opens a door.
 * @param names what the host is called, the most important name first.
 * @param port the TCP port to connect to, if the user named it.
 * @throws UsageError where no source knows the host.
 */
export async function findDoor(
  values: DoorValues,
  names: readonly string[],
  port: number | undefined,
): Promise<KnownDoor> {
  const { sequence, policy, derivation, stack } = values;
  const isName = (text: string) => isHost(text) || isDoorName(text);
  const [name = ""] = names;
  if (!isName(name)) throw new UsageError(`HOST ${HOST_RULE}`);
  const known = names.filter(isName);
  const found = await firstFound({ names: known, port, sequence, policy, derivation, stack });
  return {
    name,
    host: found.host ?? name,
    sequences: found.sequence ? [found.sequence, ...(found.others ?? [])] : [],
    derivation: found.derivation,
    oneTime: found.oneTime,
    port: port ?? found.tcpPort,
    singleUse: found.singleUse ?? false,
    family: values.ipv4 ? 4 : values.ipv6 ? 6 : undefined,
    delayMs: values.delay,
    timeoutMs: values.timeout * 1000,
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
