import type { Properties } from "../door/properties";
import { doorNameOf } from "../policy/names";
import { clientEntry } from "../resource/clientEntry";
import { partsOfUrn } from "./resourceKinds";

/** A door's state with its entry for the command `portknock`. */
export function withClientConfig(urn: string, state: Properties): Properties {
  return { ...state, clientConfig: clientEntry(doorNameOf(partsOfUrn(urn).name), state) };
}
