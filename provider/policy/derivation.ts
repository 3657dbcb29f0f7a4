import { parseSeconds } from "./duration";
import { isLabel } from "./names";

/**
 * The names of the fields of a derivation that are missing or wrong; values must not be shown. Written by hand, because
 * the command line does not load zod.
 */
export function wrongDerivationFields(value: unknown): string[] {
  const fields = (typeof value === "object" ? value : undefined) ?? {};
  const get = (name: string): unknown => (fields as Readonly<Record<string, unknown>>)[name];
  const isText = (name: string) => typeof get(name) === "string" && get(name) !== "";
  const isList = (name: string, item: RegExp) => {
    const list = get(name);
    return Array.isArray(list) && list.every((one) => item.test(String(one)));
  };
  const isSeconds = isText("rotateEvery") && parseSeconds(String(get("rotateEvery"))) !== undefined;
  const isRight: Readonly<Record<string, boolean>> = {
    version: get("version") === 1,
    ...(get("subkey") === undefined
      ? { master: isText("master"), door: isLabel(get("door")), host: isLabel(get("host")) }
      : { subkey: /^[0-9a-f]{64}$/.test(String(get("subkey"))) }),
    rotateEvery: isSeconds,
    steps: Number.isInteger(get("steps")),
    protocols: isList("protocols", /^(tcp|udp|icmp)$/),
    ports: isList("ports", /^\d+(-\d+)?$/),
    exclude: isList("exclude", /^\d+(-\d+)?$/),
    keepers: typeof get("keepers") === "object" && get("keepers") !== null,
  };
  return Object.keys(isRight).filter((name) => !isRight[name]);
}
