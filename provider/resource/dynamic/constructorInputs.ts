import { type CustomResourceOptions, type Inputs, mergeOptions, secret } from "@pulumi/pulumi";
import { namesWhere, type PropertyTable } from "../../door/properties";

/** The arguments of a resource, as its program gives them. */
type Args = Readonly<Record<string, unknown>>;

/**
 * What a constructor hands to Pulumi: the arguments, the secret ones marked, and a key for each output of the resource object,
 * since Pulumi sets only those that it finds here. Where `check` puts a secret, the key has one already: so it stays secret.
 */
export function constructorInputs(table: PropertyTable, args: Args): Inputs {
  const fields = fieldsOf(table).filter((name) => !isAbsent(table, args, name));
  const secrets = namesWhere(table, ({ role, isSecret }) => role === "user input" && isSecret === true);
  return {
    ...args,
    ...Object.fromEntries(
      secrets.filter((name) => args[name] !== undefined).map((name) => [name, secret(args[name])]),
    ),
    ...Object.fromEntries(
      fields.map((name) => {
        const isPlaceholder = table[name]?.role === "computed input" && table[name]?.isSecret;
        return [name, isPlaceholder ? secret("") : undefined];
      }),
    ),
  };
}

/**
 * The outputs that a resource with these arguments never has. Each output that Pulumi knows of costs the program CPU time,
 * and is unknown in previews while it is absent.
 */
export function absentFields(table: PropertyTable, args: Args): readonly string[] {
  return fieldsOf(table).filter((name) => isAbsent(table, args, name));
}

/** The options, by which Pulumi encrypts the secrets in the state. */
export function withSecretOutputs(
  table: PropertyTable,
  options: CustomResourceOptions,
): CustomResourceOptions {
  const names = namesWhere(table, ({ isSecret, isTransient }) => isSecret === true && isTransient !== true);
  return mergeOptions(options, { additionalSecretOutputs: [...names] });
}

function fieldsOf(table: PropertyTable): readonly string[] {
  return namesWhere(table, ({ isField }) => isField === true);
}

function isAbsent(table: PropertyTable, args: Args, name: string): boolean {
  const needs = table[name]?.needs;
  return needs !== undefined && args[needs] === undefined;
}
