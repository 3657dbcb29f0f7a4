import { windowDerivation } from "../derive/schedule";
import type { Properties } from "../door/properties";
import { type ClientConfig, clientDoor } from "../policy/clientConfig";
import { readSequence } from "../policy/steps";
import type { TokenList } from "../policy/tokens";
import type { Calendar, Sequence, Service } from "../policy/types";

/** The configuration of the command `portknock` for one door, of the door's properties. State of every release has them. */
export function clientEntry(
  name: string,
  { knockCommand, connection, sequence, calendar, door, singleUse, tokens }: Properties,
): ClientConfig {
  const { host } = connection as { readonly host: string };
  // The command has the address of an alias in ~/.ssh/config. As an output of its own that would often be unknown.
  const [, reached = host] = /^(?:npx --no )?portknock knock (\S+)/.exec(String(knockCommand)) ?? [];
  const windows = calendar as Calendar | undefined;
  const knocks = {
    sequence: typeof sequence === "string" ? readSequence(sequence) : (sequence as Sequence | undefined),
    derivation: windows?.derivation && windowDerivation(windows),
    tokens: tokens as TokenList | undefined,
  };
  return {
    doors: [clientDoor(name, reached, knocks, door as readonly Service[], singleUse as boolean | undefined)],
  };
}
