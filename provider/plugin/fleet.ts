import { type ConstructRequest, ConstructResponse } from "@pulumi/pulumi/proto/provider_pb";
import { doorProperties } from "../door/doorProperties";
import type { Properties } from "../door/properties";
import { UNKNOWN } from "../door/unknown";
import type { ClientConfig } from "../policy/clientConfig";
import type { PortKnockFleetArgs } from "../resource/args/fleetArgs";
import { canariesOf } from "../resource/fleet/canary";
import { fleetFailures } from "../resource/fleet/check";
import { hasKnocks, overlay, policyNames } from "../resource/fleet/overlay";
import { sequenceProperties } from "../resource/sequence/properties";
import { plainText } from "../util/plainText";
import { joinedClientConfig } from "./functions";
import { Declaring, type Registered } from "./monitor";
import { fromStruct, secretNames, secretsOf, toStruct } from "./values";

/** Declares a PortKnockFleet: for each host a KnockSequence and a PortKnock, as the class of the same name does. */
export async function construct(request: ConstructRequest, version: string): Promise<ConstructResponse> {
  const args = fromStruct(request.getInputs());
  const failures = fleetFailures(args as unknown as PortKnockFleetArgs);
  if (failures.length > 0) {
    const lines = failures.map(({ property, reason }) => plainText(`${property}: ${reason}`));
    throw new Error(
      [`PortKnockFleet ${plainText(request.getName())} cannot be made:`, ...lines].join("\n  "),
    );
  }
  const declaring = new Declaring(request, version);
  const urn = await declaring.component();
  const doors = await declareHosts(declaring, request, args);
  await declaring.finish();
  const configs = [...doors].flatMap(([name, { outputs }]) =>
    outputs === undefined ? [] : [[name, outputs.clientConfig ?? UNKNOWN] as const],
  );
  const clientConfig = configs.some(([, config]) => config === UNKNOWN)
    ? UNKNOWN
    : joinedClientConfig(Object.fromEntries(configs) as Readonly<Record<string, ClientConfig>>);
  const response = new ConstructResponse();
  response.setUrn(urn);
  response.setState(toStruct({ clientConfig }, ["clientConfig"]));
  return response;
}

/** Canaries first; the other hosts depend on them. */
async function declareHosts(
  declaring: Declaring,
  request: ConstructRequest,
  args: Properties,
): Promise<ReadonlyMap<string, Registered>> {
  const hosts = Object.entries(args.hosts as Readonly<Record<string, Properties>>);
  const names = canariesOf(Object.keys(args.hosts as object), args.canary as number | readonly string[]);
  // Which host needs which of them is not known: Pulumi names the inputs alone.
  const needed = [...request.getInputdependenciesMap().values()].flatMap((one) => one.getUrnsList());
  const secrets = secretNames(request.getInputs());
  const declare = async ([name, host]: (typeof hosts)[number], dependencies: readonly string[]) => {
    const childName = `${request.getName()}-${name}`;
    return [name, await declareHost(declaring, childName, args, host, secrets, dependencies)] as const;
  };
  const isCanary = ([name]: (typeof hosts)[number]) => names.includes(name);
  const canaries = await Promise.all(hosts.filter(isCanary).map((host) => declare(host, needed)));
  const confirmed = [...needed, ...canaries.map(([, { urn }]) => urn)];
  const others = hosts.filter((host) => !isCanary(host)).map((host) => declare(host, confirmed));
  const made = new Map([...canaries, ...(await Promise.all(others))]);
  return new Map(hosts.flatMap(([name]) => (made.has(name) ? [[name, made.get(name) as Registered]] : [])));
}

async function declareHost(
  declaring: Declaring,
  name: string,
  args: Properties,
  host: Properties,
  secrets: readonly string[],
  dependencies: readonly string[],
): Promise<Registered> {
  const policy = Object.fromEntries(policyNames.map((field) => [field, host[field] ?? args[field]]));
  const { calendar, ...fields } = policy;
  const connection = joined(args.connection, host.connection);
  const door = { ...fields, connection };
  const doorOn = (properties: Properties, needed: readonly string[]) =>
    declaring.child({
      type: "portknock:index:PortKnock",
      ...{ name, properties, dependencies: needed },
      secrets: [...secretsOf(doorProperties), ...secrets],
    });
  if (hasKnocks(host)) {
    const { sequence, previous } = host;
    return await doorOn({ ...door, sequence, previous, calendar }, dependencies);
  }
  const recipe = recipeOf(args, host, connection, name);
  const { urn, outputs } = await declaring.child({
    type: "portknock:index:KnockSequence",
    ...{ name, properties: recipe, dependencies },
    secrets: secretsOf(sequenceProperties),
  });
  if (outputs === undefined) return { urn, outputs };
  const { current = UNKNOWN, previousSequences = UNKNOWN, derivation = UNKNOWN } = outputs;
  const knocks =
    calendar === undefined
      ? { sequence: current, previous: previousSequences }
      : { calendar: { ...(calendar as object), derivation } };
  return await doorOn({ ...door, ...knocks }, [...dependencies, urn]);
}

/** The arguments of the host's KnockSequence. */
function recipeOf(args: Properties, host: Properties, connection: unknown, name: string): Properties {
  const recipe = overlay(args.sequence as Properties | undefined, host.sequence as Properties | undefined);
  const address = connection === UNKNOWN ? UNKNOWN : (connection as { readonly host: unknown }).host;
  return recipe.master === undefined ? recipe : { host: address, door: name, ...recipe };
}

/** The fields of both connections; unknown while one of them is. */
function joined(shared: unknown, own: unknown): unknown {
  return [shared, own].includes(UNKNOWN)
    ? UNKNOWN
    : overlay(shared as object | undefined, own as object | undefined);
}
