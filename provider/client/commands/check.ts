import { basename } from "node:path";
import { DEFAULT_LIST_SLOTS } from "../../lint/capacity";
import type { Finding } from "../../lint/finding";
import { lint, lintDoors } from "../../lint/lint";
import { limits } from "../../policy/limits";
import { findingLines } from "../explain/findings";
import { readPolicy } from "../policyFile";
import { print, printJson } from "../terminal";
import { type Command, readArgs, readNumber, UsageError } from "../usage";

/** Says what policies are worth. */
export const check: Command = {
  help: `portknock check POLICY.json… [--json] [--list-slots N]
  Prints what is to be said about a policy: what scans and guesses do to it, and what to change. No message holds a
  port of the sequence. Several policies are taken for the doors of one host. Exit code 1 where a finding is an error.
  --json        a list of {"code", "severity", "reason", "remedy", "path"}
  --list-slots  xt_recent's ip_list_tot on the host (default: ${DEFAULT_LIST_SLOTS}, as the kernel's)`,

  async run(args): Promise<void> {
    const { values, positionals: files } = readArgs(args, {
      json: { type: "boolean" },
      "list-slots": { type: "string", default: String(DEFAULT_LIST_SLOTS) },
    });
    if (files.length === 0) throw new UsageError("check takes policy files");
    const listSlots = readNumber(
      "--list-slots",
      values["list-slots"],
      limits.listSlots,
      "the sources that a list holds",
    );
    const findings = lintFiles(files, listSlots);
    const lines = findings.length === 0 ? ["Nothing to say against it."] : findingLines(findings);
    if (values.json) printJson(findings);
    else print(`${lines.join("\n")}\n`);
    const errors = findings.filter(({ severity }) => severity === "error").length;
    if (errors > 0) throw new Error(`${errors} of ${findings.length} findings: error`);
  },
};

/** Each wrong file is an error that names it. */
function lintFiles(files: readonly string[], listSlots: number): Finding[] {
  const [only, ...more] = files;
  if (only !== undefined && more.length === 0) return lint(readPolicy(only), { listSlots });
  const names = files.map((file) => basename(file, ".json"));
  if (new Set(names).size < names.length) throw new UsageError("each policy file needs a name of its own");
  const doors = files.map((file, index) => [names[index] ?? file, readPolicy(file)] as const);
  return lintDoors(Object.fromEntries(doors), { listSlots });
}
