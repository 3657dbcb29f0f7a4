import "./shims/buffer";
import { explained } from "@provider/client/explain/explained";
import { explainSvg } from "@provider/client/explain/svg";
import { placeName } from "@provider/client/explain/traced";
import { hiddenKnocks } from "@provider/derive/schedule";
import { defaultBackend } from "@provider/door/backend";
import { compileAt } from "@provider/door/compileAt";
import type { Finding } from "@provider/lint/finding";
import { lint } from "@provider/lint/lint";
import { formatStep } from "@provider/policy/text";
import type { Policy } from "@provider/policy/types";
import { validatePolicy } from "@provider/policy/validate";
import { identify } from "@provider/rules/identity";
import { parsePackets } from "@provider/rules/trace/packets";
import { trace } from "@provider/rules/trace/trace";

/** A right policy with all that the page shows of it, or what is wrong with the text. */
export type Judged =
  | { readonly mistakes: readonly string[] }
  | {
      readonly mistakes: undefined;
      readonly findings: readonly Finding[];
      readonly documents: readonly { readonly command: string; readonly text: string }[];
      readonly picture: string;
      /** The packets that open the door, as text. */
      readonly knocks: string;
      readonly policy: Policy;
    };

/** Reads a policy as JSON, or a sequence in its short form, which stands before SSH. */
export function judge(text: string): Judged {
  const read = readPolicy(text);
  if ("mistakes" in read) return read;
  const policy = read;
  const ruleset = compileAt(policy, identify("door", ""), Date.now());
  return {
    mistakes: undefined,
    findings: lint(policy, defaultBackend.listLimit),
    documents: defaultBackend.documents(ruleset),
    picture: explainSvg(explained(policy, "door", false, defaultBackend)),
    knocks: (policy.sequence ?? []).map(formatStep).join(" +30ms "),
    policy,
  };
}

function readPolicy(text: string): Policy | { readonly mistakes: readonly string[] } {
  const trimmed = text.trim();
  let input: unknown;
  if (trimmed.startsWith("{")) {
    try {
      input = JSON.parse(trimmed);
    } catch (error) {
      return { mistakes: [`the policy is not JSON: ${error instanceof Error ? error.message : error}`] };
    }
  } else input = { sequence: trimmed, door: [{ protocol: "tcp", ports: [22] }] };
  const { $schema: _, ...fields } = input as Record<string, unknown>;
  const { value, failures: wrong } = validatePolicy(fields);
  const failures = [...wrong, ...hiddenKnocks(value)];
  if (failures.length === 0) return value as Policy;
  return { mistakes: failures.map(({ property, reason }) => `${property}: ${reason}`) };
}

/** A packet of a trace, as the page shows it. */
export interface Shown {
  readonly at: string;
  readonly packet: string;
  readonly verdict: string;
  readonly before: string;
  readonly after: string;
  readonly rule: string;
}

/** What the rules do with packets. @throws SyntaxError for a text that has no packets. */
export function follow(policy: Policy, packets: string): Shown[] {
  const start = policy.calendar ? Date.now() : 0;
  const ruleset = defaultBackend.lower(compileAt(policy, identify("door", ""), start));
  const steps = policy.sequence?.length ?? policy.calendar?.derivation.steps ?? 0;
  return trace(ruleset, parsePackets(packets, "198.51.100.1"), start / 1000).map((one) => ({
    at: `+${Number(one.atSeconds.toFixed(3))}s`,
    packet: formatStep(one.packet),
    verdict: one.verdict,
    before: placeName(one.before, steps),
    after: placeName(one.after, steps),
    rule: one.decidedBy
      ? defaultBackend.renderRule(one.decidedBy, ruleset.identity, "ipv4")
      : "no rule matches",
  }));
}
