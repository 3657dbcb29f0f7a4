import { readFileSync, statSync } from "node:fs";
import { type Derivation, sequencesAt } from "../../derive/derivation";
import { parseSeconds } from "../../policy/duration";
import { UsageError } from "../usage";
import type { Source } from ".";
import { exposure } from "./configFile";

/** What a KnockSequence puts out as `derivation`: the sequence of this very moment is computed. */
export const derivation: Source = {
  name: "--derivation",
  find: ({ derivation: path }) => {
    if (path === undefined) return undefined;
    const [sequence, ...others] = sequencesAt(readDerivation(path), Date.now());
    return { sequence, others };
  },
};

/** @throws UsageError where others may read it, or it is no derivation. It echoes nothing: all of it is secret. */
function readDerivation(path: string): Derivation {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new UsageError(`there is no file ${path}`);
  const remedy = exposure(stats);
  if (remedy) throw new UsageError(`${path} holds secrets, and ${remedy}`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw new UsageError(`${path} cannot be read as JSON`);
  }
  const wrong = wrongFields(value);
  if (wrong.length === 0) return value as Derivation;
  throw new UsageError(
    `${path} is no derivation: ${wrong.join(", ")} missing or wrong; it is what a KnockSequence puts out`,
  );
}

function wrongFields(value: unknown): string[] {
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
      ? { master: isText("master"), door: isText("door"), host: isText("host") }
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
