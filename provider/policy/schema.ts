import { isObject } from "../util/isObject";
import { calendar } from "./calendar";
import { fields, wholeNumber } from "./fields";
import { limits } from "./limits";
import { optionFields } from "./options";
import { formatPayload, parsePayload } from "./payload";
import { portLists } from "./portLists";
import { parseSequence } from "./text";
import * as z from "./zod";

const port = wholeNumber("a port", limits.port);

const payload = z
  .string({ error: 'must be text, or "hex:" followed by hexadecimal digits' })
  .refine((text) => parsePayload(text) !== undefined, {
    error: 'must have an even number of hexadecimal digits after "hex:"',
    abort: true,
  })
  .refine((text) => isWithin(parsePayload(text)?.length ?? 0, limits.payloadBytes), {
    error: `must be ${limits.payloadBytes.min} to ${limits.payloadBytes.max} bytes`,
  })
  .transform((text) => formatPayload(parsePayload(text) ?? new Uint8Array()));

function isWithin(value: number, { min, max }: { min: number; max: number }): boolean {
  return min <= value && value <= max;
}

export const step = z.discriminatedUnion(
  "protocol",
  [
    fields({ protocol: z.literal("tcp"), port }),
    fields({ protocol: z.literal("udp"), port, payload: payload.optional() }).transform(
      // Equal steps must be equal objects, so no key may be undefined.
      ({ payload, ...rest }) => ({ ...rest, ...(payload !== undefined && { payload }) }),
    ),
    fields({
      protocol: z.literal("icmp"),
      payloadBytes: wholeNumber("the ping's payload in bytes", limits.pingPayloadBytes),
    }),
  ],
  {
    error: (issue) =>
      isObject(issue.input)
        ? 'must be one of "tcp", "udp" (each with a port) and "icmp" (with payloadBytes)'
        : 'must be a step such as { protocol: "tcp", port: … } or { protocol: "icmp", payloadBytes: … }',
  },
);

const ports = portLists.min(1, "must name at least one port");

const services = [
  fields({ protocol: z.literal("tcp"), ports }),
  fields({ protocol: z.literal("udp"), ports }),
] as const;

const SERVICE = '{ protocol: "tcp", ports: [22] }';

const service = z.discriminatedUnion("protocol", [...services], {
  error: (issue) =>
    isObject(issue.input) ? 'must be "tcp" or "udp"' : `must be a service such as ${SERVICE}`,
});

const ignored = z.discriminatedUnion("protocol", [...services, fields({ protocol: z.literal("icmp") })], {
  error: (issue) =>
    isObject(issue.input)
      ? 'must be "tcp", "udp" (each with ports) or "icmp"'
      : `must be a service such as ${SERVICE} or { protocol: "icmp" }`,
});

const steps = z
  .array(step, { error: "must be a list of steps, or a text such as tcp/PORT,udp/PORT,icmp/BYTES" })
  .min(limits.steps.min, "must have at least one step")
  .max(limits.steps.max, `must have at most ${limits.steps.max} steps`);

/** Steps, or their text form. The state keeps steps, so that writing the other form is no change. */
export const sequence = z.preprocess((value, context) => {
  if (typeof value !== "string") return value;
  try {
    return parseSequence(value);
  } catch (cause) {
    context.addIssue({ code: "custom", message: cause instanceof Error ? cause.message : String(cause) });
    return z.NEVER;
  }
}, steps);

const oneTime = fields({ tokens: wholeNumber("a number of tokens", limits.tokens), port: port.optional() })
  // No key may be undefined.
  .transform(({ tokens, port }) => ({ tokens, ...(port !== undefined && { port }) }));

const acceptUntil = z
  .string({ error: "must be text" })
  .refine((text) => isTime(text) && Date.parse(text) <= Date.parse(limits.acceptUntil.max), {
    error: `must be a time in UTC such as "2026-12-01T00:00:00Z", up to ${limits.acceptUntil.max}`,
  });

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** The fields of a policy. Each is checked on its own; conflicts.ts checks them together. */
export const policyFields = {
  sequence: sequence.optional(),
  calendar: calendar.optional(),
  previous: fields({ sequence, acceptUntil }).optional(),
  oneTime: oneTime.optional(),
  door: z
    .array(service, { error: `must be a list of services such as [${SERVICE}]` })
    .min(1, "must name at least one service"),
  openForSeconds: wholeNumber("seconds up to a day", limits.openForSeconds).default(
    limits.openForSeconds.default,
  ),
  stepTimeoutSeconds: wholeNumber("seconds up to an hour", limits.stepTimeoutSeconds).default(
    limits.stepTimeoutSeconds.default,
  ),
  ignore: z.array(ignored, { error: `must be a list of services such as [${SERVICE}]` }).default([]),
  ...optionFields,
} as const;
