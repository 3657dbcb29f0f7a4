import { all, type Output, runtime, secret } from "@pulumi/pulumi";
import type { ClientConfig } from "../../policy/clientConfig";
import { clientName } from "../clientName";
import type { PortKnock } from "./portKnock";

/**
 * The configuration of the command `portknock` for many doors: theirs in one. Those that are given by name are known by
 * that name, others by that of their resource. A door that an `up` with `--continue-on-error` could not bring about is
 * left out, since nothing can be said of it, so that the others are there. Secret.
 */
export function clientConfigOf(
  doors: readonly PortKnock[] | Readonly<Record<string, PortKnock>>,
): Output<ClientConfig> {
  const names = Array.isArray(doors) ? [] : Object.keys(doors).map((name) => clientName(name));
  const configs = all(Object.values<PortKnock>(doors).map(({ clientConfig }) => ifKnown(clientConfig)));
  return secret(
    configs.apply((each) => ({
      doors: each.flatMap((known, index) =>
        known.flatMap(({ doors }) => doors.map((door) => ({ ...door, ...named(names[index]) }))),
      ),
    })),
  );
}

function named(name: string | undefined): { readonly name?: string } {
  return name === undefined ? {} : { name };
}

/** In a preview every output may be one that will be known. The property is Pulumi's own: its types do not have it. */
async function ifKnown(config: Output<ClientConfig>): Promise<Output<ClientConfig>[]> {
  const { isKnown } = config as unknown as { readonly isKnown: Promise<boolean> };
  return runtime.isDryRun() || (await isKnown) ? [config] : [];
}
