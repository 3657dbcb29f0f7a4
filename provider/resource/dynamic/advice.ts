import { type Input, log, output, type Resource, type Unwrap } from "@pulumi/pulumi";
import type { NamedPolicy } from "../../lint/finding";
import { validPolicy } from "../../policy/validate";
import { plainText } from "../../util/plainText";
import type { ConnectionArgs, PortKnockArgs } from "../args/portKnockArgs";
import { adviceOn, adviceTogether, policyInputs } from "../doorAdvice";
import { isLater } from "../isLater";

/**
 * Logs the linter's findings on a door as warnings of its resource. `check` cannot do that: what the provider's process
 * prints belongs to no resource, and a failure of `check` blocks the `up`.
 */
export function adviseOn(resource: Resource, name: string, args: PortKnockArgs): void {
  const { connection, backend } = args;
  const { host } = isLater(connection) ? output(connection) : (connection as ConnectionArgs);
  withValue(policyInputs({ ...args }), (inputs) => {
    const policy = validPolicy(inputs);
    if (policy === undefined) return;
    withValue(backend, (known) => warn(resource, adviceOn(name, policy, { backend: known })));
    withValue(host, (known) =>
      warn(resource, adviceTogether({ name, policy }, othersOn(known, { name, policy }))),
    );
  });
}

/** Acts on a value once it is known; at once where it is: each Output costs the program CPU time. */
function withValue<Value>(value: Input<Value>, act: (known: Unwrap<Value>) => void): void {
  if (isKnown(value)) act(value as Unwrap<Value>);
  else output(value).apply(act);
}

function isKnown(value: unknown): boolean {
  if (isLater(value)) return false;
  return typeof value !== "object" || value === null || Object.values(value).every(isKnown);
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
