import { z } from "zod";
import { policyTexts } from "./fieldTexts";
import { policyFields } from "./schema";

/** A JSON Schema, as data. */
type JsonSchema = Record<string, unknown>;

/** The JSON Schema (draft 2020-12) of a policy in a file, for editors: every field, its default and its meaning. */
export function policySchema(): Readonly<JsonSchema> {
  const policy = z.strictObject({ $schema: z.string().optional(), ...policyFields });
  const schema = z.toJSONSchema(policy, {
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema, path }) => describe(jsonSchema, fieldPath(path)),
  }) as JsonSchema;
  for (const holder of [schema, at(schema, "previous")]) withTextForm(holder);
  return { title: "A policy of pulumi-portknock", ...schema };
}

/** The field that a place in the schema describes: `properties/door/items/oneOf/0/properties/ports` is `door.ports`. */
function fieldPath(path: readonly (string | number)[]): string | undefined {
  const names = path.filter((_, index) => path[index - 1] === "properties");
  const isField = path.at(-2) === "properties";
  return isField ? names.join(".").replace(/^previous\.sequence\./, "sequence.") : undefined;
}

function describe(schema: JsonSchema, field: string | undefined): void {
  const text = field === undefined ? undefined : policyTexts[field];
  if (text === undefined) return;
  schema.description = text.about;
  if (text.example !== undefined && schema.const === undefined) schema.examples = [text.example];
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
