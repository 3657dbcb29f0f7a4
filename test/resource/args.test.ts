import type { types } from "@pulumi/command";
import type { Unwrap } from "@pulumi/pulumi";
import { expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import { doorProperties } from "../../provider/door/doorProperties";
import { type doorFields, userInputs } from "../../provider/door/fields";
import { namesWhere, type PropertyTable } from "../../provider/door/properties";
import { connectionSchema } from "../../provider/policy/connection";
import type { doorTargetFields } from "../../provider/policy/doorTarget";
import type { rotationFields } from "../../provider/policy/rotation";
import type { FleetHostArgs, PortKnockFleetArgs } from "../../provider/resource/args/fleetArgs";
import type { KnockSequenceArgs } from "../../provider/resource/args/knockSequenceArgs";
import type { ConnectionArgs, PortKnockArgs } from "../../provider/resource/args/portKnockArgs";
import { withSecretOutputs } from "../../provider/resource/dynamic/constructorInputs";
import type { DynamicResource } from "../../provider/resource/dynamic/dynamicResource";
import type { KnockSequence } from "../../provider/resource/dynamic/knockSequence";
import type { OpenDoor, OpenDoorArgs } from "../../provider/resource/dynamic/openDoor";
import type { PortKnock } from "../../provider/resource/dynamic/portKnock";
import { policyNames } from "../../provider/resource/fleet/overlay";
import { openDoorProperties } from "../../provider/resource/openDoorProperties";
import { sequenceProperties } from "../../provider/resource/sequence/properties";

test("a connection of @pulumi/command is a connection of ours", () => {
  const theirs = {
    ...{
      host: "192.0.2.11",
      port: 2222,
      user: "ops",
      privateKey: "a key",
      privateKeyPassword: "its passphrase",
    },
    ...{ password: "a password", agentSocketPath: "/run/agent", hostKey: `ssh-ed25519 ${"A".repeat(68)}` },
    ...{ dialErrorLimit: 3, perDialTimeout: 15 },
    proxy: { host: "192.0.2.12", port: 22, user: "ops", privateKey: "a key" },
  } satisfies types.input.remote.ConnectionArgs;
  // The compiler holds the whole type to it, not this one value alone.
  const ours: ConnectionArgs =
    theirs satisfies types.input.remote.ConnectionArgs as types.input.remote.ConnectionArgs;
  expect(connectionSchema.safeParse(ours).error?.issues).toBeUndefined();
});

/** Every field of a value, however deep, as `lockout.forSeconds`; those of list items without a place. */
type Paths<Value, Before extends string = ""> = Value extends readonly (infer Item)[]
  ? Paths<Item, Before>
  : Value extends object
    ? {
        [Name in keyof Value & string]-?: `${Before}${Name}` | Paths<Value[Name], `${Before}${Name}.`>;
      }[keyof Value & string]
    : never;

/** What a schema's fields let through. */
type Checked<Fields extends Readonly<Record<string, z.ZodType>>> = {
  [Name in keyof Fields]: z.output<Fields[Name]>;
};

/** A master secret in place of the subkey is for clients alone, so `calendar.derivation` is wider as an argument. */
type ForClients = `calendar.derivation.${"master" | "door" | "host"}`;

test("the arguments have the fields of the schema, however deep, and no others", () => {
  expectTypeOf<Exclude<Paths<Unwrap<PortKnockArgs>>, ForClients>>().toEqualTypeOf<
    Paths<Checked<typeof doorFields>>
  >();
  expectTypeOf<Paths<Unwrap<KnockSequenceArgs>>>().toEqualTypeOf<Paths<Checked<typeof rotationFields>>>();
  expectTypeOf<Exclude<Paths<Unwrap<OpenDoorArgs>>, "triggers">>().toEqualTypeOf<
    Paths<Checked<typeof doorTargetFields>>
  >();
  const given = namesWhere(doorProperties, ({ role }) => role === "user input");
  expect([...given].sort()).toEqual([...userInputs].sort());
});

/** What all hosts of a fleet have in common, or each for itself. */
type Knocks = "sequence" | "previous";

test("a fleet has the arguments of its doors", () => {
  expectTypeOf<keyof FleetHostArgs>().toEqualTypeOf<keyof PortKnockArgs>();
  expectTypeOf<Exclude<keyof PortKnockFleetArgs, "hosts" | "canary" | Knocks>>().toEqualTypeOf<
    Exclude<keyof PortKnockArgs, Knocks>
  >();
  expect(userInputs.filter((name) => !policyNames.some((one) => one === name)).sort()).toEqual([
    "connection",
    "previous",
    "sequence",
  ]);
});

/** The names of a table's properties that are fields of the resource object. */
type Fields<Table> = {
  [Name in keyof Table]: Table[Name] extends { readonly isField: true } ? Name : never;
}[keyof Table];

/** The outputs that a class declares, without those that it computes from others. */
type Declared<Class, Computed = never> = Exclude<keyof Class, keyof DynamicResource | Computed>;

test("the classes declare the outputs of their tables", () => {
  expectTypeOf<Declared<PortKnock, "clientConfig">>().toEqualTypeOf<Fields<typeof doorProperties>>();
  expectTypeOf<Declared<KnockSequence, "previous">>().toEqualTypeOf<Fields<typeof sequenceProperties>>();
  expectTypeOf<Declared<OpenDoor>>().toEqualTypeOf<Fields<typeof openDoorProperties>>();
  const outputs = (table: PropertyTable) => namesWhere(table, ({ isField }) => isField === true);
  expect(outputs(openDoorProperties)).toEqual(["address"]);
});

test("what Pulumi encrypts in the state of each resource", () => {
  const secrets = (table: PropertyTable) => withSecretOutputs(table, {}).additionalSecretOutputs;
  expect(secrets(doorProperties)).toEqual([
    ...["connection", "sequence", "calendar", "previous", "oneTime"],
    ...["tokens", "knockCommand", "proxyKnocks", "spareKnocks", "clientConfig"],
  ]);
  expect(secrets(sequenceProperties)).toEqual(["current", "previousSequences", "derivation"]);
  expect(secrets(openDoorProperties)).toEqual(["sequence"]);
});
