import type { CheckFailure } from "@pulumi/pulumi/dynamic";
import { plainText } from "../plainText";
import type { Failure } from "../policy/conflicts";

/** Pulumi prints the value of the property that a failure names, a secret one too: so only the reason names it. */
export function told({ property, reason }: Failure): CheckFailure {
  return { property: "", reason: plainText(`${property}: ${reason}`) };
}
