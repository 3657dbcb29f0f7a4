import type { CheckFailure } from "@pulumi/pulumi/dynamic";
import { PortKnockError } from "../errors";
import type { Failure } from "../policy/conflicts";
import { plainText } from "../util/plainText";

/**
 * An operation whose error is told once. Of what `read`, `delete`, `check` and `diff` throw, Pulumi's process for dynamic
 * resources prints the text, and the stack, which begins with that text, beside the error of the resource
 * (sdk/nodejs/cmd/dynamic-provider). Other errors than ours keep their stack: nobody expects them.
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

/** Pulumi prints the value of the property that a failure names, a secret one too: so only the reason names it. */
export function toCheckFailure({ property, reason }: Failure): CheckFailure {
  return { property: "", reason: plainText(`${property}: ${reason}`) };
}
