import type { Properties } from "../door/properties";
import { hasUnknown } from "../door/unknown";
import type { NamedPolicy } from "../lint/finding";
import { DOOR_NAME_RULE, doorNameOf } from "../policy/names";
import { validPolicy } from "../policy/validate";
import { adviceOn, adviceTogether, policyInputs } from "../resource/doorAdvice";
import { refillWarning, stateWarnings } from "../resource/stateWarnings";
import { inform, warn } from "./engine";
import { partsOfUrn } from "./resourceKinds";

/** The doors that were checked so far, by host and by URN. */
const doorsOfHosts = new Map<string, Map<string, NamedPolicy>>();

/** Shows what the linter says of a door whose inputs are right, and what the `up` replaces. */
export function adviseOn(urn: string, inputs: Properties): void {
  const { name } = partsOfUrn(urn);
  const clientsName = doorNameOf(name);
  if (clientsName !== name)
    inform(
      urn,
      `${name}: \`portknock\` knows this door as ${clientsName}, since its name there ${DOOR_NAME_RULE}`,
    );
  if (typeof inputs.refill === "string") warn(urn, refillWarning(name, inputs.refill));
  const fields = policyInputs(inputs);
  if (hasUnknown([fields, inputs.connection])) return;
  const policy = validPolicy(fields);
  if (policy === undefined) return;
  const { host } = inputs.connection as { readonly host: string };
  const doors = doorsOfHosts.get(host) ?? new Map<string, NamedPolicy>();
  const others = [...doors].flatMap(([other, door]) => (other === urn ? [] : [door]));
  doorsOfHosts.set(host, doors.set(urn, { name, policy }));
  for (const warning of [...adviceOn(name, policy, inputs), ...adviceTogether({ name, policy }, others)])
    warn(urn, warning);
}

/** Shows the warnings of a door's state. */
export function repeatWarnings(urn: string, state: Properties): void {
  const { name } = partsOfUrn(urn);
  for (const warning of stateWarnings(name, state)) warn(urn, warning);
}
