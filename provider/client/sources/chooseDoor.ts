import { isDeepStrictEqual } from "node:util";
import { sequencesAt } from "../../derive/derivation";
import { type ClientDoor, parseDoorPorts } from "../../policy/clientConfig";
import { firstTcpPort, includesPort, portRanges } from "../../policy/ports";
import { readSequence } from "../../policy/steps";
import type { Service } from "../../policy/types";
import { UsageError } from "../usageError";
import type { Found, Request } from "./source";

/**
 * The door of a configuration that a request means; undefined where none is of that host, and has that port.
 * @throws UsageError where several are, with different knocks.
 */
export function chooseDoor(doors: readonly ClientDoor[], { names, port }: Request): Found | undefined {
  const fitting = doors.filter(({ door }) => port === undefined || covers(servicesOf(door), port));
  const hosts = fitting.filter(({ host }) => names.includes(host));
  // What is knocked at counts before what people call it.
  const [door, ...others] =
    hosts.length > 0 ? hosts : fitting.filter(({ name = "" }) => names.includes(name));
  if (door === undefined) return undefined;
  if (!others.every((other) => isDeepStrictEqual(knocksOf(other), knocksOf(door)))) {
    throw new UsageError(`${names[0]} has several doors: say which one by a port of it`);
  }
  const tcpPort = firstTcpPort(servicesOf(door.door));
  const { host, oneTime, singleUse } = door;
  return { ...sequencesOf(door), ...(oneTime && { oneTime }), host, tcpPort, singleUse };
}

/** What tells a door's knocks from another's. */
function knocksOf({ host, sequence, derivation, oneTime }: ClientDoor) {
  return { host, sequence, derivation, oneTime };
}

/** None for a door that has tokens alone. */
function sequencesOf({ sequence, derivation }: ClientDoor): Pick<Found, "sequence" | "others"> {
  if (derivation) {
    const [now, ...others] = sequencesAt(derivation, Date.now());
    return { sequence: now, others };
  }
  return sequence === undefined ? {} : { sequence: readSequence(sequence) };
}

function covers(door: readonly Service[], port: number): boolean {
  return door.some(({ protocol, ports }) => protocol === "tcp" && includesPort(portRanges(ports), port));
}

/** The ports of a door of a checked configuration. */
export function servicesOf(door: readonly string[]): Service[] {
  return door.flatMap((text) => {
    const service = parseDoorPorts(text);
    return service ? [{ protocol: service.protocol, ports: [service.ports] }] : [];
  });
}
