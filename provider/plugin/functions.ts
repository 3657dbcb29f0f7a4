import { defaultBackend } from "../door/backend";
import type { Properties } from "../door/properties";
import { hasUnknown } from "../door/unknown";
import { lintDoors } from "../lint/lint";
import { type ClientConfig, configFailures } from "../policy/clientConfig";
import type { Failure } from "../policy/conflicts";
import { doorNameOf } from "../policy/names";
import type { Policy } from "../policy/types";
import { validatePolicy } from "../policy/validate";
import { isObject } from "../util/isObject";

/** What a function of the package returns, or what is wrong with its arguments. */
interface Answer {
  readonly result: Properties;
  readonly failures: readonly Failure[];
}

/** What is secret in a result: the doors of `clientConfig`. */
export const SECRET_RESULTS = ["doors"];

/** The functions of the package, by their tokens. */
export function invoke(token: string, args: Properties): Answer {
  switch (token) {
    case "portknock:index:clientConfig":
      return clientConfig(args.doors);
    case "portknock:index:lint":
      return lint(args.doors);
    default:
      throw new Error(`unknown function ${token}`);
  }
}

/** The configurations of many doors as one, each under the name that it is given here. */
export function joinedClientConfig(configs: Readonly<Record<string, ClientConfig>>): ClientConfig {
  return {
    doors: Object.entries(configs).flatMap(([name, { doors }]) =>
      doors.map((door) => ({ ...door, name: doorNameOf(name) })),
    ),
  };
}

function clientConfig(doors: unknown): Answer {
  if (!isObject(doors))
    return wrong("doors", "must be an object: the output `clientConfig` of each door, by name");
  const failures = Object.entries(doors).flatMap(([name, config]) =>
    hasUnknown(config)
      ? []
      : configFailures(config).map(({ property, reason }) => ({
          property: `doors.${name}.${property}`,
          reason,
        })),
  );
  if (failures.length > 0) return { result: {}, failures };
  return { result: { ...joinedClientConfig(doors as Readonly<Record<string, ClientConfig>>) }, failures };
}

function lint(doors: unknown): Answer {
  if (!isObject(doors)) return wrong("doors", "must be an object: the policy of each door, by name");
  const checked = Object.entries(doors).map(([name, policy]) => ({
    name,
    ...validatePolicy(isObject(policy) ? policy : {}),
  }));
  const failures = checked.flatMap(({ name, failures: found }) =>
    found.map(({ property, reason }) => ({ property: `doors.${name}.${property}`, reason })),
  );
  if (failures.length > 0) return { result: {}, failures };
  const policies = checked.map(({ name, value }) => [name, value as Policy] as const);
  return {
    result: { findings: lintDoors(Object.fromEntries(policies), defaultBackend.listLimit) },
    failures,
  };
}

function wrong(property: string, reason: string): Answer {
  return { result: {}, failures: [{ property, reason }] };
}
