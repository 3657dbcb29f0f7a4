import { type Explained, explained } from "../explain/explained";
import { explainMermaid } from "../explain/mermaid";
import { explainSvg } from "../explain/svg";
import { explainText } from "../explain/text";
import { readPolicy } from "../policyFile";
import { print } from "../terminal";
import { type Command, readArgs, UsageError } from "../usage";

const FORMATS: Readonly<Record<string, (parts: Explained) => string>> = {
  text: explainText,
  mermaid: explainMermaid,
  svg: explainSvg,
};

/** Says what a policy does. */
export const explain: Command = {
  help: `portknock explain POLICY.json [--format text | mermaid | svg] [--redact] [--name NAME]
  Prints the door in words, what it is worth, its states, and its rules with a comment each; - reads stdin.
  --format  mermaid and svg: the states as a picture
  --redact  each knock as its place in the sequence
  --name    the door's name, from which the names of its chains are made (default: door)`,

  async run(args): Promise<void> {
    const { values, positionals } = readArgs(args, {
      format: { type: "string", default: "text" },
      redact: { type: "boolean" },
      name: { type: "string", default: "door" },
    });
    const [file] = positionals;
    if (file === undefined || positionals.length > 1) throw new UsageError("explain takes one policy file");
    const write = Object.hasOwn(FORMATS, values.format) ? FORMATS[values.format] : undefined;
    if (write === undefined) throw new UsageError("--format takes text, mermaid or svg");
    print(write(explained(readPolicy(file), values.name, values.redact ?? false)));
  },
};
