import { log, output, type Resource } from "@pulumi/pulumi";
import type { NamedPolicy } from "../../lint/finding";
import { validPolicy } from "../../policy/validate";
import { plainText } from "../../util/plainText";
import type { PortKnockArgs } from "../args/portKnockArgs";
import { adviceOn, adviceTogether, policyInputs } from "../doorAdvice";

/**
 * Logs the linter's findings on a door as warnings of its resource. `check` cannot do that: what the provider's process
 * prints belongs to no resource, and a failure of `check` blocks the `up`.
 */
export function adviseOn(resource: Resource, name: string, args: PortKnockArgs): void {
  const policy = output(policyInputs({ ...args })).apply(validPolicy);
  output([policy, output(args.backend)] as const).apply(
    ([known, backend]) => known && warn(resource, adviceOn(name, known, { backend })),
  );
  output([policy, output(args.connection).host] as const).apply(([known, host]) => {
    if (known)
      warn(resource, adviceTogether({ name, policy: known }, othersOn(host, { name, policy: known })));
  });
}

/** The doors that this program has declared so far, by host. */
const doorsOfHosts = new Map<string, NamedPolicy[]>();

/** The doors that the program declared before this one on the same host. */
function othersOn(host: string, door: NamedPolicy): readonly NamedPolicy[] {
  const others = doorsOfHosts.get(host) ?? [];
  doorsOfHosts.set(host, [...others, door]);
  return others;
}

function warn(resource: Resource, warnings: readonly string[]): void {
  for (const warning of warnings) log.warn(plainText(warning), resource);
}
