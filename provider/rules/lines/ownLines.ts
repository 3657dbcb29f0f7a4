import { memoizeByObject } from "../../util/memoizeByObject";
import type { Backend, Observed } from "../backend";

/** What reads the lines of a host. */
type Readers = Pick<Backend, "compare" | "doorSizes" | "readStatus" | "inputsIn">;

const HEAD = "stored 4 ".length;

/** A host may have doors of several firewalls, and reports all of them: each backend reads its own lines alone. */
export function readingOwnLines<Own extends Readers>(backend: Own, isOwn: (line: string) => boolean): Own {
  // The same list for the same host: what is read of it once serves all of its doors.
  const ownLines = memoizeByObject((lines: readonly string[]) =>
    lines.every(isOwn) ? lines : lines.filter(isOwn),
  );
  const own = ({ ipv4, ipv6 }: Observed): Observed => ({
    ...(ipv4 && { ipv4: ownLines(ipv4) }),
    ...(ipv6 && { ipv6: ownLines(ipv6) }),
  });
  const isStoredElsewhere = (line: string) => line.startsWith("stored ") && !isOwn(line.slice(HEAD));
  return {
    ...backend,
    compare: (ruleset, secrets, observed) => backend.compare(ruleset, secrets, own(observed)),
    doorSizes: (observed) => backend.doorSizes(own(observed)),
    inputsIn: (observed, id) => backend.inputsIn(own(observed), id),
    readStatus: (observed, lines) =>
      backend.readStatus(
        own(observed),
        lines.filter((line) => !isStoredElsewhere(line)),
      ),
  };
}
