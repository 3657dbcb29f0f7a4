import { BACKENDS } from "../../door/backend";
import { defineCommand } from "../command/command";
import { type Explained, explained } from "../explain/explained";
import { explainMermaid } from "../explain/mermaid";
import { explainSvg } from "../explain/svg";
import { explainText } from "../explain/text";
import { readPolicy } from "../policyFile";
import { backendOption, doorNameOption, policyArgument } from "../policyOptions";
import { print } from "../terminal";

const FORMATS = { text: explainText, mermaid: explainMermaid, svg: explainSvg } satisfies Record<
  string,
  (parts: Explained) => string
>;

/** Describes a policy. */
export const explain = defineCommand({
  usage: ["POLICY.json [--format FORMAT] [--redact] [--name NAME] [--backend BACKEND]"],
  description: [
    "Prints the door in words, the findings about it, its states, and its rules with a comment each. POLICY.json may be `-` for stdin.",
  ],
  options: {
    format: {
      kind: "choice",
      value: "FORMAT",
      about: "how to show the policy",
      choices: {
        text: "words and rules",
        mermaid: "the states as a Mermaid diagram",
        svg: "the states as a picture",
      } satisfies Record<keyof typeof FORMATS, string>,
      default: "text",
    },
    redact: { kind: "switch", about: "show each knock as its place in the sequence" },
    name: doorNameOption,
    backend: backendOption,
  },
  positionals: policyArgument,

  async run({ values, positionals: { policy } }): Promise<void> {
    const backend = BACKENDS[values.backend];
    print(
      FORMATS[values.format](explained(readPolicy(policy, backend), values.name, values.redact, backend)),
    );
  },
});
