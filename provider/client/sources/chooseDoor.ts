import { isDeepStrictEqual } from "node:util";
import { sequencesAt } from "../../derive/derivation";
import { type ClientDoor, parseDoorPorts } from "../../policy/clientConfig";
import { firstTcpPort, includesPort, portRanges } from "../../policy/ports";
import { readSequence } from "../../policy/steps";
import type { Service } from "../../policy/types";
import { UsageError } from "../usageError";
import type { Found, Request } from "./source";

/**
 * The door of a configuration that a request is about; undefined if no door has that host and that port.
 * @throws UsageError if several doors do, with different knocks.
 */
export function chooseDoor(doors: readonly ClientDoor[], { names, port }: Request): Found | undefined {
  const fitting = doors.filter(({ door }) => port === undefined || covers(servicesOf(door), port));
  const hosts = fitting.filter(({ host }) => names.includes(host));
  // A match by the address counts before a match by the name of the door.
  const [door, ...others] =
    hosts.length > 0 ? hosts : fitting.filter(({ name = "" }) => names.includes(name));
  if (door === undefined) return undefined;
  if (!others.every((other) => isDeepStrictEqual(knocksOf(other), knocksOf(door)))) {
    throw new UsageError(`${names[0]} has several doors: name a port of the one you mean`);
  }
  const tcpPort = firstTcpPort(servicesOf(door.door));
  const { host, oneTime, singleUse } = door;
  return { ...sequencesOf(door), ...(oneTime && { oneTime }), host, tcpPort, singleUse };
}

/** Two doors with equal values here are opened by the same knocks. */
function knocksOf({ host, sequence, derivation, oneTime }: ClientDoor) {
  return { host, sequence, derivation, oneTime };
}

/** Empty for a door that has one-time tokens only. */
function sequencesOf({
  sequence,
  derivation,
}: ClientDoor): Pick<Found, "sequence" | "others" | "derivation"> {
  if (derivation) {
    const [now, ...others] = sequencesAt(derivation, Date.now());
    return { sequence: now, others, derivation };
  }
  return sequence === undefined ? {} : { sequence: readSequence(sequence) };
}

function covers(door: readonly Service[], port: number): boolean {
  return door.some(({ protocol, ports }) => protocol === "tcp" && includesPort(portRanges(ports), port));
}

/** The services of a door, from a configuration that was checked before. */
export function servicesOf(door: readonly string[]): Service[] {
  return door.flatMap((text) => {
    const service = parseDoorPorts(text);
    return service ? [{ protocol: service.protocol, ports: [service.ports] }] : [];
  });
}
