import { defaultBackend } from "../../door/backend";
import { compileAt } from "../../door/compileAt";
import { textFor } from "../../rules/backend";
import { identify } from "../../rules/identity";
import { defineCommand } from "../command/command";
import { readPolicy } from "../policyFile";
import { doorNameOption, policyArgument } from "../policyOptions";
import { print, printJson } from "../terminal";

/** Prints the documents that put a policy on a host. */
export const render = defineCommand({
  usage: ["POLICY.json [-4 | -6 | --json] [--name NAME]"],
  description: [
    "Prints the input of iptables-restore --noflush and ip6tables-restore --noflush that puts the door on a bare host.",
    "POLICY.json has the fields of a PortKnock without connection, rollbackAfterSeconds, onUnreachable and onUnpersisted. It may be `-` for stdin.",
    "One-time tokens are examples, which open nothing: only `pulumi up` makes real ones.",
  ],
  options: {
    ipv4: {
      kind: "switch",
      short: "4",
      about: "only the document for IPv4",
      excludes: { ipv6: "without either, both documents are printed" },
    },
    ipv6: { kind: "switch", short: "6", about: "only the document for IPv6" },
    json: { kind: "switch", about: 'print {"ipv4": "...", "ipv6": "..."}' },
    name: doorNameOption,
  },
  positionals: policyArgument,
  examples: ["portknock render POLICY.json -4 | iptables-restore --noflush"],

  async run({ values, positionals: { policy } }): Promise<void> {
    const ruleset = compileAt(readPolicy(policy), identify(values.name, ""), Date.now());
    const documents = defaultBackend.documents(ruleset);
    const [ipv4, ipv6] = [textFor(documents, "ipv4"), textFor(documents, "ipv6")];
    if (values.json) printJson({ ipv4, ipv6 });
    else if (values.ipv4) print(ipv4);
    else if (values.ipv6) print(ipv6);
    else print(documents.map(({ command, text }) => `# ${command}\n${text}`).join("\n"));
  },
});
