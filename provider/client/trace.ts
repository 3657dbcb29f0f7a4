import { isIP } from "node:net";
import { formatStep } from "../policy/text";
import type { Family } from "../policy/types";
import { compile } from "../rules/compile";
import { describeRule, describeStep } from "../rules/describe";
import { identify } from "../rules/names";
import { renderRule } from "../rules/recent/render";
import { type Packet, parsePackets } from "../rules/trace/packets";
import { type Standing, type Traced, trace as traceRules } from "../rules/trace/trace";
import { stageName } from "./explain/stages";
import { readPolicy } from "./policyFile";
import { type Command, readArgs, UsageError } from "./usage";

/** Shows what the rules of a policy do with packets. */
export const trace: Command = {
  help: `portknock trace POLICY.json --packets "tcp/7000 udp/8000 +6s tcp/22" [--from ADDRESS] [--json]
  For each packet: the verdict, how far its source was before and is after, and the rule that decides. No packet is
  sent: the rules are evaluated here, as data. "pass" is what the host's own rules decide.
  --packets  steps as in a sequence, and pauses: +6s, +200ms
  --from     the source's address (default: 198.51.100.1)
  --json     a list of {"atSeconds", "packet", "before", "after", "verdict", "rule"}`,

  async run(args): Promise<void> {
    const { values, positionals } = readArgs(args, {
      packets: { type: "string" },
      from: { type: "string", default: "198.51.100.1" },
      json: { type: "boolean" },
    });
    const [file] = positionals;
    if (file === undefined || positionals.length > 1) throw new UsageError("trace takes one policy file");
    const family = familyOf(values.from);
    const packets = read(values.packets, values.from);
    const policy = readPolicy(file);
    const ruleset = compile(policy, identify("door", ""));
    const shown = traceRules(ruleset, packets).map((traced) => ({
      traced,
      rule: traced.decidedBy && renderRule(traced.decidedBy, ruleset.identity, family),
    }));
    process.stdout.write(
      values.json
        ? `${JSON.stringify(shown.map(({ traced, rule }) => asJson(traced, rule)))}\n`
        : shown.map(({ traced, rule }) => `${asText(traced, rule, policy.sequence.length)}\n`).join(""),
    );
  },
};

function asJson({ atSeconds, packet, before, after, verdict }: Traced, rule: string | undefined) {
  return { atSeconds, packet: formatStep(packet), before, after, verdict, rule: rule ?? null };
}

function asText(traced: Traced, rule: string | undefined, steps: number): string {
  const { atSeconds, packet, before, after, verdict, decidedBy } = traced;
  const name = ({ stage, isGranted }: Standing) =>
    [...(isGranted ? ["open"] : []), ...(stage > 0 || !isGranted ? [stageName(stage, steps)] : [])].join(
      ", ",
    );
  const moved = `${name(before)} → ${name(after)}`;
  return [
    `${`+${Number(atSeconds.toFixed(3))}s`.padEnd(7)} ${formatStep(packet).padEnd(10)} ${verdict.padEnd(7)} ${moved}`,
    ...(decidedBy ? [`        ${describeRule(decidedBy, describeStep)}`, `        ${rule}`] : []),
  ].join("\n");
}

function read(packets: string | undefined, from: string): Packet[] {
  if (packets === undefined) throw new UsageError("--packets is missing");
  try {
    return parsePackets(packets, from);
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}

function familyOf(address: string): Family {
  const version = isIP(address);
  if (version === 0) throw new UsageError("--from takes an IPv4 or IPv6 address");
  return version === 6 ? "ipv6" : "ipv4";
}
