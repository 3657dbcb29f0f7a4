import { readFileSync } from "node:fs";
import type { Policy } from "../policy/types";
import { validatePolicy } from "../policy/validate";

/**
 * Reads a policy from a file; `-` is stdin.
 * @throws Error that names every wrong field.
 */
export function readPolicy(file: string): Policy {
  const input: unknown = JSON.parse(readFileSync(file === "-" ? 0 : file, "utf8"));
  if (typeof input !== "object" || input === null || Array.isArray(input))
    throw new Error("a policy is a JSON object");
  const { value, failures } = validatePolicy({ ...input });
  if (failures.length > 0) {
    throw new Error(failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
  }
  return value as Policy;
}
