import fc from "fast-check";
import type { Family } from "../../provider/policy/types";
import type { Options } from "../policy/options";
import { address } from "./inject";

/** Options that a word of some seconds can tell on from off, on hosts whose one interface is eth0. */
export function optionsFor(sources: readonly number[]): fc.Arbitrary<Options> {
  const networks = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.uniqueArray(networkOf(sources), { minLength: 1, maxLength: 2 }) },
  );
  return fc
    .record({
      use: fc.constantFrom("", "", "singleUse", "extend"),
      closedResponse: fc.constantFrom("drop", "reset"),
      grantVerdict: fc.constantFrom("accept", "accept", "return"),
      allowFrom: networks,
      denyFrom: networks,
      interface: fc.constantFrom(...new Array<undefined>(9).fill(undefined), "eth0", "eth+", "eth1"),
      loopbackKnocks: fc.boolean(),
      grantPrefix: fc.record({
        ipv4: fc.constantFrom(32, 32, 31, 30),
        ipv6: fc.constantFrom(128, 128, 127, 126),
      }),
      lockout: seldom(
        fc.record({
          wrongKnocks: fc.integer({ min: 1, max: 7 }),
          withinSeconds: fc.integer({ min: 1, max: 3 }),
          forSeconds: fc.integer({ min: 1, max: 3 }),
        }),
      ),
      rateLimit: seldom(
        fc.record({
          connectionsPerMinute: fc.constantFrom(20, 60, 90),
          burst: fc.integer({ min: 1, max: 3 }),
        }),
      ),
      log: seldom(fc.constant({ prefix: "kernel test", limitPerMinute: 10 })),
      chain: fc.constantFrom("INPUT", "INPUT", "INPUT", "INPUT", "FORWARD", "DOCKER-USER"),
      families: fc.constantFrom<Family[]>(
        ...new Array<Family[]>(8).fill(["ipv4", "ipv6"]),
        ["ipv4"],
        ["ipv6"],
      ),
    } as const)
    .map(({ use, interface: name, loopbackKnocks, lockout, rateLimit, log, ...rest }): Options => {
      const outside = name ?? (rest.chain === "INPUT" ? undefined : "eth0");
      const isAsked = (network: string) => rest.families.includes(network.includes(":") ? "ipv6" : "ipv4");
      return {
        ...rest,
        singleUse: use === "singleUse",
        extend: use === "extend",
        loopbackKnocks: loopbackKnocks && outside === undefined,
        allowFrom: rest.allowFrom.flat().filter(isAsked),
        denyFrom: rest.denyFrom.flat().filter(isAsked),
        ...(outside !== undefined && { interface: outside }),
        ...(lockout && { lockout }),
        ...(rateLimit && { rateLimit }),
        ...(log && { log }),
      };
    });
}

/** One source in both families: its address alone, or with those beside it. */
function networkOf(sources: readonly number[]): fc.Arbitrary<string[]> {
  return fc
    .tuple(fc.constantFrom(...sources), fc.boolean())
    .map(([source, isWide]) => [
      `${address("ipv4", source)}/${isWide ? 30 : 32}`,
      `${address("ipv6", source)}/${isWide ? 126 : 128}`,
    ]);
}

function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 2, arbitrary });
}
