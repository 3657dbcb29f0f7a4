import { type BackendName, defaultBackend, firewallOf } from "../door/backend";
import { doorOf, hostOf } from "../door/door";
import type { Properties } from "../door/properties";

/**
 * New inputs, for the firewall that the door is in. With `auto` only the outputs know which one `create` chose: `check` gets the
 * old inputs, which have it once the door was read back, and computes the rules of the default until then. State of an older
 * release has no `firewall`: its doors are in the default.
 */
export function settled(olds: Properties, news: Properties): Properties {
  const firewall = chosenBefore(olds, news);
  if (firewall === undefined || firewall === news.firewall) return news;
  const own = { ...news, firewall };
  const door = isMisread(olds, news) ? doorOf(own) : undefined;
  return door ? { ...own, rules: door.backend.redactedLines(door.ruleset, door.secrets) } : own;
}

/** Whether new inputs, and so a preview, have the rules of another firewall than the door is in. */
export function isMisread(olds: Properties, news: Properties): boolean {
  const firewall = chosenBefore(olds, news);
  return firewall !== undefined && firewall !== (firewallOf("auto", news.firewall) ?? defaultBackend.name);
}

/** The firewall that an `auto` door of this host is in; undefined where that is not known, or another is asked for. */
function chosenBefore(olds: Properties, news: Properties): BackendName | undefined {
  const isAsked = firewallOf(news.backend, undefined) !== undefined;
  return isAsked || hostOf(olds) !== hostOf(news) ? undefined : firewallOf("auto", olds.firewall);
}
