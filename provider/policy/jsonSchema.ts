import { policyTexts } from "./fieldTexts";
import { policyFields } from "./schema";
import * as z from "./zod";

/** A JSON Schema, as data. */
type JsonSchema = Record<string, unknown>;

/** The JSON Schema (draft 2020-12) of a policy in a file, for editors: every field, its default and its meaning. */
export function policySchema(): Readonly<JsonSchema> {
  const policy = z.strictObject({ $schema: z.string().optional(), ...policyFields });
  const made = z.toJSONSchema(policy, { io: "input", unrepresentable: "any" });
  // Fields of one kind share an object, and each has its own text.
  const schema = JSON.parse(JSON.stringify(made)) as JsonSchema;
  describe(schema, "");
  for (const holder of [schema, at(schema, "previous")]) withTextForm(holder);
  return { title: "A policy of pulumi-portknock", ...schema };
}

/** Puts the text of each field into its schema. `path` ends with a dot, or is empty. */
function describe(schema: JsonSchema, path: string): void {
  for (const [name, field] of Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>)) {
    const own = `${path}${name}`;
    const text = policyTexts[own.replace(/^previous\.sequence\./, "sequence.")];
    if (text) field.description = text.about;
    if (text?.example !== undefined && field.const === undefined) field.examples = [text.example];
    describe(field, `${own}.`);
  }
  const items = [schema.items, schema.anyOf, schema.oneOf].flat() as (JsonSchema | undefined)[];
  for (const item of items) if (item !== undefined) describe(item, path);
}

/** A sequence may be text too. The schema reads it before it checks the steps, which no JSON Schema can say. */
function withTextForm(schema: JsonSchema): void {
  const properties = schema.properties as Record<string, JsonSchema>;
  const { description, examples, ...steps } = at(schema, "sequence");
  properties.sequence = { description, examples, anyOf: [{ type: "string" }, steps] };
}

function at(schema: JsonSchema, name: string): JsonSchema {
  return (schema.properties as Record<string, JsonSchema>)[name] ?? {};
}
