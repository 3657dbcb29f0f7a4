import { lookup } from "node:dns/promises";
import { parseArgs } from "node:util";
import { DEFAULT_DELAY_MS, sendSequence } from "../knock/send";
import { policyFields } from "../policy/schema";
import { parseSequence } from "../policy/text";
import type { Sequence, Step } from "../policy/types";
import { conflicts, validateFields } from "../policy/validate";
import { UsageError } from "./usage";

/** Sends a sequence to a host. */
export const knock = {
  help: `portknock knock HOST --sequence tcp/7000,udp/8000,icmp/120 [--delay MS] [-4 | -6]
  Sends the knocks in order. A host name with several addresses gets them at the first.
  --delay   milliseconds between two knocks (default: ${DEFAULT_DELAY_MS})
  -4, -6    only to an IPv4 or IPv6 address`,

  async run(args: string[]): Promise<void> {
    const { values, positionals } = parse(args);
    const [host] = positionals;
    if (host === undefined || positionals.length > 1) throw new UsageError("knock takes one host");
    const delayMs = Number(values.delay);
    if (!/^\d+$/.test(values.delay)) throw new UsageError("--delay takes milliseconds");
    const { address, family } = await lookup(host, { family: values["4"] ? 4 : values["6"] ? 6 : 0 });
    await sendSequence({ address, family: family === 6 ? 6 : 4 }, readSequence(values.sequence), delayMs);
  },
};

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        sequence: { type: "string" },
        delay: { type: "string", default: String(DEFAULT_DELAY_MS) },
        "4": { type: "boolean", short: "4" },
        "6": { type: "boolean", short: "6" },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}

/** @throws UsageError that names every wrong step, but no port: it may end up in a log. */
function readSequence(text: string | undefined): Sequence {
  if (text === undefined) throw new UsageError("--sequence is missing");
  let steps: Step[];
  try {
    steps = parseSequence(text);
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
  const { value, failures } = validateFields({ sequence: policyFields.sequence }, { sequence: steps });
  const problems = [...failures, ...conflicts(value)];
  if (problems.length === 0 && value.sequence) return value.sequence;
  throw new UsageError(problems.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
}
