import { plainText } from "../util/plainText";
import { run } from "../util/process";
import { UsageError } from "./usageError";

/**
 * What `pulumi stack <args> --show-secrets` prints as JSON of a stack, of which nothing stands in an error.
 * @param what what that is, for errors.
 * @throws UsageError where there is no pulumi; Error where it fails, or does not print JSON.
 */
export async function askPulumi(args: readonly string[], name: string, what: string): Promise<unknown> {
  const options = ["--show-secrets", "--stack", name, "--non-interactive"];
  const { code, stdout, stderr, error } = await run("pulumi", ["stack", ...args, ...options], 120_000);
  if (error) throw new UsageError("--stack needs the command pulumi");
  if (code !== 0) throw new Error(`pulumi does not tell ${what}: ${plainText(stderr.trim(), 500)}`);
  try {
    return JSON.parse(stdout);
  } catch {
    // The parser's own message quotes the text, which has secrets.
    throw new Error(`pulumi does not tell ${what} as JSON`);
  }
}
