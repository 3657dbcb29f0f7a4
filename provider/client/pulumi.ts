import { plainText } from "../util/plainText";
import { run } from "../util/process";
import { UsageError } from "./usageError";

/**
 * Reads what `pulumi stack <args> --show-secrets` prints as JSON. No error quotes it.
 * @param name the stack; undefined for the one that is selected in this folder.
 * @param what names the data in errors.
 * @throws UsageError if there is no pulumi; Error if it fails, or prints something else.
 */
export async function askPulumi(
  args: readonly string[],
  name: string | undefined,
  what: string,
): Promise<unknown> {
  const selected = name === undefined ? [] : ["--stack", name];
  const options = ["--show-secrets", ...selected, "--non-interactive"];
  const { code, stdout, stderr, error } = await run("pulumi", ["stack", ...args, ...options], 120_000);
  if (error) throw new UsageError("--stack needs the command pulumi");
  if (code !== 0) throw new Error(`pulumi cannot read ${what}: ${plainText(stderr.trim(), 500)}`);
  try {
    return JSON.parse(stdout);
  } catch {
    // The message of the parser quotes the text, which has secrets.
    throw new Error(`pulumi did not print ${what} as JSON`);
  }
}
