import { isDeepStrictEqual } from "node:util";
import type { ReadResult } from "@pulumi/pulumi/dynamic";
import type { Properties } from "../door/properties";
import { importDoor } from "../resource/import/importDoor";
import type { Configuration } from "./configuration";
import { kindOf } from "./resourceKinds";

/** The inputs of what this process has imported, by URN. */
const imported = new Map<string, Properties>();

/** Reads what `pulumi import` names. */
export async function importResource(
  urn: string,
  id: string,
  configuration: Configuration,
): Promise<ReadResult> {
  const kind = kindOf(urn);
  if (kind !== "PortKnock") throw new Error(`a ${kind} cannot be imported: only the state has it`);
  const result = await importDoor(id, configuration);
  if (result.inputs !== undefined) imported.set(urn, result.inputs);
  return result;
}

/** Whether Pulumi asks about the inputs of an import. They lack the door's secrets, which is no mistake of anybody. */
export function isImported(urn: string, inputs: Properties): boolean {
  return isDeepStrictEqual(imported.get(urn), inputs);
}
