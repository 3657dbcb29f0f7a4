import { isDoorName, isHost } from "../../policy/names";
import { UsageError } from "../usageError";

/**
 * A host's name or address, or a door's name, as one word of another program's language: no such name has a character that
 * would need quotes there, or begins like an option.
 * @throws UsageError for any other text, since some of these languages have no quotes for it.
 */
export function word(text: string): string {
  if (isHost(text) || isDoorName(text)) return text;
  throw new UsageError(
    "no other program can be told a host of this name: it must be a host name or an address",
  );
}
