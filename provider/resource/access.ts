import type { Door } from "../door/door";
import { guardsSsh } from "../door/guards";
import { distinctKnocks, type NamedKnockSource, namedKnockSources } from "../door/knockSources";
import { remedyForEndedCalendar } from "../door/startedCalendar";
import type { HostAccess } from "../host/enter";
import { knockSourcesOfOthers } from "../host/registry";
import type { Backend } from "../rules/backend";
import { omitUndefined } from "../util/omitUndefined";
import { type AccessHistory, bastionHistoryOf } from "./accessHistory";
import { spender } from "./spender";

/**
 * How to get in: the sequences that open the host's SSH port, of these doors where they guard it, and what else is known.
 * The door's own sequence is knocked last, since its grant is the shortest-lived.
 */
export function hostAccessOf(door: Door, doors: readonly Door[], history: AccessHistory): HostAccess {
  const { connection, identity, backend } = door;
  const { hostKey, spareKnocks = [], tokens, lacksRules = false } = history;
  const onSsh = doors.filter(guardsSsh);
  const isGuarded = onSsh.length > 0;
  const previous = onSsh.flatMap(({ policy }): NamedKnockSource[] =>
    policy.previous
      ? [{ sequence: policy.previous.sequence, source: "the previous sequence, as the inputs say" }]
      : [],
  );
  const [calendarsEnd] = onSsh.flatMap(({ calendar }) => remedyForEndedCalendar(calendar, Date.now()) ?? []);
  return {
    connection,
    recordedHostKey: hostKey,
    bastion: bastionHistoryOf(door, history),
    ...omitUndefined({
      token: isGuarded && tokens ? spender(tokens) : undefined,
      remedy: calendarsEnd ?? (isGuarded && lacksRules ? ifRulesAreMissing(backend) : undefined),
      hints: isGuarded ? ifGuarded(backend) : undefined,
    }),
    knocks: (isRetry) =>
      distinctKnocks(
        [
          ...(connection.knock ? [{ sequence: connection.knock, source: "connection.knock" }] : []),
          ...knockSourcesOfOthers(connection.host, identity.id),
          ...(isRetry ? [...spareKnocks, ...previous] : []),
          ...onSsh.flatMap(ownKnockSources),
        ],
        isRetry,
      ),
  };
}

function ownKnockSources({ policy, sequenceRevision }: Door): NamedKnockSource[] {
  const what = policy.calendar ? "calendar" : "sequence";
  return namedKnockSources(policy, `revision ${sequenceRevision} of this door's ${what}`);
}

/** At a console of the host: the doors as they were last confirmed, or none until the next `up`. */
const atAConsole = ({ openByHand }: Backend) =>
  `at a console of the host, \`sh /etc/portknock/load.sh\` (or a reboot) loads the doors as they were last confirmed; else ${openByHand}, opens its ports until the next \`pulumi up --refresh\``;

const ifRulesAreMissing = (backend: Backend) =>
  `when the host was last read, its rules were not all that the door on its SSH port needs (see \`rules\` in the diff), so a knock may not open it. ${capital(atAConsole(backend))}. From an address in allowFrom, \`pulumi up\` repairs it.`;

const ifGuarded = (backend: Backend) =>
  `check that the host is up and reachable from here. If an earlier \`pulumi up\` was killed, or its program was reverted since, the host may hear that program's sequence: give it as connection.knock, and run \`pulumi up\` without --refresh (a refresh knocks as the state says). If another stack's door guards the SSH port too, give that door's sequence as connection.knock. If this \`up\` also removes the door there, let that be an \`up\` of its own. If nothing opens it, ${atAConsole(backend)}.`;

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
