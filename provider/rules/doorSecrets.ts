import type { Schedule } from "../policy/schedule";
import type { TokenList } from "../policy/tokens";
import type { Policy } from "../policy/types";

/** What is secret of a door: the sequences and the tokens that open it. */
export interface DoorSecrets {
  readonly sequence?: Policy["sequence"];
  readonly previous?: Policy["previous"];
  readonly schedule?: Schedule | undefined;
  readonly tokens?: TokenList | undefined;
}
