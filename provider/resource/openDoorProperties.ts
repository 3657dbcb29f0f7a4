import type { Property } from "../door/properties";
import type { doorTargetFields } from "../policy/doorTarget";

const plain = { role: "user input" } as const;

const userProperties: { readonly [Name in keyof typeof doorTargetFields | "triggers"]: Property } = {
  host: plain,
  port: plain,
  sequence: { ...plain, isSecret: true },
  family: { ...plain, isOptional: true },
  delayMs: plain,
  timeoutSeconds: plain,
  check: plain,
  /** Of any form: a change of it is a reason to knock again. */
  triggers: { ...plain, isOptional: true },
};

/** Every property of an OpenDoor. */
export const openDoorProperties = {
  ...userProperties,
  address: { role: "output", isField: true },
  stateVersion: { role: "output" },
} as const satisfies Readonly<Record<string, Property>>;
