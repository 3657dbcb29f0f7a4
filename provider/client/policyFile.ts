import { hiddenKnocks } from "../derive/schedule";
import type { Policy } from "../policy/types";
import { validatePolicy } from "../policy/validate";
import type { Backend } from "../rules/backend";
import { readInput } from "./inputFile";

/**
 * Reads a policy as JSON from a file, `-` from stdin; for a backend, where what it cannot do matters.
 * @throws UsageError if the file cannot be read; Error if it is not JSON, or with every wrong field. No message quotes the file.
 */
export function readPolicy(file: string, backend?: Backend): Policy {
  const input = parse(readInput(file === "-" ? 0 : file), file);
  if (typeof input !== "object" || input === null || Array.isArray(input))
    throw new Error("a policy is a JSON object");
  // Editors find the schema by this name (`portknock schema`).
  const { $schema: _, ...fields } = input as Readonly<Record<string, unknown>>;
  const { value, failures: wrong } = validatePolicy(fields);
  const failures = [...wrong, ...hiddenKnocks(value), ...(backend?.unsupported(value) ?? [])];
  if (failures.length > 0) {
    throw new Error(failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
  }
  return value as Policy;
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${file === "-" ? "stdin" : file} is not JSON`);
  }
}
