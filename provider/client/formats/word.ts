import { isDoorName, isHost } from "../../policy/names";
import { UsageError } from "../usageError";

/**
 * A host's name or address, or a door's name, as one word in the language of another program. Such a name needs no quotes
 * there, and never begins like an option.
 * @throws UsageError for any other text, since some of these languages cannot quote it.
 */
export function word(text: string): string {
  if (isHost(text) || isDoorName(text)) return text;
  throw new UsageError(
    "a host of this name cannot be written for other programs: use a host name or an address",
  );
}
