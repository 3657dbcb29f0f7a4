import { optionFields } from "../policy/options";
import type { UserInput } from "./fields";
import type { Property } from "./properties";

type DoorProperty = Property & { readonly needs?: UserInput };

const plain = { role: "user input" } as const;
const secret = { role: "user input", isSecret: true } as const;

type Option = keyof typeof optionFields;

/** No option is secret. */
const options = Object.fromEntries(
  Object.entries(optionFields).map(([name, schema]): [string, DoorProperty] => [
    name,
    schema.safeParse(undefined).data === undefined ? { ...plain, isOptional: true } : plain,
  ]),
) as { readonly [Name in Option]: DoorProperty };

const userProperties: { readonly [Name in Exclude<UserInput, Option>]: DoorProperty } = {
  connection: secret,
  sequence: { ...secret, isOptional: true },
  calendar: { ...secret, isOptional: true },
  previous: { ...secret, isOptional: true },
  // The tokens' port.
  oneTime: { ...secret, isOptional: true },
  door: plain,
  openForSeconds: plain,
  stepTimeoutSeconds: plain,
  ignore: plain,
  rollbackAfterSeconds: plain,
  onUnreachable: plain,
  onUnpersisted: plain,
  // State of an older release has none of these. Their defaults are what it did.
  backend: { ...plain, isOptional: true },
  acceptMark: { ...plain, isOptional: true },
  manageMark: { ...plain, isOptional: true },
};

/** Every property of a PortKnock. What the lifecycle, the constructor and a schema need to know of one follows from it. */
export const doorProperties = {
  ...userProperties,
  ...options,
  /** The stack-qualified name: organization/project/stack/name. */
  owner: { role: "computed input", isDiffed: true },
  doorId: { role: "computed input" },
  /** The rules as anyone may see them: as inputs those that the door asks for, in the state those that the host holds. */
  rules: { role: "computed input", isField: true, isDiffed: true },
  /** How often the sequence changed. A diff of two secrets shows nothing. */
  sequenceRevision: { role: "computed input" },
  /** `b`: the current sequence has the second set of stages. */
  slot: { role: "computed input", isOptional: true },
  /** The firewall that the door is in. With `auto` an input only once it was read back: `create` chooses it. */
  firewall: { role: "computed input", isOptional: true, isField: true },
  /** What ~/.ssh/config says of the host. */
  fromSshConfig: { role: "computed input", isOptional: true, isDiffed: true },
  /** The first day of the calendar's windows. */
  calendarFrom: { role: "computed input", needs: "calendar" },
  calendarUntil: { role: "computed input", needs: "calendar", isField: true },
  calendarDaysLeft: { role: "computed input", needs: "calendar", isField: true, isDiffed: true },
  tokens: { role: "computed input", needs: "oneTime", isSecret: true, isField: true },
  /** How many used tokens the next `up` replaces. Only a preview shows it. */
  refill: { role: "computed input", needs: "oneTime", isField: true, isTransient: true },
  tokensLeft: { role: "output", needs: "oneTime", isField: true },
  stateVersion: { role: "output" },
  hostKey: { role: "output", isField: true },
  proxyHostKey: { role: "output", isOptional: true },
  persistence: { role: "output", isField: true },
  warnings: { role: "output", isField: true },
  firewallReason: { role: "output", isOptional: true, isField: true },
  verified: { role: "output", isOptional: true, isField: true },
  knockCommand: { role: "output", isSecret: true, isField: true },
  /** What opened the bastion's SSH port when the door was last changed. */
  proxyKnocks: { role: "output", isSecret: true, isOptional: true },
  spareKnocks: { role: "output", isSecret: true, isOptional: true },
  /** Only the plugin puts it there: the classes compute it from a door's inputs. */
  clientConfig: { role: "output", isSecret: true, isOptional: true },
} as const satisfies Readonly<Record<string, DoorProperty>>;
