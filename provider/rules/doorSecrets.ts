import type { Schedule } from "../policy/schedule";
import type { TokenList } from "../policy/tokens";
import type { Policy } from "../policy/types";

/** What is secret of a door: the sequences and the tokens that open it. */
export type DoorSecrets = Pick<Policy, "sequence" | "previous"> & {
  readonly schedule?: Schedule;
  readonly tokens?: TokenList;
};
