import { isIPv6 } from "node:net";
import { networkOf } from "../../policy/networks";
import type { Family } from "../../policy/types";
import type { List, Prefix, Rule, Test } from "../ir";
import type { Packet } from "./packets";

/** What the kernel remembers between packets. */
export interface ListContents {
  /** When the times of packets begin, in seconds since 1970. */
  readonly startSeconds: number;
  /** When each source entered each list, in seconds: every time, not the last alone. */
  readonly lists: Map<string, readonly Entry[]>;
  /** What is left of a burst, and since when it grows again. */
  readonly rates: Map<string, { readonly tokens: number; readonly at: number }>;
  /** The network of an address, by both it and the number of bits: worked out once. */
  readonly networks: Map<string, string>;
}

/** Since when a source is on a list, and until when, if that was said at the time. */
interface Entry {
  readonly at: number;
  readonly until?: number;
}

/** Nobody has sent anything, and no token was used. */
export function emptyLists(startSeconds: number, lists: readonly List[]): ListContents {
  const unused = lists.flatMap((list) =>
    list.kind === "token" ? [unusedKey(list.name, "ipv4"), unusedKey(list.name, "ipv6")] : [],
  );
  return {
    startSeconds,
    lists: new Map(unused.map((key) => [key, []])),
    rates: new Map(),
    networks: new Map(),
  };
}

/** Whether a source entered a list so often within the last seconds, or so often that has not ended. */
export function hasEntered(
  list: List,
  seconds: number | undefined,
  hits: number,
  sent: Packet,
  memory: ListContents,
): boolean {
  const entries = memory.lists.get(listKey(list, sent, memory)) ?? [];
  const limit = seconds ?? Number.POSITIVE_INFINITY;
  const isLive = ({ at, until = Number.POSITIVE_INFINITY }: Entry) =>
    sent.atSeconds - at <= limit && sent.atSeconds <= until;
  return entries.filter(isLive).length >= hits;
}

/** Whether a source is on a list, however long it has been there. */
export function isOn(list: List, sent: Packet, memory: ListContents): boolean {
  return memory.lists.has(listKey(list, sent, memory));
}

export function move({ move: moved }: Rule, sent: Packet, memory: ListContents): void {
  if (moved?.from) memory.lists.delete(listKey(moved.from, sent, memory));
  for (const list of [moved?.to, moved?.also]) if (list) enter(list, sent, memory, moved?.seconds);
}

/** For so many seconds, if that is said at the time. */
export function enter(list: List, sent: Packet, memory: ListContents, seconds?: number): void {
  const key = listKey(list, sent, memory);
  const at = sent.atSeconds;
  const entry = { at, ...(seconds !== undefined && { until: at + seconds }) };
  memory.lists.set(key, [...(memory.lists.get(key) ?? []), entry]);
}

/** Whether a source may enter the list: at a place of its own, it must not be there. The first free one is the next. */
export function isFree(list: List | undefined, sent: Packet, memory: ListContents): boolean {
  return list?.kind !== "wrong" || list.place === undefined
    ? true
    : !hasEntered(list, undefined, list.place, sent, memory);
}

/** Takes one from what a source may do, if there is one left. It grows again with time, up to the burst. */
export function takesOne(
  test: Extract<Test, { kind: "rate" | "limit" }>,
  sent: Packet,
  memory: ListContents,
): boolean {
  const isRate = test.kind === "rate";
  const [burst, perMinute] = isRate ? [test.burst, test.connectionsPerMinute] : [5, test.perMinute];
  const key = `${JSON.stringify(test)} ${isRate ? source(test.prefix, sent, memory) : ""}`;
  const before = memory.rates.get(key) ?? { tokens: burst, at: sent.atSeconds };
  const tokens = Math.min(burst, before.tokens + ((sent.atSeconds - before.at) * perMinute) / 60);
  if (tokens < 1) return false;
  memory.rates.set(key, { tokens: tokens - 1, at: sent.atSeconds });
  return true;
}

function listKey(list: List, sent: Packet, memory: ListContents): string {
  switch (list.kind) {
    case "stage":
      return `${list.slot ?? ""}${list.stage} ${source(undefined, sent, memory)}`;
    case "token":
      return unusedKey(list.name, isIPv6(sent.from ?? "") ? "ipv6" : "ipv4");
    default:
      return `${list.kind} ${source("prefix" in list ? list.prefix : undefined, sent, memory)}`;
  }
}

/** A token may be used by any source, over each family once. */
function unusedKey(name: string, family: Family): string {
  return `token ${name} ${family}`;
}

/** Addresses that a prefix makes one are one source. */
function source(prefix: Prefix | undefined, { from = "" }: Packet, { networks }: ListContents): string {
  const bits = prefix?.[from.includes(":") ? "ipv6" : "ipv4"];
  if (bits === undefined || from === "") return from;
  const network = networks.get(`${bits} ${from}`) ?? networkOf(from, bits);
  networks.set(`${bits} ${from}`, network);
  return network;
}
