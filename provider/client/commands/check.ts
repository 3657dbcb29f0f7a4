import { basename } from "node:path";
import { BACKENDS } from "../../door/backend";
import type { Finding, LintOptions } from "../../lint/finding";
import { lint, lintDoors } from "../../lint/lint";
import { limits } from "../../policy/limits";
import type { Backend } from "../../rules/backend";
import { defineCommand } from "../command/command";
import { findingLines } from "../explain/findings";
import { readPolicy } from "../policyFile";
import { backendOption } from "../policyOptions";
import { print, printJson } from "../terminal";
import { UsageError } from "../usageError";

/** Prints the findings about policies. */
export const check = defineCommand({
  usage: ["POLICY.json… [--backend BACKEND] [--json] [--list-slots N]"],
  description: [
    "Prints the findings about a policy: what scans and guesses do to it, and what to change. No message has a port of the sequence. Several policies count as the doors of one host. The exit code is 1 where a finding is an error.",
  ],
  options: {
    backend: backendOption,
    json: {
      kind: "switch",
      about: 'print a list of {"code", "severity", "reason", "remedy", "path"}',
    },
    "list-slots": {
      kind: "number",
      value: "N",
      about: "xt_recent's ip_list_tot on the host. The default is that of the kernel, 100",
      unit: "the sources that a list holds",
      range: limits.listSlots,
    },
  },
  positionals: { policies: { kind: "files", name: "POLICY.json" } },

  async run({ values, positionals: { policies } }): Promise<void> {
    const listSlots = values["list-slots"];
    if (listSlots !== undefined && values.backend !== "iptables")
      throw new UsageError("--list-slots is about xt_recent: leave it out with --backend nftables");
    const findings = lintFiles(
      policies,
      BACKENDS[values.backend],
      listSlots === undefined ? {} : { listSlots },
    );
    const lines = findings.length === 0 ? ["No findings."] : findingLines(findings);
    if (values.json) printJson(findings);
    else print(`${lines.join("\n")}\n`);
    const errors = findings.filter(({ severity }) => severity === "error").length;
    if (errors > 0) throw new Error(`${errors} of ${findings.length} findings: error`);
  },
});

/** @throws Error that names the first wrong file. */
function lintFiles(files: readonly string[], backend: Backend, options: LintOptions): Finding[] {
  const { listLimit } = backend;
  const [only, ...more] = files;
  if (only !== undefined && more.length === 0) return lint(readPolicy(only, backend), listLimit, options);
  const names = files.map((file) => basename(file, ".json"));
  if (new Set(names).size < names.length) throw new UsageError("each policy file needs a name of its own");
  const doors = files.map((file, index) => [names[index] ?? file, readPolicy(file, backend)] as const);
  return lintDoors(Object.fromEntries(doors), listLimit, options);
}
