import { basename } from "node:path";
import { defaultBackend } from "../../door/backend";
import type { Finding } from "../../lint/finding";
import { lint, lintDoors } from "../../lint/lint";
import { limits } from "../../policy/limits";
import { defineCommand } from "../command/command";
import { findingLines } from "../explain/findings";
import { readPolicy } from "../policyFile";
import { print, printJson } from "../terminal";
import { UsageError } from "../usageError";

const { listLimit } = defaultBackend;

/** Prints the findings about policies. */
export const check = defineCommand({
  usage: ["POLICY.json… [--json] [--list-slots N]"],
  description: [
    "Prints the findings about a policy: what scans and guesses do to it, and what to change. No message has a port of the sequence. Several policies count as the doors of one host. The exit code is 1 where a finding is an error.",
  ],
  options: {
    json: {
      kind: "switch",
      about: 'print a list of {"code", "severity", "reason", "remedy", "path"}',
    },
    "list-slots": {
      kind: "number",
      value: "N",
      about: "xt_recent's ip_list_tot on the host. The default is that of the kernel",
      unit: "the sources that a list holds",
      range: limits.listSlots,
      // Lists without a limit never fill.
      default: listLimit?.slots ?? limits.listSlots.max,
    },
  },
  positionals: { policies: { kind: "files", name: "POLICY.json" } },

  async run({ values, positionals: { policies } }): Promise<void> {
    const findings = lintFiles(policies, values["list-slots"]);
    const lines = findings.length === 0 ? ["No findings."] : findingLines(findings);
    if (values.json) printJson(findings);
    else print(`${lines.join("\n")}\n`);
    const errors = findings.filter(({ severity }) => severity === "error").length;
    if (errors > 0) throw new Error(`${errors} of ${findings.length} findings: error`);
  },
});

/** @throws Error that names the first wrong file. */
function lintFiles(files: readonly string[], listSlots: number): Finding[] {
  const [only, ...more] = files;
  if (only !== undefined && more.length === 0) return lint(readPolicy(only), listLimit, { listSlots });
  const names = files.map((file) => basename(file, ".json"));
  if (new Set(names).size < names.length) throw new UsageError("each policy file needs a name of its own");
  const doors = files.map((file, index) => [names[index] ?? file, readPolicy(file)] as const);
  return lintDoors(Object.fromEntries(doors), listLimit, { listSlots });
}
