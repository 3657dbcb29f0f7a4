import { ADDRESS_BITS, maskOf } from "../../policy/networks";
import type { Family } from "../../policy/types";
import { rateName } from "../doorNames";
import type { Identity, Test } from "../ir";

/** Rates as iptables writes them: of one source (hashlimit), and of all packets (limit). */

type Rate = Extract<Test, { kind: "rate" }>;

/**
 * A source's entry must live until its burst has grown again: one that is made anew has all of it. Without the option
 * that would be as long as the unit of the rate, in whatever unit iptables-save chooses to write it.
 */
function expireMs({ connectionsPerMinute, burst }: Rate): number {
  return Math.max(1_000, Math.ceil((burst * 60_000) / connectionsPerMinute));
}

export function rateWords(rate: Rate, identity: Identity, family: Family): string[] {
  const bits = rate.prefix?.[family];
  return [
    ...["-m", "hashlimit", "--hashlimit-upto", `${rate.connectionsPerMinute}/minute`],
    ...["--hashlimit-burst", String(rate.burst), "--hashlimit-mode", "srcip"],
    ...(bits === undefined ? [] : ["--hashlimit-srcmask", String(bits)]),
    ...[
      "--hashlimit-htable-expire",
      String(expireMs(rate)),
      "--hashlimit-name",
      rateName(rate, identity, family),
    ],
  ];
}

/** Reads the values of a hashlimit match; undefined where the compiler makes none like it. */
export function readRate(
  option: (name: string) => string | undefined,
  identity: Identity,
  family: Family,
): Rate | undefined {
  const upto = option("--hashlimit-upto") ?? "";
  const bits = Number(option("--hashlimit-srcmask") ?? ADDRESS_BITS[family]);
  const expire = option("--hashlimit-htable-expire");
  const rate: Rate = {
    kind: "rate",
    connectionsPerMinute: perMinute(upto) ?? 0,
    burst: Number(option("--hashlimit-burst") ?? 5),
    ...(bits < ADDRESS_BITS[family] && { prefix: { [family]: bits } }),
  };
  const isOurs =
    option("--hashlimit-mode") === "srcip" &&
    option("--hashlimit-name") === rateName(rate, identity, family) &&
    Number(expire ?? 1000 * unitSeconds(upto)) === expireMs(rate);
  return isOurs ? rate : undefined;
}

export function limitWords(perMinute: number): string[] {
  return ["-m", "limit", "--limit", `${perMinute}/minute`];
}

/** `7/min`, `2/sec`: the unit is the largest in which iptables-save can write the rate (libxt_limit.c). */
export function perMinute(text: string): number | undefined {
  const [, count] = /^(\d+)\//.exec(text) ?? [];
  const value = (Number(count) * 60) / unitSeconds(text);
  return Number.isInteger(value) ? value : undefined;
}

function unitSeconds(text: string): number {
  const [, unit = ""] = /^\d+\/(sec|min|hour|day)/.exec(text) ?? [];
  return { sec: 1, min: 60, hour: 3_600, day: 86_400 }[unit] ?? Number.NaN;
}

/** The mask of a list; none where an entry is a whole address, as it is without the option. */
export function maskWords(bits: number | undefined, family: Family): string[] {
  return bits === undefined ? [] : ["--mask", maskOf(bits, family)];
}
