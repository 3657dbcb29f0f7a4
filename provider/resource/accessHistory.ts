import { isDeepStrictEqual } from "node:util";
import type { Door } from "../door/door";
import { knockSourcesOf, type NamedKnockSource, sshKnockSources } from "../door/knockSources";
import type { Properties } from "../door/properties";
import { knockSourcesOfBastion, knockSourcesOfOthers } from "../host/registry";
import type { BastionHistory } from "../host/ssh/bastion";
import type { TokenList } from "../policy/tokens";
import { omitUndefined } from "../util/omitUndefined";

/** What the state remembers of a host beside the door. */
export interface AccessHistory {
  readonly hostKey?: string;
  /** The bastion through which it was reached. */
  readonly proxy?: BastionHistory & { readonly host: string; readonly port: number };
  /** Whether the host, when it was last read, lacked rules that the door is to have. */
  readonly lacksRules?: boolean;
  /**
   * What let in besides when the door was last changed: its own sequence before that, which a host restored from a backup
   * may have, and those of the stack's other doors, which the next `up` may remove.
   */
  readonly spareKnocks?: readonly NamedKnockSource[];
  /** The tokens that the host had when it was last changed. Others may not be usable there yet. */
  readonly tokens?: TokenList;
}

/** The history in the outputs of a door. */
export function accessHistoryOf(
  { hostKey, proxyHostKey, proxyKnocks, spareKnocks, tokens, rules }: Properties,
  { connection: { proxy } }: Pick<Door, "connection">,
): AccessHistory {
  return omitUndefined({
    hostKey: textOf(hostKey),
    proxy: proxy && {
      ...{ host: proxy.host, port: proxy.port },
      ...omitUndefined({ hostKey: textOf(proxyHostKey), knockSources: sourcesOf(proxyKnocks) }),
    },
    // By the marks of the comparison: an earlier release may have written the same rules otherwise.
    lacksRules: Array.isArray(rules) && rules.some((line) => /^missing\b/.test(String(line))),
    spareKnocks: sourcesOf(spareKnocks),
    tokens: tokens as TokenList | undefined,
  });
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function sourcesOf(value: unknown): readonly NamedKnockSource[] | undefined {
  return Array.isArray(value) ? (value as NamedKnockSource[]) : undefined;
}

/** What is remembered of the bastion of a connection, unless it was another one. */
export function bastionHistoryOf(
  { connection: { proxy } }: Pick<Door, "connection">,
  { proxy: before }: AccessHistory,
): BastionHistory {
  return before && proxy?.host === before.host && proxy.port === before.port ? before : {};
}

/** What to remember of how the bastion lets in. */
export function proxyKnocksOf(door: Door, before: AccessHistory): readonly NamedKnockSource[] {
  const { proxy } = door.connection;
  return proxy ? knockSourcesOfBastion(proxy.host, bastionHistoryOf(door, before).knockSources) : [];
}

/** What to remember for the next change, once the door has taken the place of `doors`. */
export function spareKnocksOf(
  door: Door,
  doors: readonly Door[],
  before: AccessHistory,
): readonly NamedKnockSource[] {
  const { connection, identity, policy } = door;
  const [now] = knockSourcesOf(policy);
  const replaced = sshKnockSources(doors).find((one) => !isDeepStrictEqual(one, now));
  const earlier = (before.spareKnocks ?? []).filter(({ source }) => source === EARLIER);
  return [
    ...(replaced ? [{ ...replaced, source: EARLIER }] : earlier),
    ...knockSourcesOfOthers(connection.host, identity.id),
  ];
}

const EARLIER = "the sequence that this door had before";
