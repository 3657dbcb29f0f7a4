import { log, output, type Resource } from "@pulumi/pulumi";
import { defaultBackend } from "../door/backend";
import type { Finding, NamedPolicy } from "../lint/finding";
import { lint, lintTogether } from "../lint/lint";
import { policyFields } from "../policy/schema";
import type { Policy } from "../policy/types";
import { validatePolicy } from "../policy/validate";
import { plainText } from "../util/plainText";
import type { PortKnockArgs } from "./args/portKnockArgs";

/**
 * Logs the linter's findings on a door as warnings of its resource. `check` cannot do that: what the provider's process
 * prints belongs to no resource, and a failure of `check` blocks the `up`. Only `portknock check` shows notes.
 */
export function adviseOn(resource: Resource, name: string, args: PortKnockArgs): void {
  const fields = Object.keys(policyFields).map(
    (field) => [field, args[field as keyof PortKnockArgs]] as const,
  );
  const policy = output(Object.fromEntries(fields.filter(([, value]) => value !== undefined))).apply(
    readPolicy,
  );
  policy.apply((known) => known && warn(resource, name, lint(known, defaultBackend.listLimit)));
  output([policy, output(args.connection).host] as const).apply(([known, host]) => {
    if (known) warn(resource, name, findingsOnHost(host, { name, policy: known }));
  });
}

/** `check` refuses a wrong policy. */
function readPolicy(input: Readonly<Record<string, unknown>>): Policy | undefined {
  const { value, failures } = validatePolicy(input);
  return failures.length === 0 ? (value as Policy) : undefined;
}

/** The doors that this program has declared so far, by host. */
const doorsOfHosts = new Map<string, NamedPolicy[]>();

/** Findings on a door together with each door that the program declared before it on the same host. */
function findingsOnHost(host: string, door: NamedPolicy): Finding[] {
  const others = doorsOfHosts.get(host) ?? [];
  doorsOfHosts.set(host, [...others, door]);
  return others.flatMap((other) => lintTogether([other, door]));
}

/** The text has the resource's name, since `preview --diff` prints warnings without their resource. */
function warn(resource: Resource, name: string, findings: readonly Finding[]): void {
  for (const { severity, code, path, reason, remedy } of findings) {
    if (severity !== "note")
      log.warn(plainText(`${name}: ${code}, ${path}: ${reason}. What to do: ${remedy}.`), resource);
  }
}
