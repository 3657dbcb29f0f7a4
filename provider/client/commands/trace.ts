import { isIP } from "node:net";
import { BACKENDS } from "../../door/backend";
import { compileAt } from "../../door/compileAt";
import { formatStep } from "../../policy/text";
import type { Family } from "../../policy/types";
import type { Backend } from "../../rules/backend";
import { identify } from "../../rules/identity";
import type { Identity } from "../../rules/ir";
import { type Packet, parsePackets } from "../../rules/trace/packets";
import { type Traced, trace as traceRules } from "../../rules/trace/trace";
import { defineCommand } from "../command/command";
import { tracedText } from "../explain/traced";
import { readPolicy } from "../policyFile";
import { backendOption, policyArgument } from "../policyOptions";
import { print, printJson } from "../terminal";
import { UsageError } from "../usageError";

/** Shows what the rules of a policy do with packets. */
export const trace = defineCommand({
  usage: [
    'POLICY.json --packets "tcp/7000 udp/8000 +6s tcp/22" [--from ADDRESS] [--at TIME] [--backend BACKEND] [--json]',
  ],
  description: [
    'Prints for each packet the verdict, the stage of its source before and after, and the rule that decides. No packet is sent: the rules are evaluated as data. "pass" means that the rules of the host itself decide.',
  ],
  options: {
    packets: {
      kind: "text",
      value: "TEXT",
      required: true,
      about: "steps as in a sequence, and pauses: +6s, +200ms",
    },
    from: {
      kind: "text",
      value: "ADDRESS",
      about: "the address of the source",
      default: "198.51.100.1",
    },
    at: {
      kind: "text",
      value: "TIME",
      about:
        "when the first packet is sent, as 2026-12-01T00:00:00Z (default: now for a calendar, else long ago)",
    },
    backend: backendOption,
    json: {
      kind: "switch",
      about: 'print a list of {"atSeconds", "packet", "before", "after", "verdict", "rule"}',
    },
  },
  positionals: policyArgument,

  async run({ values, positionals }): Promise<void> {
    const family = familyOf(values.from);
    const packets = readPackets(values.packets, values.from);
    const backend = BACKENDS[values.backend];
    const policy = readPolicy(positionals.policy, backend);
    const at = timeOf(values.at);
    const ruleset = backend.lower(compileAt(policy, identify("door", ""), at ?? Date.now()));
    const { identity } = ruleset;
    const traced = traceRules(
      ruleset,
      packets,
      policy.calendar ? (at ?? Date.now()) / 1000 : (at ?? 0) / 1000,
    );
    const steps = policy.sequence?.length ?? policy.calendar?.derivation.steps ?? 0;
    if (values.json) printJson(traced.map((one) => asJson(one, identity, family, backend)));
    else print(tracedText(traced, steps, identity, family, backend));
  },
});

function asJson(
  { atSeconds, packet, before, after, verdict, decidedBy }: Traced,
  identity: Identity,
  family: Family,
  { renderRule }: Backend,
) {
  const rule = decidedBy ? renderRule(decidedBy, identity, family) : null;
  return { atSeconds, packet: formatStep(packet), before, after, verdict, rule };
}

function readPackets(packets: string, from: string): Packet[] {
  try {
    return parsePackets(packets, from);
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (!/^\d{4}-\d\d-\d\dT.*Z$/.test(text) || Number.isNaN(time))
    throw new UsageError("--at takes a time in UTC such as 2026-12-01T00:00:00Z");
  return time;
}

function familyOf(address: string): Family {
  const version = isIP(address);
  if (version === 0) throw new UsageError("--from takes an IPv4 or IPv6 address");
  return version === 6 ? "ipv6" : "ipv4";
}
