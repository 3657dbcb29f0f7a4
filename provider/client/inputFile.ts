import { readFileSync } from "node:fs";
import { UsageError } from "./usageError";

/**
 * Reads a file that the command line names, or stdin (0).
 * @throws UsageError that names the file, never its text.
 */
export function readInput(file: string | 0): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new UsageError(`there is no file ${file}`);
    throw new UsageError(`${file === 0 ? "stdin" : file} cannot be read: ${code}`);
  }
}
