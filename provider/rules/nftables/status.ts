import { FAMILIES } from "../../policy/networks";
import type { Family } from "../../policy/types";
import { groupBy } from "../../util/groupBy";
import type { DoorReading, ListEntry, Observed, StatusReading } from "../backend";
import type { Identity } from "../ir";
import { driftOf } from "../lines/drift";
import type { LineSyntax } from "../lines/syntax";
import { doorIdOf, entranceIn, isEntry, nameIn, ownerIn } from "./line";
import { durationSeconds, normalForm } from "./listing";
import { listOf } from "./names";

/**
 * Reads the rules, and what the status script printed beside them: `stored 4 LINE` for what is loaded at the next boot, and
 * `listed 4 LINE` for each line with what packets change: entries of sets, counters, what was used of quotas.
 */
export function readStatus(syntax: LineSyntax, observed: Observed, lines: readonly string[]): StatusReading {
  const held = byDoor(observed);
  const storedLines = linesAfter("stored", lines);
  const stored = byDoor(storedLines);
  const listed = byDoor(linesAfter("listed", lines));
  const all = FAMILIES.flatMap((family) => observed[family] ?? []);
  const isStored = FAMILIES.some((family) => (storedLines[family] ?? []).length > 0);
  return {
    // The host says how long entries still last, by no clock.
    hasClock: true,
    ids: [
      ...new Set(
        all.flatMap((line) => entranceIn(line) ?? []).flatMap(({ id, isDoor }) => (isDoor ? id : [])),
      ),
    ],
    door: (id) => doorIn(syntax, id, held(id), listed(id)),
    driftOf: (id) => (isStored ? driftOf(syntax, normal(stored(id)), normal(held(id)), { id }) : undefined),
  };
}

function linesAfter(word: string, lines: readonly string[]): Required<Observed> {
  const of = (digit: number) =>
    lines.flatMap((line) => (line.startsWith(`${word} ${digit} `) ? [line.slice(word.length + 3)] : []));
  return { ipv4: of(4), ipv6: of(6) };
}

/** Each door's own lines. */
function byDoor(observed: Observed): (id: string) => Required<Observed> {
  const groups = FAMILIES.map((family) => groupBy(observed[family] ?? [], doorIdOf));
  return (id) => ({ ipv4: groups[0]?.get(id) ?? [], ipv6: groups[1]?.get(id) ?? [] });
}

function normal(observed: Required<Observed>): Required<Observed> {
  const of = (family: Family) => observed[family].filter((line) => !isEntry(line)).map(normalForm);
  return { ipv4: of("ipv4"), ipv6: of("ipv6") };
}

function doorIn(
  syntax: LineSyntax,
  id: string,
  held: Required<Observed>,
  listed: Required<Observed>,
): DoorReading {
  const [entrance = ""] = FAMILIES.flatMap((family) => held[family]).filter((line) => ownerIn(line) !== "");
  const identity: Identity = { id, owner: ownerIn(entrance) };
  const rulesIn = (family: Family, lines: readonly string[]) =>
    lines.flatMap((line) => syntax.parseRule(normalForm(line), identity, family) ?? []);
  return {
    owner: identity.owner,
    rules: FAMILIES.flatMap((family) => rulesIn(family, held[family])),
    entries: FAMILIES.flatMap((family) =>
      listed[family].flatMap((line) => entryIn(line, identity, family) ?? []),
    ),
    counts: FAMILIES.flatMap((family) =>
      listed[family].flatMap((line) => {
        const [, packets] = / counter packets (\d+) /.exec(line) ?? [];
        return packets === undefined
          ? []
          : rulesIn(family, [line]).map((rule) => ({ family, rule, packets: Number(packets) }));
      }),
    ),
  };
}

/** A source in a set; or a token that nobody has used. Those under way are on a stage's list as well. */
function entryIn(line: string, identity: Identity, family: Family): ListEntry | undefined {
  const list = listOf(nameIn(line), identity, family);
  if (list === undefined || list.kind === "underWay") return undefined;
  if (list.kind === "token") {
    const isUsed = !line.endsWith(" bytes }") || / used [1-9]\d* bytes \}$/.test(line);
    return isUsed ? undefined : { list, family, source: "", ageSeconds: 0 };
  }
  const [, source, rest = ""] = /^add element .* \{ (\S+) (.*)\}$/.exec(line) ?? [];
  const [, ends] = /\bexpires (\S+)/.exec(rest) ?? [];
  return source === undefined
    ? undefined
    : {
        list,
        family,
        source,
        ageSeconds: undefined,
        ...(ends !== undefined && { endsInSeconds: durationSeconds(ends) }),
      };
}
