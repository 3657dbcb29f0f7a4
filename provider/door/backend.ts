import type { Backend } from "../rules/backend";
import { iptables } from "../rules/iptables/backend";

/**
 * The backend of a door's host. This is the one place that names one: all others take it as a value, from a door or as a
 * parameter.
 */
export const defaultBackend: Backend = iptables;
