import type { z } from "zod";
import { doorProperties } from "../../provider/door/doorProperties";
import { doorFields } from "../../provider/door/fields";
import { namesWhere, type PropertyTable } from "../../provider/door/properties";
import { doorTargetFields } from "../../provider/policy/doorTarget";
import { rotationFields } from "../../provider/policy/rotation";
import { openDoorProperties } from "../../provider/resource/openDoorProperties";
import { sequenceProperties } from "../../provider/resource/sequence/properties";
import { ANY, INTEGER, listOf, type PropertySpec, ref, STRING, type TypeSpec, type TypeTable } from "./types";

/** What the schema is made of, for a resource. */
interface Source {
  readonly name: string;
  readonly table: PropertyTable;
  readonly fields: Readonly<Record<string, z.ZodType>>;
  /** Outputs, and inputs that zod does not check. */
  readonly others: Readonly<Record<string, TypeSpec>>;
}

const SOURCES: readonly Source[] = [
  {
    name: "PortKnock",
    table: doorProperties,
    fields: doorFields,
    others: {
      rules: listOf(STRING),
      knockCommand: STRING,
      hostKey: STRING,
      persistence: STRING,
      warnings: listOf(STRING),
      firewall: STRING,
      firewallReason: STRING,
      verified: ANY,
      calendarUntil: STRING,
      calendarDaysLeft: INTEGER,
      tokens: ANY,
      tokensLeft: INTEGER,
      refill: STRING,
      clientConfig: ANY,
    },
  },
  {
    name: "KnockSequence",
    table: sequenceProperties,
    fields: rotationFields,
    others: {
      current: listOf(ref("Step")),
      previousSequences: listOf(ref("EarlierSequence")),
      derivation: ANY,
      generation: INTEGER,
      rotatedAt: STRING,
      rotatesAt: STRING,
      entropyBits: INTEGER,
    },
  },
  {
    name: "OpenDoor",
    table: openDoorProperties,
    fields: doorTargetFields,
    others: { address: STRING, triggers: listOf(ANY) },
  },
];

export const RESOURCE_NAMES = SOURCES.map(({ name }) => name);

/** The resources of the schema. */
export function resources(types: TypeTable, examples: Readonly<Record<string, string>>): object {
  return Object.fromEntries(
    SOURCES.map((source) => [`portknock:index:${source.name}`, resource(types, source, examples)]),
  );
}

function resource(types: TypeTable, source: Source, examples: Readonly<Record<string, string>>): object {
  const { name, table } = source;
  const example = examples[name];
  const inputs = namesWhere(table, ({ role }) => role === "user input");
  const kept = inputs.filter((input) => table[input]?.isTransient !== true);
  const outputs = Object.keys(table).filter(
    (output) => table[output]?.isField === true || output === "clientConfig",
  );
  const isOptional = (property: string) =>
    table[property]?.isOptional === true || table[property]?.needs !== undefined;
  return {
    description: [
      types.doc(name),
      ...(example ? [`## Example\n\n\`\`\`yaml\n${example.trim()}\n\`\`\``] : []),
    ].join("\n\n"),
    inputProperties: inputProperties(types, name),
    requiredInputs: inputs.filter((input) => isRequired(source, input)),
    properties: Object.fromEntries([
      ...kept.map((property) => [property, asOutput(property, inputProperty(types, source, property))]),
      ...outputs.map((property) => [property, outputProperty(types, source, property)]),
    ]),
    required: [...kept, ...outputs].filter((property) => !isOptional(property)),
    // States that the dynamic front end wrote are states of this one.
    aliases: [{ type: `pulumi-nodejs:dynamic/portknock:${name}` }],
  };
}

/** The inputs of a resource by their names. */
export function inputProperties(
  types: TypeTable,
  resourceName: string,
): Readonly<Record<string, PropertySpec>> {
  const source = SOURCES.find(({ name }) => name === resourceName);
  if (source === undefined) throw new Error(`unknown resource ${resourceName}`);
  const inputs = namesWhere(source.table, ({ role }) => role === "user input");
  return Object.fromEntries(inputs.map((input) => [input, inputProperty(types, source, input)]));
}

function isRequired({ fields }: Source, input: string): boolean {
  return fields[input]?.safeParse(undefined).success === false;
}

function inputProperty(types: TypeTable, source: Source, input: string): PropertySpec {
  const field = source.fields[input];
  const type = field === undefined ? (source.others[input] ?? ANY) : types.input(input, field);
  const value = field?.safeParse(undefined).data;
  return types.described(
    // An object, or a list of at most one. Python's SDK reads an output that is missing as it was given.
    input === "previous" ? ANY : type,
    types.doc(`${source.name}Args.${input}`),
    {
      ...(["string", "number", "boolean"].includes(typeof value) && { default: value }),
      ...(source.table[input]?.isSecret && { secret: true }),
    },
  );
}

/** The state has steps for a sequence, and every default. */
function asOutput(name: string, { default: _, ...property }: PropertySpec): PropertySpec {
  const { $ref: __, ...rest } = property;
  return name === "sequence" ? { ...listOf(ref("Step")), ...rest } : property;
}

function outputProperty(types: TypeTable, { name, table, others }: Source, output: string): PropertySpec {
  const type = others[output];
  if (type === undefined) throw new Error(`${name}.${output} has no type in scripts/schema/resources.ts`);
  return types.described(type, types.doc(`${name}.${output}`), {
    ...(table[output]?.isSecret && { secret: true }),
  });
}
