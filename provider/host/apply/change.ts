import { PortKnockError } from "../../errors";
import type { Family } from "../../policy/types";
import type { Backend, Observed } from "../../rules/backend";
import type { Identity, Ruleset } from "../../rules/ir";
import type { HostAccess } from "../enter";
import type { Reading } from "../protocol";
import type { Session } from "../ssh/session";
import { stateText } from "../states";
import type { Probe, ProbeResult } from "./probe";
import { type HostSnapshot, snapshotIn } from "./snapshot";

/** A change of one door's rules. */
export interface Change {
  /** How to get in as the host is now. */
  readonly before: HostAccess;
  /** How to get in once the change was made. */
  readonly after: Pick<HostAccess, "knocks" | "token">;
  readonly identity: Identity;
  /** What the host's firewall speaks. */
  readonly backend: Backend;
  /** The other firewall that has the door before the change: the host moves it in one transaction. */
  readonly movedFrom: Backend | undefined;
  /** Whether each chain of the host that drops gets a rule that accepts the door's mark. */
  readonly manageMark: boolean;
  /** In which families it is, before or after: only their tables have to be readable on the host. */
  readonly families: readonly Family[];
  /** The rules to load; undefined takes the door away. */
  readonly ruleset: Ruleset | undefined;
  /** Names of tokens that the host has to make usable, since no earlier change of the door had them. */
  readonly fresh: readonly string[];
  /** Missing where nothing can be seen of the door from here. */
  readonly probe: Probe | undefined;
  /** Seconds after which the host goes back by itself unless the change was confirmed. */
  readonly rollbackAfterSeconds: number;
  /** Whether these rules are what the change asks for. */
  readonly isDone: (observed: Observed) => boolean;
  /** Whether they are those from before the change, as far as these are known. */
  readonly isUndone: (observed: Observed) => boolean;
  readonly scrub: (text: string) => string;
}

/** A confirmed change. */
export interface ConfirmedChange extends HostSnapshot {
  /** Why the rules will not be there after the next reboot, though they should. */
  readonly unpersisted?: string;
  /** What was seen of the door from here. */
  readonly verified?: ProbeResult;
}

/** @throws PortKnockError where the host keeps the change, and could not be read then. */
export function confirmedChangeIn(
  { reading, unpersisted }: { readonly reading: Reading; readonly unpersisted?: string },
  change: Change,
  session: Session,
): ConfirmedChange {
  const { scrub, before } = change;
  const stored = unpersisted === undefined ? {} : { unpersisted: scrub(unpersisted) };
  if (reading.kind === "read") return { ...snapshotIn(reading.report, session, scrub), ...stored };
  // What was taken away by its names is known to be gone, though nobody can read the table.
  if (change.ruleset === undefined)
    return {
      ...snapshotIn({ observed: {}, persistence: "none", warnings: [], unused: {} }, session, scrub),
      ...stored,
    };
  throw new PortKnockError(reading.error.code, scrub(reading.error.text), {
    host: before.connection.host,
    phase: "reading back",
    hostState: stateText({ kind: "applied, not read back" }),
    remedy: "mend what is named there, then run `pulumi up` again: it repeats the change.",
  });
}
