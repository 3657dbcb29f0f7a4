import { defaultBackend } from "../door/backend";
import type { Properties } from "../door/properties";
import { hasUnknown } from "../door/unknown";
import { plainText } from "../util/plainText";

/** Prints how many rules change. Pulumi shows what the provider's process prints, in previews too. */
export function printRuleChanges(olds: Properties, news: Properties, isMisread = false): void {
  const summary = ruleChanges(olds, news);
  if (summary !== undefined) console.log(plainText(isMisread ? `${summary}${misreadText(news)}` : summary));
}

/**
 * How many rules differ, as a sentence; undefined where none does, or they are not known yet. A preview without `--diff`
 * shows no rule.
 */
export function ruleChanges(olds: Properties, news: Properties): string | undefined {
  if (hasUnknown(news.rules) || !isList(olds.rules) || !isList(news.rules)) return undefined;
  const [before, after] = [olds.rules, news.rules];
  const count = Math.max(without(before, after).length, without(after, before).length);
  if (count === 0) return undefined;
  const subject = count === 1 ? "1 rule changes" : `${count} rules change`;
  return `${String(news.owner)}: ${subject}; --diff shows them`;
}

/** A preview shows the inputs of `check`, which does not know where `create` has put the door. */
function misreadText({ firewall }: Properties): string {
  return ` as ${defaultBackend.name} has them. The door is in ${firewall}: \`backend: "${firewall}"\`, or \`pulumi refresh\`, makes previews show the rules there`;
}

function isList(rules: unknown): rules is readonly string[] {
  return Array.isArray(rules);
}

/** The items of one list that the other lacks; equal items count one by one. */
function without(list: readonly string[], other: readonly string[]): string[] {
  const left = [...other];
  return list.filter((item) => {
    const place = left.indexOf(item);
    if (place >= 0) left.splice(place, 1);
    return place < 0;
  });
}
