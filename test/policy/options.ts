import fc from "fast-check";
import { ADDRESS_BITS, includesLoopback } from "../../provider/policy/networks";
import type { Policy } from "../../provider/policy/types";

/** The fields of a policy that change what a door does. */
export type Options = Omit<Policy, "sequence" | "door" | "openForSeconds" | "stepTimeoutSeconds" | "ignore">;

const PLAIN = { noNullPrototype: true } as const;

const ipv4 = fc
  .tuple(
    fc.integer({ min: 1, max: 223 }),
    fc.nat(255),
    fc.nat(255),
    fc.nat(255),
    fc.constantFrom(8, 12, 16, 20, 24, 31, 32),
  )
  .map(([a, b, c, d, bits]) => {
    const number = ((a * 256 + b) * 256 + c) * 256 + d;
    const cut = number - (number % 2 ** (32 - bits));
    return `${[24, 16, 8, 0].map((shift) => Math.floor(cut / 2 ** shift) % 256).join(".")}/${bits}`;
  })
  .filter((network) => !network.startsWith("0."));

const ipv6 = fc
  .tuple(
    fc.integer({ min: 1, max: 8 }),
    fc.array(fc.integer({ min: 1, max: 0xffff }), { minLength: 8, maxLength: 8 }),
  )
  .map(([groups, words]) => {
    const kept = words.slice(0, groups).map((word) => word.toString(16));
    return `${kept.join(":")}${groups < 8 ? "::" : ""}/${16 * groups}`;
  })
  // One group of zeros is no "::".
  .filter((network) => !network.endsWith("::/112"));

/** Two of three times nothing. */
function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

const networks: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<string[]>([]) },
  { weight: 1, arbitrary: fc.array(fc.oneof(ipv4, ipv6), { minLength: 1, maxLength: 3 }) },
);

const seconds = fc.integer({ min: 1, max: 86_400 });
const bits = (family: "ipv4" | "ipv6", least: number) =>
  fc.oneof(fc.constant(ADDRESS_BITS[family]), fc.integer({ min: least, max: ADDRESS_BITS[family] }));

/** Whatever the schema allows. */
export const options: fc.Arbitrary<Options> = fc
  .record(
    {
      use: fc.constantFrom("", "singleUse", "extend"),
      closedResponse: fc.constantFrom("drop", "reset"),
      grantVerdict: fc.constantFrom("accept", "return"),
      allowFrom: networks,
      denyFrom: networks,
      interface: seldom(fc.constantFrom("eth0", "wg+", "br-0123456789ab", "ens3.100", "lo", "l+")),
      loopbackKnocks: fc.boolean(),
      grantPrefix: fc.record({ ipv4: bits("ipv4", 8), ipv6: bits("ipv6", 32) }, PLAIN),
      lockout: seldom(
        fc.record(
          { wrongKnocks: fc.integer({ min: 1, max: 20 }), withinSeconds: seconds, forSeconds: seconds },
          PLAIN,
        ),
      ),
      rateLimit: seldom(
        fc.record(
          {
            connectionsPerMinute: fc.integer({ min: 1, max: 6_000 }),
            burst: fc.integer({ min: 1, max: 100 }),
          },
          PLAIN,
        ),
      ),
      log: seldom(
        fc.record(
          {
            prefix: fc.constantFrom("portknock", "a", "ssh door: 20 letters", "x.y_z/1-2"),
            limitPerMinute: fc.integer({ min: 1, max: 600 }),
          },
          PLAIN,
        ),
      ),
      chain: fc.constantFrom("INPUT", "INPUT", "FORWARD", "DOCKER-USER"),
      families: fc.constantFrom(["ipv4", "ipv6"], ["ipv4", "ipv6"], ["ipv4"], ["ipv6"]),
    } as const,
    PLAIN,
  )
  .map(({ use, interface: name, loopbackKnocks, lockout, rateLimit, log, ...rest }): Options => {
    const outside = name ?? (rest.chain === "INPUT" ? undefined : "eth0");
    const isAsked = (network: string) =>
      rest.families.some((family) => (family === "ipv6") === network.includes(":"));
    return {
      ...rest,
      singleUse: use === "singleUse",
      extend: use === "extend",
      loopbackKnocks: loopbackKnocks && (outside === undefined || includesLoopback(outside)),
      allowFrom: rest.allowFrom.filter(isAsked),
      denyFrom: rest.denyFrom.filter(isAsked),
      ...(outside !== undefined && { interface: outside }),
      ...(lockout && { lockout }),
      ...(rateLimit && { rateLimit }),
      ...(log && { log }),
    };
  });
