import { policyNames } from "../../provider/resource/fleet/overlay";
import { inputProperties } from "./resources";
import { ANY, mapOf, type PropertySpec, ref, type TypeTable } from "./types";

type Properties = Readonly<Record<string, PropertySpec>>;

/** The component PortKnockFleet. Its fields have no defaults: a host's field replaces the fleet's, and must be the user's. */
export function fleet(types: TypeTable): object {
  const door = inputProperties(types, "PortKnock");
  const { host: _, door: __, ...recipe } = withoutDefaults(inputProperties(types, "KnockSequence"));
  const { host: ___, ...shared } = fieldsOf(types, "Connection");
  const { derivation: ____, ...calendar } = fieldsOf(types, "Calendar");
  types.object("SharedConnection", shared, []);
  types.object("FleetCalendar", calendar, []);
  types.object("SequenceRecipe", recipe, []);
  const policy = withoutDefaults(
    Object.fromEntries(policyNames.map((name) => [name, door[name] ?? ANY])) as Properties,
  );
  const { calendar: windows, ...fields } = policy;
  const common = { ...fields, calendar: types.described(ref("FleetCalendar"), windows?.description) };
  types.object(
    "FleetHost",
    {
      ...common,
      connection: ref("Connection"),
      sequence: ANY,
      previous: ref("EarlierSequence"),
    },
    ["connection"],
  );
  const own = (name: string) => types.doc(`PortKnockFleetArgs.${name}`);
  return {
    isComponent: true,
    description: types.doc("PortKnockFleet"),
    inputProperties: {
      ...common,
      hosts: types.described(mapOf(ref("FleetHost")), own("hosts")),
      connection: types.described(ref("SharedConnection"), own("connection"), { secret: true }),
      sequence: types.described(ref("SequenceRecipe"), own("sequence")),
      canary: types.described(ANY, own("canary")),
    },
    requiredInputs: ["hosts", "door"],
    properties: {
      clientConfig: types.described(ANY, types.doc("PortKnockFleet.clientConfig"), { secret: true }),
    },
    required: ["clientConfig"],
  };
}

function fieldsOf(types: TypeTable, name: string): Properties {
  return (types.types[`portknock:index:${name}`] as { readonly properties: Properties }).properties;
}

function withoutDefaults(properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([name, { default: _, ...rest }]) => [name, rest]),
  );
}
