import { readInputs } from "../door/checkInputs";
import { type Door, doorFrom } from "../door/door";
import type { Properties } from "../door/properties";
import { askPulumi } from "./pulumi";
import { UsageError } from "./usageError";

/** A door as the state of a stack has it. */
export interface StackDoor {
  /** The name that the program gave: that of the host in a fleet, else that of the resource. */
  readonly name: string;
  readonly door: Door;
  /** The host's key as it was recorded at create. */
  readonly hostKey: string | undefined;
  /** That of its bastion. */
  readonly proxyHostKey: string | undefined;
}

/**
 * The doors in a stack's state, from `pulumi stack export --show-secrets`. Its output, which has secrets, stays in memory.
 * @throws Error if pulumi fails, or this release does not understand a door.
 */
export async function doorsOfStack(name: string): Promise<StackDoor[]> {
  return (await resourcesOf(name))
    .filter(({ type }) => typeof type === "string" && type.endsWith(":PortKnock"))
    .map(({ urn, parent, outputs }) => doorOf(String(urn), parent, (unveiled(outputs) ?? {}) as Properties));
}

/** The name of a stack as project/stack, and what its program puts out. */
export async function outputsOfStack(
  name: string | undefined,
): Promise<{ readonly stack: string; readonly outputs: unknown }> {
  const root = (await resourcesOf(name)).find(({ type }) => type === "pulumi:pulumi:Stack");
  if (root === undefined) throw new UsageError("the stack has no resources yet: run `pulumi up`");
  const [, stack = "", project = ""] = /^urn:pulumi:(.+?)::(.+?)::/.exec(String(root.urn)) ?? [];
  return { stack: `${project}/${stack}`, outputs: unveiled(root.outputs) };
}

async function resourcesOf(name: string | undefined): Promise<readonly Properties[]> {
  const state = (await askPulumi(["export"], name, "the stack's state")) as {
    readonly deployment?: { readonly resources?: readonly Properties[] };
  } | null;
  return state?.deployment?.resources ?? [];
}

/** A fleet calls its resources after itself and the host: `edge-web1`. */
function nameIn(urn: string, parent: unknown): string {
  const name = urn.split("::").slice(3).join("::");
  const [, fleet] = /PortKnockFleet::(.*)$/.exec(String(parent)) ?? [];
  return fleet !== undefined && name.startsWith(`${fleet}-`) ? name.slice(fleet.length + 1) : name;
}

function doorOf(urn: string, parent: unknown, outputs: Properties): StackDoor {
  const { door, failures } = readInputs(outputs);
  if (door === undefined) {
    const paths = failures.map(({ property }) => property).join(", ");
    throw new Error(`the state of ${urn} is not understood: ${paths}`);
  }
  return {
    name: nameIn(urn, parent),
    door: doorFrom(door, outputs),
    hostKey: typeof outputs.hostKey === "string" ? outputs.hostKey : undefined,
    proxyHostKey: typeof outputs.proxyHostKey === "string" ? outputs.proxyHostKey : undefined,
  };
}

/** The key by which the state marks wrapped values, such as secrets (sdk/go/common/resource/sig). */
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
