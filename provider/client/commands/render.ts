import { BACKENDS } from "../../door/backend";
import { compileAt } from "../../door/compileAt";
import { textFor } from "../../rules/backend";
import { identify } from "../../rules/identity";
import { defineCommand } from "../command/command";
import { readPolicy } from "../policyFile";
import { backendOption, doorNameOption, policyArgument } from "../policyOptions";
import { print, printJson } from "../terminal";
import { UsageError } from "../usageError";

/** Prints the documents that put a policy on a host. */
export const render = defineCommand({
  usage: ["POLICY.json [-4 | -6 | --json] [--name NAME] [--backend BACKEND]"],
  description: [
    "Prints the input of iptables-restore --noflush and ip6tables-restore --noflush that puts the door on a bare host; with --backend nftables the one input of nft -f - for both families.",
    "POLICY.json has the fields of a PortKnock without connection, rollbackAfterSeconds, onUnreachable, onUnpersisted, backend, acceptMark and manageMark. It may be `-` for stdin.",
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
    json: {
      kind: "switch",
      about: 'print {"ipv4": "...", "ipv6": "..."}, or {"document": "..."} with nftables',
    },
    name: doorNameOption,
    backend: backendOption,
  },
  positionals: policyArgument,
  examples: [
    "portknock render POLICY.json -4 | iptables-restore --noflush",
    "portknock render POLICY.json --backend nftables | nft -f -",
  ],

  async run({ values, positionals: { policy } }): Promise<void> {
    const backend = BACKENDS[values.backend];
    const ruleset = compileAt(readPolicy(policy, backend), identify(values.name, ""), Date.now());
    const documents = backend.documents(ruleset);
    const [only, ...more] = documents;
    if (only !== undefined && more.length === 0) {
      if (values.ipv4 || values.ipv6)
        throw new UsageError(`${backend.name} has one document for both families: leave out -4 and -6`);
      if (values.json) printJson({ document: only.text });
      else print(only.text);
      return;
    }
    const [ipv4, ipv6] = [textFor(documents, "ipv4"), textFor(documents, "ipv6")];
    if (values.json) printJson({ ipv4, ipv6 });
    else if (values.ipv4) print(ipv4);
    else if (values.ipv6) print(ipv6);
    else print(documents.map(({ command, text }) => `# ${command}\n${text}`).join("\n"));
  },
});
