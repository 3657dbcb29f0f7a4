import type { Backend, ListLimit } from "../rules/backend";
import { iptables } from "../rules/iptables/backend";
import { nftables, nftablesWith } from "../rules/nftables/backend";
import type { Properties } from "./properties";

/** The backends by their names. This is the one place that names them: all others take one as a value, or by its name. */
export const BACKENDS = { iptables, nftables } as const satisfies Readonly<Record<string, Backend>>;

export type BackendName = keyof typeof BACKENDS;

/** Those that a host may have doors of. */
export const ALL_BACKENDS: readonly Backend[] = Object.values(BACKENDS);

/** The backend of what names none: a policy alone, a state of a release that had no other. */
export const defaultBackend: Backend = BACKENDS.iptables;

/** Where `auto` puts a door on a host on which the default does not work. */
export const otherBackend: BackendName = "nftables";

/** The inputs that say which firewall a door is in, and how its rules are written there. */
export interface FirewallInputs {
  readonly wantedBackend: "auto" | BackendName;
  readonly acceptMark: number;
}

/**
 * The firewall that a door is in, by what its inputs ask for; with `auto` by what is known of it: the property `firewall`. Undefined
 * where `create` has to choose.
 */
export function firewallOf(wantedBackend: unknown, known: unknown): BackendName | undefined {
  return nameOf(wantedBackend) ?? nameOf(known);
}

/** The backend of a door. */
export function backendOf({ wantedBackend, acceptMark }: FirewallInputs, known: unknown): Backend {
  const name = firewallOf(wantedBackend, known);
  if (name === undefined) return defaultBackend;
  return name === "nftables" ? nftablesWith({ mark: acceptMark }) : BACKENDS[name];
}

/** What is known of the lists of a door's host, by the properties of the door. */
export function listLimitOf({ backend, firewall }: Properties): ListLimit | undefined {
  const name = firewallOf(backend, firewall);
  return (name === undefined ? defaultBackend : BACKENDS[name]).listLimit;
}

function nameOf(value: unknown): BackendName | undefined {
  return typeof value === "string" && Object.hasOwn(BACKENDS, value) ? (value as BackendName) : undefined;
}
