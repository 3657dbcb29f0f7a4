import type { Property } from "../../door/properties";
import type { rotationFields } from "../../policy/rotation";

const plain = { role: "user input" } as const;

const userProperties: { readonly [Name in keyof typeof rotationFields]: Property } = {
  steps: plain,
  protocols: plain,
  ports: plain,
  exclude: plain,
  keepers: plain,
  rotateEvery: { ...plain, isOptional: true },
  overlap: { ...plain, isOptional: true },
  // The state has the subkey of its own door, in `derivation`, and nothing of other doors.
  master: { ...plain, isSecret: true, isTransient: true },
  host: { ...plain, needs: "master", isTransient: true },
  door: { ...plain, needs: "master", isTransient: true },
};

const made = { role: "computed input", isField: true } as const;

/** Every property of a KnockSequence. `check` makes the sequence, so a preview of a rotation has one. */
export const sequenceProperties = {
  ...userProperties,
  owner: { role: "computed input" },
  current: { ...made, isSecret: true },
  previousSequences: { ...made, isSecret: true },
  derivation: { ...made, isSecret: true, isOptional: true },
  generation: made,
  rotatedAt: made,
  rotatesAt: made,
  entropyBits: made,
  stateVersion: { role: "output" },
} as const satisfies Readonly<Record<string, Property>>;
