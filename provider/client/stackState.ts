import { scheduleOf } from "../derive/schedule";
import { type Connection, connectionSchema } from "../policy/connection";
import { joinSshConfig, withIdentityFiles } from "../policy/fromSshConfig";
import { includesPort, portRanges } from "../policy/ports";
import type { Schedule } from "../policy/schedule";
import { policyFields } from "../policy/schema";
import type { TokenList } from "../policy/tokens";
import type { Policy } from "../policy/types";
import { validateFields } from "../policy/validate";
import { ownerText } from "../rules/identity";
import type { Identity, Slot } from "../rules/ir";
import { askPulumi } from "./pulumi";

/** A door as the state of a stack has it. */
export interface StackDoor {
  readonly identity: Identity;
  readonly connection: Connection;
  /** The host's key as it was recorded at create. */
  readonly hostKey: string | undefined;
  /** The same of its bastion. */
  readonly proxyHostKey: string | undefined;
  readonly policy: Policy;
  readonly slot: Slot;
  readonly schedule: Schedule | undefined;
  readonly tokens: TokenList | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * The doors in a stack's state, by `pulumi stack export --show-secrets`; what it prints goes nowhere but here.
 * @throws Error where pulumi does not tell, or a door is none that this release knows.
 */
export async function doorsOfStack(name: string): Promise<StackDoor[]> {
  const state = (await askPulumi(["export"], name, "the stack's state")) as {
    readonly deployment?: { readonly resources?: readonly Json[] };
  } | null;
  return (state?.deployment?.resources ?? [])
    .filter(({ type }) => typeof type === "string" && type.endsWith(":PortKnock"))
    .map(({ urn, outputs }) => doorOf(String(urn), (unveiled(outputs) ?? {}) as Json));
}

function doorOf(urn: string, outputs: Json): StackDoor {
  const fields = { ...policyFields, connection: connectionSchema };
  const given = Object.fromEntries(Object.keys(fields).map((field) => [field, outputs[field]]));
  const joined = { ...given, connection: joinSshConfig(given.connection, outputs.fromSshConfig) };
  const { value, failures } = validateFields(fields, joined);
  const { connection, ...policy } = value;
  if (failures.length > 0 || connection === undefined) {
    const paths = failures.map(({ property }) => property).join(", ");
    throw new Error(`the state of ${urn} is not understood: ${paths}`);
  }
  const { calendar } = policy as Policy;
  return {
    identity: { id: String(outputs.doorId), owner: ownerText(String(outputs.owner)) },
    connection: withIdentityFiles<Connection>(connection, outputs.fromSshConfig),
    hostKey: typeof outputs.hostKey === "string" ? outputs.hostKey : undefined,
    proxyHostKey: typeof outputs.proxyHostKey === "string" ? outputs.proxyHostKey : undefined,
    policy: policy as Policy,
    tokens: policy.oneTime && (outputs.tokens as TokenList),
    slot: outputs.slot === "b" ? { slot: "b" } : {},
    schedule: calendar && scheduleOf(calendar, String(outputs.calendarFrom)),
  };
}

/** The key by which the state marks what stands for a value (sdk/go/common/resource/sig), and a secret among those. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";

/** Values without the wrapping of secrets. */
function unveiled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unveiled);
  if (typeof value !== "object" || value === null) return value;
  if (SIGNATURE in value && "plaintext" in value) return unveiled(plaintextOf(value));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unveiled(inner)]));
}

/** @throws Error that does not quote the secret, as the parser's own message would. */
function plaintextOf({ plaintext }: { readonly plaintext: unknown }): unknown {
  try {
    return JSON.parse(String(plaintext));
  } catch {
    throw new Error("the state has a secret that is not JSON");
  }
}

/** Whether a door stands before its host's own SSH port. */
export function guardsSsh({ connection, policy }: StackDoor): boolean {
  return (
    policy.chain === "INPUT" &&
    policy.door.some(
      ({ protocol, ports }) => protocol === "tcp" && includesPort(portRanges(ports), connection.port),
    )
  );
}
