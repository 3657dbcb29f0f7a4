import { readFileSync, statSync } from "node:fs";
import { type Derivation, sequencesAt } from "../../derive/derivation";
import { wrongDerivationFields } from "../../policy/derivation";
import { UsageError } from "../usageError";
import { exposure } from "./configFile";
import type { Source } from "./source";

/** The output `derivation` of a KnockSequence. The sequence of this moment is computed from it. */
export const derivation: Source = {
  name: "--derivation",
  find: ({ derivation: path }) => {
    if (path === undefined) return undefined;
    const derivation = readDerivation(path);
    const [sequence, ...others] = sequencesAt(derivation, Date.now());
    return { sequence, others, derivation };
  },
};

/** @throws UsageError if other users may read the file, or it is not a derivation. Never quotes it: all of it is secret. */
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
  const wrong = wrongDerivationFields(value);
  if (wrong.length === 0) return value as Derivation;
  throw new UsageError(
    `${path} is not a derivation: ${wrong.join(", ")} missing or wrong; save the output \`derivation\` of a KnockSequence`,
  );
}
