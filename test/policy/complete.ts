import type { Policy, PolicyArgs, Sequence } from "../../provider/policy/types";
import { validatePolicy } from "../../provider/policy/validate";

/** A policy with a sequence, as most tests have it. */
export type Sequenced = Policy & { readonly sequence: Sequence };

/** A policy with its defaults filled in. */
export function complete<Args extends PolicyArgs>(args: Args): Policy & Pick<Args, "sequence" & keyof Args> {
  const { value, failures } = validatePolicy({ ...args });
  if (failures.length > 0) throw new Error(JSON.stringify(failures));
  return value as Policy & Args;
}
