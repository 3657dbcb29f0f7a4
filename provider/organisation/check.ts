/**
 * A check of a CrossGuard pack, in the shape of @pulumi/policy's ResourceValidationPolicy. It is a shape of our own, so that
 * whoever writes no pack installs no @pulumi/policy.
 */
export interface ResourceCheck {
  /** Unique in its pack. */
  readonly name: string;
  readonly description: string;
  readonly enforcementLevel: "mandatory";
  readonly validateResource: (args: CheckedResource, reportViolation: ReportViolation) => void;
}

/** What a pack gets of a resource. Its secrets are decrypted. */
export interface CheckedResource {
  readonly type: string;
  readonly name: string;
  readonly props: Readonly<Record<string, unknown>>;
}

/** Stops the `preview` or the `up`. */
export type ReportViolation = (message: string) => void;

type Class = "PortKnock" | "KnockSequence";

/** A check of all resources of some classes. It reports what `find` returns, without values. */
export function checkOf(
  name: string,
  description: string,
  find: Partial<Readonly<Record<Class, (props: Readonly<Record<string, unknown>>) => readonly string[]>>>,
): ResourceCheck {
  return {
    name,
    description,
    enforcementLevel: "mandatory",
    validateResource: ({ type, name: resource, props }, reportViolation) => {
      const [, found] = /\bportknock:(?:index:)?(\w+)$/.exec(type) ?? [];
      if (found !== "PortKnock" && found !== "KnockSequence") return;
      for (const violation of find[found]?.(props) ?? []) reportViolation(`${resource}: ${violation}`);
    },
  };
}
