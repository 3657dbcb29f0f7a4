import type { Family } from "../../policy/types";
import type { Clock } from "./clock";

/** What status.sh read, beside the rules themselves. */
export interface StatusRecords {
  /** Packets that each rule of a door has seen. */
  readonly counts: readonly { readonly family: Family; readonly packets: number; readonly rule: string }[];
  /** What is loaded at the next boot, by family; a family of which nothing is stored is missing. */
  readonly stored: { readonly [F in Family]?: readonly string[] };
  /** Who is on which list, since which tick. */
  readonly entries: readonly { readonly list: string; readonly source: string; readonly tick: number }[];
  readonly clock: Clock | undefined;
}

export function readStatusRecords(lines: readonly string[]): StatusRecords {
  const matches = (form: RegExp) => lines.flatMap((line) => form.exec(line)?.slice(1) ?? []);
  const triples = (form: RegExp) => inGroups(matches(form));
  const storedOf = (digit: string) =>
    inPairs(matches(/^stored ([46]) (.*)$/)).flatMap(([family, rule]) => (family === digit ? [rule] : []));
  const [ticks, nanoseconds] = matches(/^clock (\d+) (\d+)$/);
  const ipv4 = storedOf("4");
  const ipv6 = storedOf("6");
  return {
    counts: triples(/^count ([46]) (\d+) (.*)$/).map(([family, packets, rule]) => ({
      family: family === "4" ? "ipv4" : "ipv6",
      packets: Number(packets),
      rule,
    })),
    stored: { ...(ipv4.length > 0 && { ipv4 }), ...(ipv6.length > 0 && { ipv6 }) },
    entries: triples(/^entry (\S+) (\S+) .*\blast_seen: (\d+)\b/).map(([list, source, tick]) => ({
      list,
      source,
      tick: Number(tick),
    })),
    clock:
      ticks === undefined || nanoseconds === undefined
        ? undefined
        : { tick: Number(ticks), sinceBootSeconds: Number(nanoseconds) / 1e9 },
  };
}

function inPairs(values: readonly string[]): [string, string][] {
  return values.flatMap((value, index) => (index % 2 === 0 ? [[value, values[index + 1] ?? ""]] : []));
}

function inGroups(values: readonly string[]): [string, string, string][] {
  return values.flatMap((value, index) =>
    index % 3 === 0 ? [[value, values[index + 1] ?? "", values[index + 2] ?? ""]] : [],
  );
}
