import { isObject } from "../util/isObject";
import { allowedFields } from "../util/nearest";
import type { Failure } from "./conflicts";
import { wrongDerivationFields } from "./derivation";
import { DOOR_NAME_RULE, doorNameOf, HOST_RULE, isDoorName, isHost } from "./names";
import { parsePorts } from "./ports";
import { readSequence } from "./steps";
import { formatSequence } from "./text";
import { formatToken, parseToken, type TokenList, unusedTokens } from "./tokens";
import type { DoorDerivation, PortOrRange, Sequence, Service } from "./types";

/** What the command `portknock` knows about one door: JSON, an entry of its configuration file. */
export interface ClientDoor {
  /** A name for the host, besides its address. */
  readonly name?: string;
  /** The host name or address to knock at; IPv6 without brackets. */
  readonly host: string;
  /** The sequence as text. Missing for a door without one. */
  readonly sequence?: string;
  /** For a door with a calendar: the sequence of each window is computed from it. */
  readonly derivation?: DoorDerivation;
  /** Tokens that open the door once each, as text, and the UDP port that receives them. */
  readonly oneTime?: { readonly port: number; readonly tokens: readonly string[] };
  /** The ports behind the door, as `tcp/22` or `udp/8000-8010`. */
  readonly door: readonly string[];
  /** A grant admits one connection, so the client must not spend it to test the door. */
  readonly singleUse?: boolean;
  /** The stack that the entry is from, as project/stack: `portknock config` replaces the entries of one stack. */
  readonly stack?: string;
}

/** The content of ~/.config/portknock/config.json: the doors of one host or of a fleet. */
export interface ClientConfig {
  readonly doors: readonly ClientDoor[];
}

/** Everything that opens a door: at least one of these. */
export interface ClientKnocks {
  readonly sequence?: Sequence | undefined;
  readonly derivation?: DoorDerivation | undefined;
  readonly tokens?: TokenList | undefined;
}

/**
 * The entry for a door. `name` may be any text, such as a resource's name; characters that a door's name cannot have
 * become `_`.
 */
export function clientDoor(
  name: string | undefined,
  host: string,
  { sequence, derivation, tokens }: ClientKnocks,
  door: readonly Service[],
  singleUse = false,
): ClientDoor {
  const ports = door.flatMap(({ protocol, ports }) => ports.map((port) => `${protocol}/${port}`));
  return {
    ...(name && { name: doorNameOf(name) }),
    host,
    ...(sequence && { sequence: formatSequence(sequence) }),
    ...(derivation && { derivation }),
    ...(tokens && { oneTime: { port: tokens.port, tokens: unusedTokens(tokens).map(formatToken) } }),
    door: ports,
    ...(singleUse && { singleUse }),
  };
}

/** Reads `tcp/22` or `udp/8000-8010`; undefined for any other text. */
export function parseDoorPorts(text: unknown): { protocol: "tcp" | "udp"; ports: PortOrRange } | undefined {
  const [, protocol, ports = ""] = (typeof text === "string" && /^(tcp|udp)\/([\d-]+)$/.exec(text)) || [];
  const item = /^\d+$/.test(ports) ? Number(ports) : ports;
  if ((protocol !== "tcp" && protocol !== "udp") || !parsePorts(item)) return undefined;
  return { protocol, ports: item };
}

/** Every mistake in a configuration, by its path. Values are not echoed. */
export function configFailures(config: unknown): Failure[] {
  if (!isObject(config)) return [{ property: "the file", reason: "must hold a JSON object" }];
  if (!Array.isArray(config.doors)) return [{ property: "doors", reason: "must be a list of doors" }];
  return [
    ...unknownFields(config, ["doors"], ""),
    ...config.doors.flatMap((door: unknown, index) => doorFailures(door, `doors[${index}]`)),
  ];
}

function doorFailures(door: unknown, at: string): Failure[] {
  if (!isObject(door)) return [{ property: at, reason: "must be an object" }];
  const failures = unknownFields(
    door,
    ["name", "host", "sequence", "derivation", "oneTime", "door", "singleUse", "stack"],
    `${at}.`,
  );
  const complain = (field: string, reason: string) => failures.push({ property: `${at}.${field}`, reason });
  if (door.name !== undefined && !isDoorName(door.name)) complain("name", DOOR_NAME_RULE);
  if (!isHost(door.host)) complain("host", HOST_RULE);
  if (!Array.isArray(door.door) || door.door.length === 0 || !door.door.every(parseDoorPorts))
    complain("door", 'must be a list of ports such as "tcp/22" or "udp/8000-8010"');
  if (door.singleUse !== undefined && typeof door.singleUse !== "boolean")
    complain("singleUse", "must be true or false");
  if (door.stack !== undefined && typeof door.stack !== "string")
    complain("stack", "must be text such as project/stack");
  const wrong = door.derivation === undefined ? [] : wrongDerivationFields(door.derivation);
  if (wrong.length > 0) complain("derivation", `is invalid: ${wrong.join(", ")} missing or wrong`);
  try {
    if (typeof door.sequence === "string") readSequence(door.sequence);
    else if (door.sequence !== undefined)
      complain("sequence", "must be text such as tcp/PORT,udp/PORT,icmp/BYTES");
  } catch (error) {
    complain("sequence", error instanceof Error ? error.message : String(error));
  }
  if (WAYS.every((way) => door[way] === undefined))
    failures.push({
      property: at,
      reason: `must have one of ${WAYS.join(", ")}: without one nothing opens the door`,
    });
  if (door.oneTime !== undefined && !isOneTime(door.oneTime))
    complain("oneTime", "must have a UDP `port`, and `tokens` as the provider puts them out");
  return failures;
}

/** The fields that open a door. */
const WAYS = ["sequence", "derivation", "oneTime"] as const;

function isOneTime(oneTime: unknown): boolean {
  if (!isObject(oneTime)) return false;
  const { port, tokens } = oneTime;
  const isPort = typeof port === "number" && parsePorts(port) !== undefined;
  return (
    isPort &&
    Array.isArray(tokens) &&
    tokens.every((token) => typeof token === "string" && parseToken(token) !== undefined)
  );
}

function unknownFields(value: object, allowed: readonly string[], at: string): Failure[] {
  return Object.keys(value)
    .filter((name) => !allowed.includes(name))
    .map((name) => ({
      property: `${at}${name}`,
      reason: `is an unknown field; ${allowedFields(name, allowed)}`,
    }));
}
