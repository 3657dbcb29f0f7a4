import { isIP } from "node:net";
import { compileAt } from "../../door/compileAt";
import { formatStep } from "../../policy/text";
import type { Family } from "../../policy/types";
import { identify } from "../../rules/identity";
import { renderRule } from "../../rules/iptables/render";
import type { Identity } from "../../rules/ir";
import { type Packet, parsePackets } from "../../rules/trace/packets";
import { type Traced, trace as traceRules } from "../../rules/trace/trace";
import { tracedText } from "../explain/traced";
import { readPolicy } from "../policyFile";
import { print, printJson } from "../terminal";
import { type Command, readArgs, UsageError } from "../usage";

/** Shows what the rules of a policy do with packets. */
export const trace: Command = {
  help: `portknock trace POLICY.json --packets "tcp/7000 udp/8000 +6s tcp/22" [--from ADDRESS] [--at TIME] [--json]
  For each packet: the verdict, how far its source was before and is after, and the rule that decides. No packet is
  sent: the rules are evaluated here, as data. "pass" is what the host's own rules decide.
  --packets  steps as in a sequence, and pauses: +6s, +200ms
  --from     the source's address (default: 198.51.100.1)
  --at       when the first one is sent, as 2026-12-01T00:00:00Z (default: now to a calendar, else long ago)
  --json     a list of {"atSeconds", "packet", "before", "after", "verdict", "rule"}`,

  async run(args): Promise<void> {
    const { values, positionals } = readArgs(args, {
      packets: { type: "string" },
      from: { type: "string", default: "198.51.100.1" },
      at: { type: "string" },
      json: { type: "boolean" },
    });
    const [file] = positionals;
    if (file === undefined || positionals.length > 1) throw new UsageError("trace takes one policy file");
    const family = familyOf(values.from);
    const packets = read(values.packets, values.from);
    const policy = readPolicy(file);
    const at = timeOf(values.at);
    const ruleset = compileAt(policy, identify("door", ""), at ?? Date.now());
    const { identity } = ruleset;
    const traced = traceRules(
      ruleset,
      packets,
      policy.calendar ? (at ?? Date.now()) / 1000 : (at ?? 0) / 1000,
    );
    const steps = policy.sequence?.length ?? policy.calendar?.derivation.steps ?? 0;
    if (values.json) printJson(traced.map((one) => asJson(one, identity, family)));
    else print(tracedText(traced, steps, identity, family));
  },
};

function asJson(
  { atSeconds, packet, before, after, verdict, decidedBy }: Traced,
  identity: Identity,
  family: Family,
) {
  const rule = decidedBy ? renderRule(decidedBy, identity, family) : null;
  return { atSeconds, packet: formatStep(packet), before, after, verdict, rule };
}

function read(packets: string | undefined, from: string): Packet[] {
  if (packets === undefined) throw new UsageError("--packets is missing");
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
