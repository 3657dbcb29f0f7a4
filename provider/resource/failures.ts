import type { CheckFailure } from "@pulumi/pulumi/dynamic";
import { PortKnockError } from "../errors";
import type { Failure } from "../policy/conflicts";
import { plainText } from "../util/plainText";

/**
 * An operation whose error Pulumi prints once. When `read`, `delete`, `check` or `diff` throw, Pulumi's process for dynamic
 * resources prints the error's text and its stack, beside the error of the resource (sdk/nodejs/cmd/dynamic-provider).
 * Unexpected errors keep their stack.
 */
export function reportOnce<Args extends readonly unknown[], Result>(
  operation: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    try {
      return await operation(...args);
    } catch (error) {
      if (!(error instanceof PortKnockError)) throw error;
      const { host, phase } = error.details;
      throw Object.defineProperties(error, {
        toString: { value: () => `${host}, ${phase}` },
        stack: { value: "see the error of the resource" },
      });
    }
  };
}

/** The reason names the property. Pulumi prints the value of a property that the failure itself names, even a secret. */
export function toCheckFailure({ property, reason }: Failure): CheckFailure {
  return { property: "", reason: plainText(`${property}: ${reason}`) };
}
