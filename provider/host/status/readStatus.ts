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

const TIMEOUT_MS = 30_000;

/**
 * Reads what the doors of a host are doing. Changes nothing there.
 * @param expected doors that the host should have; the others are compared with what is stored for the next boot.
 * @throws PortKnockError
 */
export async function readStatus(
  access: HostAccess,
  backend: Backend,
  scrub: (text: string) => string,
  expected: readonly Expected[] = [],
): Promise<HostStatus> {
  const session = await knockAndConnect(access);
  try {
    const { host } = access.connection;
    const ending = await execute(session, "status", {}, TIMEOUT_MS, readingPhase({ host, backend, scrub }));
    const { observed, persistence, warnings, lines } = answerOf(ending);
    const reading = backend.readStatus(observed, lines);
    const doors = doorsOf(backend, observed, reading, expected);
    return { host, persistence, hasClock: reading.hasClock, warnings, doors };
  } finally {
    session.close();
  }
}
