import type { Backend } from "../../rules/backend";
import { type HostAccess, knockAndConnect } from "../enter";
import { answerOf, execute, readingPhase } from "../execute";
import type { Persistence } from "../protocol";
import { type DoorStatus, doorsOf, type Expected } from "./doorStatus";

/** What the doors of a host are doing. */
export interface HostStatus {
  readonly host: string;
  readonly persistence: Persistence;
  /** Whether the host let its clock be read: without it nobody knows for how long an entry still counts. */
  readonly hasClock: boolean;
  /** What the host has that may weaken a door, or take it away. */
  readonly warnings: readonly string[];
  readonly doors: readonly DoorStatus[];
}

/** A firewall of the host. */
export interface Firewall {
  readonly backend: Backend;
  /** Doors that the host should have there; the others are compared with what is stored for the next boot. */
  readonly expected: readonly Expected[];
}

const TIMEOUT_MS = 30_000;

/**
 * Reads what the doors of a host are doing. Changes nothing there.
 * @param firewalls those that may have doors there.
 * @throws PortKnockError
 */
export async function readStatus(
  access: HostAccess,
  firewalls: readonly Firewall[],
  scrub: (text: string) => string,
): Promise<HostStatus> {
  const session = await knockAndConnect(access);
  try {
    const { host } = access.connection;
    const phase = readingPhase({ host, backends: firewalls.map(({ backend }) => backend), scrub });
    const { observed, persistence, warnings, lines } = answerOf(
      await execute(session, "status", {}, TIMEOUT_MS, phase),
    );
    const read = firewalls.map(({ backend, expected }) => {
      const reading = backend.readStatus(observed, lines);
      return { ...reading, doors: doorsOf(backend, observed, reading, expected) };
    });
    // A firewall without doors needs no clock.
    const hasClock = read.every((one) => one.hasClock || one.doors.length === 0);
    return { host, persistence, hasClock, warnings, doors: read.flatMap(({ doors }) => doors) };
  } finally {
    session.close();
  }
}
