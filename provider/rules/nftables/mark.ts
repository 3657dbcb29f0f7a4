import { limits } from "../../policy/limits";
import { FAMILIES } from "../../policy/networks";
import type { Observed } from "../backend";
import { doorIdOf } from "./line";

/** The bit by which a door on a host says that it let a connection in, if it is another than the default. */
export function markIn(observed: Observed, id: string): { readonly acceptMark?: number } {
  const marks = FAMILIES.flatMap((family) => observed[family] ?? [])
    .filter((line) => doorIdOf(line) === id)
    .flatMap((line) => / ct mark set ct mark \| (0x[0-9a-f]{1,8}) accept$/.exec(line)?.[1] ?? []);
  const [mark] = marks.map(Number).filter((one) => one !== limits.acceptMark.default);
  return mark === undefined ? {} : { acceptMark: mark };
}
