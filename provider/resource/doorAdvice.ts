import { listLimitOf } from "../door/backend";
import type { Properties } from "../door/properties";
import { type Finding, findingText, type NamedPolicy } from "../lint/finding";
import { lint, lintTogether } from "../lint/lint";
import { policyFields } from "../policy/schema";
import type { Policy } from "../policy/types";

/** The fields of a policy among the properties of a door. */
export function policyInputs(properties: Properties): Properties {
  const fields = Object.keys(policyFields).map((field) => [field, properties[field]] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

/** The linter's warnings about a door, by its `backend` and `firewall`. Only `portknock check` shows notes. */
export function adviceOn(name: string, policy: Policy, door: Properties = {}): readonly string[] {
  return warnings(name, lint(policy, listLimitOf(door)));
}

/** Its warnings about a door together with each other door of the host. */
export function adviceTogether(door: NamedPolicy, others: readonly NamedPolicy[]): readonly string[] {
  return warnings(
    door.name,
    others.flatMap((other) => lintTogether([other, door])),
  );
}

/** The text has the resource's name, since `preview --diff` prints warnings without their resource. */
function warnings(name: string, findings: readonly Finding[]): readonly string[] {
  return findings
    .filter(({ severity }) => severity !== "note")
    .map((finding) => `${name}: ${findingText(finding)}`);
}
