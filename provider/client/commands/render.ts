import { compileAt } from "../../door/compileAt";
import { identify } from "../../rules/identity";
import { renderDocument } from "../../rules/iptables/render";
import { readPolicy } from "../policyFile";
import { print, printJson } from "../terminal";
import { type Command, readArgs, UsageError } from "../usage";

/** Prints the iptables-restore documents of a policy. */
export const render: Command = {
  help: `portknock render POLICY.json [-4 | -6 | --json] [--name NAME]
  Prints what iptables-restore --noflush and ip6tables-restore --noflush take to put the door on a bare host.
  POLICY.json: the fields of a PortKnock less connection, rollbackAfterSeconds, onUnreachable and onUnpersisted;
  - reads stdin.
  -4, -6   one family's document only: portknock render POLICY.json -4 | iptables-restore --noflush
  --json   {"ipv4": "...", "ipv6": "..."}
  One-time tokens are examples, which open nothing: only \`pulumi up\` makes real ones.
  --name   the door's name, from which the names of its chains are made (default: door)`,

  async run(args): Promise<void> {
    const { values, positionals } = readArgs(args, {
      "4": { type: "boolean", short: "4" },
      "6": { type: "boolean", short: "6" },
      json: { type: "boolean" },
      name: { type: "string", default: "door" },
    });
    const [file] = positionals;
    if (file === undefined || positionals.length > 1) throw new UsageError("render takes one policy file");
    if (values["4"] && values["6"])
      throw new UsageError("-4 and -6 exclude each other; without either, both documents are printed");
    const ruleset = compileAt(readPolicy(file), identify(values.name, ""), Date.now());
    const ipv4 = renderDocument(ruleset, "ipv4");
    const ipv6 = renderDocument(ruleset, "ipv6");
    if (values.json) printJson({ ipv4, ipv6 });
    else if (values["4"]) print(ipv4);
    else if (values["6"]) print(ipv6);
    else print(`# iptables-restore --noflush\n${ipv4}\n# ip6tables-restore --noflush\n${ipv6}`);
  },
};
