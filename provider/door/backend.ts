import type { Backend } from "../rules/backend";
import { iptables } from "../rules/iptables/backend";
import { nftables } from "../rules/nftables/backend";

/** The backends by their names. This is the one place that names them: all others take one as a value, or by its name. */
export const BACKENDS = { iptables, nftables } as const satisfies Readonly<Record<string, Backend>>;

export type BackendName = keyof typeof BACKENDS;

/** The backend of a door's host. */
export const defaultBackend: Backend = BACKENDS.iptables;
