/** How Pulumi tells outputs (sdk/nodejs/output.ts: Output.isInstance). Loading it for that takes most of a second. */
const PULUMI_OUTPUT = "__pulumiOutput";

/** Whether a value becomes known later. */
export function isLater(value: unknown): boolean {
  return value instanceof Promise || (typeof value === "object" && value !== null && PULUMI_OUTPUT in value);
}
