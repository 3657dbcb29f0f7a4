import { fields, wholeNumber } from "./fields";
import { limits } from "./limits";
import { FAMILIES, formatNetwork, parseNetwork } from "./networks";
import * as z from "./zod";

/** The options of a door. Each has a default or may be left out. None is secret. */

const flag = z.boolean({ error: "must be true or false" }).default(false);

const network = z
  .string({ error: "must be an address or a network" })
  .refine((text) => parseNetwork(text) !== undefined, {
    error:
      'must be an address or a network such as "192.0.2.0/24" or "2001:db8::/32": the prefix has at least 1 bit, and no bit is set after it',
    abort: true,
  })
  .transform((text) => {
    const parsed = parseNetwork(text);
    return parsed === undefined ? text : formatNetwork(parsed);
  });

const networks = z
  .array(network, { error: "must be a list of networks" })
  .max(limits.networks.max, `must name at most ${limits.networks.max} networks`)
  .default([]);

const interfaceName = z
  .string({ error: "must be the name of a network interface" })
  .regex(/^(?=.{1,15}$)[A-Za-z0-9][A-Za-z0-9_.:@-]*\+?$/, {
    error:
      "must be the name of a network interface: up to 15 letters, digits, `_`, `.`, `:`, `@` or `-`; a `+` at its end stands for any ending",
  });

const prefix = (family: "ipv4" | "ipv6") =>
  wholeNumber("bits of an address", limits.grantPrefix[family]).default(limits.grantPrefix[family].max);

const seconds = (range: { min: number; max: number }) => wholeNumber("seconds", range);

const lockout = fields({
  wrongKnocks: wholeNumber("a number of knocks", limits.wrongKnocks),
  withinSeconds: seconds(limits.withinSeconds),
  forSeconds: seconds(limits.forSeconds),
});

const rateLimit = fields({
  connectionsPerMinute: wholeNumber("a number of connections", limits.connectionsPerMinute),
  burst: wholeNumber("a number of connections", limits.burst).default(limits.burst.default),
});

const { min, max } = limits.logPrefixCharacters;

const log = fields({
  prefix: z
    .string({ error: "must be text" })
    .regex(new RegExp(`^(?! )[A-Za-z0-9 ._:/-]{${min},${max}}(?<! )$`), {
      error: `must be ${min} to ${max} letters, digits, spaces, or any of "._:/-", without a space at either end`,
    })
    .default("portknock"),
  limitPerMinute: wholeNumber("lines a minute", limits.limitPerMinute).default(limits.limitPerMinute.default),
});

const families = z
  .array(z.enum(["ipv4", "ipv6"], { error: 'must be "ipv4" or "ipv6"' }), {
    error: "must be a list of families",
  })
  .min(1, "must name at least one family")
  // In one order, so that equal families are equal lists.
  .transform((names) => FAMILIES.filter((family) => names.includes(family)))
  .default(["ipv4", "ipv6"]);

export const optionFields = {
  singleUse: flag,
  extend: flag,
  closedResponse: z.enum(["drop", "reset"], { error: 'must be "drop" or "reset"' }).default("drop"),
  grantVerdict: z.enum(["accept", "return"], { error: 'must be "accept" or "return"' }).default("accept"),
  allowFrom: networks,
  denyFrom: networks,
  interface: interfaceName.optional(),
  loopbackKnocks: flag,
  grantPrefix: fields({ ipv4: prefix("ipv4"), ipv6: prefix("ipv6") }).prefault({}),
  lockout: lockout.optional(),
  rateLimit: rateLimit.optional(),
  log: log.optional(),
  chain: z
    .enum(["INPUT", "FORWARD", "DOCKER-USER"], { error: 'must be "INPUT", "FORWARD" or "DOCKER-USER"' })
    .default("INPUT"),
  families,
} as const;
