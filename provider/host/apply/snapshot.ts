import type { Family } from "../../policy/types";
import type { Backend, Observed } from "../../rules/backend";
import type { Identity } from "../../rules/ir";
import { type HostAccess, knockAndConnect } from "../enter";
import { answerOf, execute, readingPhase } from "../execute";
import { formatHostKey } from "../hostKey";
import type { Persistence, Report } from "../protocol";
import { digits } from "../script";
import type { Session } from "../ssh/session";

/** What the host holds, as its scripts report. */
export interface HostSnapshot {
  readonly observed: Observed;
  readonly persistence: Persistence;
  readonly warnings: readonly string[];
  /** Lists of tokens that nobody has used; a family is missing where the host has no tables for it. */
  readonly unused: { readonly [F in Family]?: readonly string[] };
  /** The host's key as in a .pub file. */
  readonly hostKey: string;
  /** That of the bastion on the way, where there is one. */
  readonly proxyHostKey?: string;
}

/** A script's own work takes well under a second; waiting for another apply is added where it may happen. */
export const SCRIPT_TIMEOUT_MS = 30_000;

export function snapshotIn(report: Report, session: Session, scrub: (text: string) => string): HostSnapshot {
  const { observed, persistence, unused } = report;
  const { hostKey, route } = session;
  const proxyHostKey = route.bastionHostKey && { proxyHostKey: formatHostKey(route.bastionHostKey) };
  // They may show rules that are not ours.
  const warnings = report.warnings.map(scrub);
  return { observed, persistence, warnings, unused, hostKey: formatHostKey(hostKey), ...proxyHostKey };
}

/** Reads the owned rules without changing anything: those of one backend, or of whichever the host has. */
export async function observe(
  access: HostAccess,
  backend: Backend | readonly Backend[],
  { id }: Identity,
  families: readonly Family[],
  scrub: (text: string) => string,
): Promise<HostSnapshot> {
  const session = await knockAndConnect(access);
  try {
    const { host } = access.connection;
    const backends = [backend].flat();
    const [only, ...others] = backends;
    const reading = readingPhase({ host, backends, scrub });
    const variables = {
      ...{ ID: id, WANTED: digits(families) },
      BACKEND: only && others.length === 0 ? only.name : "",
    };
    const ending = await execute(session, "observe", variables, SCRIPT_TIMEOUT_MS, reading);
    return snapshotIn(answerOf(ending), session, scrub);
  } finally {
    session.close();
  }
}
