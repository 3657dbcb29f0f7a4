import type { CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult } from "@pulumi/pulumi/dynamic";
import { doorProperties } from "../door/doorProperties";
import type { Properties, PropertyTable } from "../door/properties";
import * as door from "../resource/lifecycle";
import * as openDoor from "../resource/openDoorLifecycle";
import { openDoorProperties } from "../resource/openDoorProperties";
import * as sequence from "../resource/sequence/lifecycle";
import { sequenceProperties } from "../resource/sequence/properties";

/** The operations of a resource, the same for every front end. */
interface Lifecycle {
  check(olds: Properties, news: Properties): Promise<CheckResult>;
  diff(id: string, olds: Properties, news: Properties): Promise<DiffResult>;
  create(inputs: Properties): Promise<CreateResult>;
  read(id: string, state: Properties): Promise<ReadResult>;
  update(id: string, olds: Properties, news: Properties): Promise<UpdateResult>;
  delete(id: string, state: Properties): Promise<void>;
}

/** A resource of the package. */
export interface ResourceKind {
  readonly lifecycle: Lifecycle;
  readonly properties: PropertyTable;
  /** Outputs that a preview of an update knows, while these inputs stay as they are. */
  readonly follows: Readonly<Record<string, readonly string[]>>;
}

const ADDRESS = ["connection", "fromSshConfig"];
const COMMAND = [...ADDRESS, "owner", "sequence", "calendar", "door", "chain", "singleUse"];

export const KINDS = {
  PortKnock: {
    lifecycle: door,
    properties: doorProperties,
    follows: {
      ...{ hostKey: ADDRESS, knockCommand: COMMAND, clientConfig: [...COMMAND, "tokens"] },
      ...{ firewall: [...ADDRESS, "backend"], firewallReason: [...ADDRESS, "backend"] },
    },
  },
  KnockSequence: { lifecycle: sequence, properties: sequenceProperties, follows: {} },
  OpenDoor: {
    lifecycle: openDoor,
    properties: openDoorProperties,
    follows: { address: ["host", "family"] },
  },
} as const satisfies Readonly<Record<string, ResourceKind>>;

export type KindName = keyof typeof KINDS;

/** The resource that a URN names, in whose type the parents' types come before its own. */
export function kindOf(urn: string): KindName {
  const { type } = partsOfUrn(urn);
  const name = type.replace(/^portknock:index:/, "");
  if (Object.hasOwn(KINDS, name)) return name as KindName;
  throw new Error(`unknown resource type ${type}`);
}

/** A resource's own type and its name, of its URN. */
export function partsOfUrn(urn: string): { readonly type: string; readonly name: string } {
  const [, , types = "", ...name] = urn.replace("urn:pulumi:", "").split("::");
  return { type: types.split("$").at(-1) ?? "", name: name.join("::") };
}
