import { z } from "zod";
import { helpOf, helpOfOptions } from "../../provider/client/command/help";
import { commands } from "../../provider/client/commands";
import { connectionSchema, onUnpersisted, onUnreachable } from "../../provider/policy/connection";
import { doorTargetFields } from "../../provider/policy/doorTarget";
import { wholeNumber } from "../../provider/policy/fields";
import { doorTexts, type FieldTexts, policyTexts } from "../../provider/policy/fieldTexts";
import { acceptMark, backend, manageMark } from "../../provider/policy/firewall";
import { policySchema } from "../../provider/policy/jsonSchema";
import { limits } from "../../provider/policy/limits";
import {
  connectionTexts,
  fleetTexts,
  openDoorTexts,
  sequenceTexts,
} from "../../provider/policy/resourceTexts";
import { rotationFields } from "../../provider/policy/rotation";

/** The pages of the reference that are made from the schema and from the commands, by their files. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  return { "docs/reference/fields.md": fieldsPage(), "docs/reference/client.md": await clientPage() };
}

type Schema = Readonly<Record<string, unknown>>;

const MADE = "<!-- Made by `UPDATE_GOLDEN=1 npx vitest run --project unit test/repository/pages`. -->";

function fieldsPage(): string {
  const door = schemaOf({
    connection: z.looseObject({}),
    rollbackAfterSeconds: wholeNumber("seconds", limits.rollbackAfterSeconds).default(
      limits.rollbackAfterSeconds.default,
    ),
    onUnreachable,
    onUnpersisted,
    ...{ backend, acceptMark, manageMark },
  });
  return `# Fields
${MADE}

Every wrong field is reported at once, under its path, before any host is touched. A default of "—" means that the field may be
left out, unless the text says otherwise. Fields take Pulumi's inputs.

## PortKnock

${table(doorTexts, door)}

The policy, which is also what \`portknock check\` and the other commands read as JSON:

${table(policyTexts, policySchema())}

## connection

Names and defaults are those of \`remote.Connection\` of @pulumi/command. \`proxy\` has the fields up to \`knock\`.

${table(connectionTexts, z.toJSONSchema(connectionSchema, { io: "input", unrepresentable: "any" }))}

## KnockSequence

${table(sequenceTexts, schemaOf(rotationFields))}

Outputs: \`current\`, \`previous\` and \`derivation\` (secret); \`generation\`, counted from 1; \`rotatedAt\`; \`rotatesAt\`, from when on
the next \`pulumi up\` makes another sequence; \`entropyBits\`.

## PortKnockFleet

The fields of a PortKnock are those of all hosts. Beside them:

${table(fleetTexts, {})}

Outputs: \`doors\` and \`sequences\`, the PortKnock and the KnockSequence of each host by its name; \`clientConfig\` of all hosts
(secret).

## OpenDoor

${table(openDoorTexts, schemaOf(doorTargetFields))}

Output: \`address\`, at which the door was open. The outputs of a PortKnock: [on the host](host.md#outputs-of-a-portknock).
`;
}

function schemaOf(shape: z.ZodRawShape): Schema {
  return z.toJSONSchema(z.object(shape), { io: "input", unrepresentable: "any" });
}

function table(texts: FieldTexts, schema: Schema): string {
  const rows = Object.entries(texts).map(([path, { about, example }]) => {
    const field = fieldAt(schema, path.split("."));
    return [`\`${path}\``, about, rangeOf(field), code(field?.default), code(example)];
  });
  const head = ["field", "meaning", "range", "default", "example"];
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** The schema of a field; that of a list's items in its place. */
function fieldAt(schema: Schema, [name = "", ...rest]: readonly string[]): Schema | undefined {
  for (const branch of branchesOf(schema)) {
    const field = (branch.properties as Readonly<Record<string, Schema>> | undefined)?.[name];
    if (field === undefined) continue;
    return rest.length === 0 ? field : fieldAt(field, rest);
  }
  return undefined;
}

function branchesOf(schema: Schema): Schema[] {
  const nested = [schema.items, schema.anyOf, schema.oneOf, schema.allOf].flat() as (Schema | undefined)[];
  return [schema, ...nested.flatMap((one) => (one === undefined ? [] : branchesOf(one)))];
}

function rangeOf(field: Schema | undefined): string {
  if (field === undefined) return "";
  const { minimum, maximum, minItems, maxItems, enum: words, type } = field;
  if (typeof minimum === "number" && typeof maximum === "number")
    return `${minimum.toLocaleString("en")} to ${maximum.toLocaleString("en")}`;
  if (Array.isArray(words)) return words.map((word) => `\`${JSON.stringify(word)}\``).join(", ");
  if (minItems !== undefined && maxItems !== undefined) return `${minItems} to ${maxItems} items`;
  return type === "boolean" ? "`true`, `false`" : "";
}

function code(value: unknown): string {
  return value === undefined ? "—" : `\`${JSON.stringify(value)}\``;
}

async function clientPage(): Promise<string> {
  const sections = await Promise.all(
    Object.entries(commands).map(async ([name, { load }]) => {
      const text = helpOf(name, await load());
      return `## portknock ${name}\n\n${block(withoutExitCodes(text))}`;
    }),
  );
  return `# The client
${MADE}

How to use it: [the client](../how-to/client.md). \`portknock --help\` lists the commands, \`portknock COMMAND --help\` explains one,
\`portknock --version\` prints the version.

| exit code | |
|---|---|
| 0 | open, or done |
| 1 | the door stayed shut: what was sent from where, and what could be wrong; or something did not work: no token is left, a name has no address, a policy has a wrong field or a finding that is an error |
| 2 | the command was not understood, knows no sequence for the host, or names a file that is not there; or a file with secrets (configuration, derivation) is open to others or wrong. Nothing was sent |
| other | \`ssh\` and \`run\`: that of the command they ran; 128 + N after signal N |

## Options of every command that knocks

${block(helpOfOptions())}

${sections.join("\n\n")}
`;
}

function block(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``;
}

/** They are in a table of their own. */
function withoutExitCodes(text: string): string {
  return text.slice(0, text.indexOf("\n\nExit codes:"));
}
