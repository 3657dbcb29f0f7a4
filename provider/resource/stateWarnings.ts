import type { Properties } from "../door/properties";

const NOT_SEEN_CLOSED =
  "when this door was last changed, its port was not seen closed before the knock (verified.closedBeforeKnock). What to do: `pulumi refresh` names a NAT rule that leads past it; `pulumi up --replace` with the URN of this resource looks again, and takes a door back that does not close";

/** The warnings in the outputs of a door. Every `preview` and `up` shows them again. */
export function stateWarnings(name: string, { verified, warnings }: Properties): readonly string[] {
  const { closedBeforeKnock } = (verified ?? {}) as { readonly closedBeforeKnock?: boolean };
  return [
    ...(closedBeforeKnock === false ? [`${name}: ${NOT_SEEN_CLOSED}`] : []),
    ...((warnings ?? []) as readonly string[]),
  ];
}

/** The warning for used tokens that the `up` replaces. */
export function refillWarning(name: string, refill: string): string {
  return `${name}: refills ${refill}: take the new clientConfig`;
}
