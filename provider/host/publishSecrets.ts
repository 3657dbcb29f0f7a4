import type { Door } from "../door/door";
import { guardsSsh } from "../door/guards";
import { sshKnockSources } from "../door/knockSources";
import { rememberKnockSources } from "./registry";

/** Tells this process how to get in while and after a door changes: for other doors of its host, and for hosts behind it. */
export function publishSecrets({ connection, identity }: Door, doors: readonly Door[]): void {
  const isSingleUse = doors.filter(guardsSsh).some(({ policy }) => policy.singleUse);
  rememberKnockSources(connection.host, identity.id, sshKnockSources(doors), isSingleUse);
}
