import type { Properties } from "../door/properties";
import { isUnknown } from "../door/unknown";
import type { Failure } from "../policy/conflicts";
import { isObject } from "../util/isObject";

/** The provider's configuration: `portknock:…` in a stack's, or the inputs of an explicit provider. */
export interface Configuration {
  /** The organization of the stack, of which doors have their ids. Pulumi does not tell it to plugins. */
  readonly organization: string;
  /** For `pulumi import`: fields of a connection, as of a PortKnock, without `host`. */
  readonly connection: Properties;
  /** For `pulumi import`: what opens the host's SSH port, as text. */
  readonly knock: string | undefined;
}

/** What Pulumi calls the organization of a backend that has none. */
export const NO_ORGANIZATION = "organization";

/** The keys of the configuration that are secret. */
export const SECRET_KEYS = ["connection", "knock"] as const;

/** Failures of the configuration. A project of the name `portknock` may have more keys of its own. */
export function configurationFailures(given: Properties): Failure[] {
  const { organization, knock } = given;
  const connection = readJson(given.connection);
  const isAbsent = (value: unknown) => value === undefined || isUnknown(value);
  return [
    ...(isAbsent(organization) || isWord(organization)
      ? []
      : [{ property: "organization", reason: "must be the name of an organization, without `/`" }]),
    ...(isAbsent(given.connection) || isObject(connection)
      ? []
      : [{ property: "connection", reason: "must be an object, as the `connection` of a PortKnock" }]),
    ...(isAbsent(knock) || typeof knock === "string"
      ? []
      : [{ property: "knock", reason: "must be text such as tcp/PORT,udp/PORT,icmp/BYTES" }]),
  ];
}

export function readConfiguration(given: Properties): Configuration {
  const { organization, knock } = given;
  const connection = readJson(given.connection);
  return {
    organization: isWord(organization) ? organization : NO_ORGANIZATION,
    connection: isObject(connection) ? connection : {},
    knock: typeof knock === "string" && !isUnknown(knock) ? knock : undefined,
  };
}

function isWord(value: unknown): value is string {
  return typeof value === "string" && /^[^/\s]+$/.test(value);
}

/** Pulumi passes an object of the configuration as JSON text. */
function readJson(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
