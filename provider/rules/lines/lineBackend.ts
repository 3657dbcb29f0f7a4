import { groupBy } from "../../util/groupBy";
import type { Backend, Observed } from "../backend";
import { redactedLines, redactRule } from "./redact";
import { scrubberOf } from "./scrub";
import type { LineSyntax } from "./syntax";

/** What follows from the syntax of a firewall that writes and lists one rule a line. */
export type FromSyntax = Pick<
  Backend,
  | "lower"
  | "renderRule"
  | "parseRule"
  | "listName"
  | "redactRule"
  | "redactedLines"
  | "scrubberOf"
  | "doorSizes"
>;

export function fromSyntax(syntax: LineSyntax): FromSyntax {
  const { lower, renderRule, parseRule, listName } = syntax;
  return {
    lower,
    renderRule: (rule, identity, family) => renderRule(rule, identity, family),
    parseRule,
    listName,
    redactRule: (...given) => redactRule(syntax, ...given),
    redactedLines: (...given) => redactedLines(syntax, ...given),
    scrubberOf: (secrets) => scrubberOf(syntax, secrets),
    doorSizes: (observed: Observed) =>
      [observed.ipv4 ?? [], observed.ipv6 ?? []].flatMap((lines) =>
        [...groupBy(lines, syntax.doorIdOf).values()].map(({ length }) => length),
      ),
  };
}
