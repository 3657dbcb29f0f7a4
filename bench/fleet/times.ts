import { median } from "../median";

/** What was measured: seconds, and how many hosts were left without what they were to get. */
export interface Times {
  add(size: number, who: string, what: string, seconds: number): void;
  fail(size: number, who: string, what: string, hosts: number): void;
  /** The median of the rounds. */
  of(size: number, who: string, what: string): number;
  /** The most hosts that failed in a round. */
  failures(size: number, who: string, what: string): number;
  /** All of them, by size, who and what. */
  all(): Record<string, readonly number[]>;
}

export function makeTimes(): Times {
  const seconds = new Map<string, number[]>();
  const failed = new Map<string, number>();
  const key = (...parts: (string | number)[]) => parts.join(" / ");
  return {
    add: (size, who, what, value) =>
      seconds.set(key(size, who, what), [...(seconds.get(key(size, who, what)) ?? []), value]),
    fail: (size, who, what, hosts) =>
      failed.set(key(size, who, what), Math.max(hosts, failed.get(key(size, who, what)) ?? 0)),
    of: (size, who, what) => median(seconds.get(key(size, who, what)) ?? []),
    failures: (size, who, what) => failed.get(key(size, who, what)) ?? 0,
    all: () => Object.fromEntries(seconds),
  };
}
