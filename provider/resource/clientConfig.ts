import { all, type Output, secret } from "@pulumi/pulumi";
import type { ClientConfig } from "../policy/clientConfig";
import type { PortKnock } from "./portKnock";

/**
 * The configuration of the command `portknock` for many doors: theirs in one. Those that are given by name are known by
 * that name, and others by that of their resource. Secret.
 */
export function clientConfigOf(
  doors: readonly PortKnock[] | Readonly<Record<string, PortKnock>>,
): Output<ClientConfig> {
  const names = Array.isArray(doors) ? [] : Object.keys(doors);
  const configs = all(Object.values<PortKnock>(doors).map(({ clientConfig }) => clientConfig));
  return secret(
    configs.apply((each) => ({
      doors: each.flatMap((config, index) =>
        config.doors.map((door) => ({ ...door, ...named(names[index]) })),
      ),
    })),
  );
}

function named(name: string | undefined): { readonly name?: string } {
  return name === undefined ? {} : { name };
}
