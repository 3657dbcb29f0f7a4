import { all, type Output, runtime, secret } from "@pulumi/pulumi";
import type { ClientConfig } from "../../policy/clientConfig";
import { clientName } from "./clientName";
import type { PortKnock } from "./portKnock";

/**
 * The configuration of the command `portknock` for many doors, as one. A door is known by the name given here, else by that of
 * its resource. A door that an `up` with `--continue-on-error` failed to create is left out. Secret.
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

/** Leaves out what stays unknown after an `up`; in a preview everything may become known. Pulumi's types lack `isKnown`. */
async function ifKnown(config: Output<ClientConfig>): Promise<Output<ClientConfig>[]> {
  const { isKnown } = config as unknown as { readonly isKnown: Promise<boolean> };
  return runtime.isDryRun() || (await isKnown) ? [config] : [];
}
