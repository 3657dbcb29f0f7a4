import { all, type Output, secret } from "@pulumi/pulumi";
import type { ClientConfig } from "../policy/clientConfig";
import type { PortKnock } from "./portKnock";

/** The configuration of the command `portknock` for a fleet: those of its doors in one. Secret. */
export function clientConfigOf(doors: readonly PortKnock[]): Output<ClientConfig> {
  const configs = all(doors.map(({ clientConfig }) => clientConfig));
  return secret(configs.apply((each) => ({ doors: each.flatMap(({ doors }) => doors) })));
}
