import type { Family } from "../../policy/types";
import { isShared } from "../dispatcher";
import type { Identity, Move, Rule, Verdict } from "../ir";
import { asksForKnocks } from "../knocks";
import { chainName, chainOf, listOf, tableOf } from "./names";
import { inOrder } from "./order";
import { readTests, type Take, takeAll } from "./readTests";
import { isOpening, markText, type RenderOptions, renderRule } from "./render";

/**
 * Reads a rule back, in normal form (listing.ts). Undefined where the compiler makes no such rule: what was read must be
 * written as the very same line.
 */
export function parseRule(
  options: RenderOptions,
  line: string,
  identity: Identity,
  family: Family,
): Rule | undefined {
  const rule = readElement(line, identity, family) ?? readRule(options, line, identity, family);
  return rule && renderRule(options, rule, identity, family) === line ? rule : undefined;
}

/** The way to a door's port. */
function readElement(line: string, identity: Identity, family: Family): Rule | undefined {
  const door = chainName({ kind: "door" }, identity);
  const [, protocol, digits] =
    new RegExp(`^add element ${tableOf(family)} input-(tcp|udp) \\{ (\\d+) : goto ${door} \\}$`).exec(line) ??
    [];
  if (protocol !== "tcp" && protocol !== "udp") return undefined;
  const port = Number(digits);
  return {
    chain: { kind: "dispatcher", of: "INPUT" },
    tests: [{ kind: "service", protocol, ports: [{ first: port, last: port }] }],
    verdict: { kind: "goto", chain: { kind: "door" } },
  };
}

function readRule(
  { mark }: RenderOptions,
  line: string,
  identity: Identity,
  family: Family,
): Rule | undefined {
  const [, name, body] = new RegExp(`^add rule ${tableOf(family)} (\\S+) (.*)$`).exec(line) ?? [];
  const chain = chainOf(name ?? "", identity);
  if (chain === undefined || body === undefined) return undefined;
  let rest = ` ${body} `;
  const take: Take = (form) => {
    const found = form.exec(rest);
    if (found === null) return undefined;
    rest = `${rest.slice(0, found.index)} ${rest.slice(found.index + found[0].length)}`;
    return found.slice(1).map((group) => group ?? "");
  };
  const [comment] = take(/ comment "([^"]*)" /) ?? [];
  const [prefix] = take(/ log prefix "([^"]*)" /) ?? [];
  const moved = readMove(take, identity, family);
  const verdict =
    prefix === undefined ? readVerdict(take, mark, identity) : ({ kind: "log", prefix } as const);
  // The way to a door is by its own port, or by knocks.
  const isAboutKnocks = asksForKnocks(chain) || (chain.kind === "dispatcher" && verdict?.kind !== "goto");
  const isEntrance =
    isShared(chain) &&
    verdict?.kind !== "return" &&
    !(verdict && "chain" in verdict && isShared(verdict.chain));
  const tests = inOrder(readTests(take, chain, identity, family, isAboutKnocks, isEntrance));
  if (verdict === undefined || rest.trim() !== "") return undefined;
  const isPass = verdict.kind === "accept" && verdict.isUnmarked;
  if (isPass && !isOpening({ chain, tests })) return undefined;
  return {
    chain,
    tests,
    ...(moved && { move: moved }),
    verdict: isPass ? { kind: "return" } : plain(verdict),
    ...(comment !== undefined && { comment }),
  };
}

type ReadVerdict = Verdict & { readonly isUnmarked?: boolean };

function plain({ isUnmarked: _, ...verdict }: ReadVerdict): Verdict {
  return verdict;
}

function readVerdict(take: Take, mark: number, identity: Identity): ReadVerdict | undefined {
  const isMarked = take(new RegExp(` ct mark set ct mark \\| ${markText(mark)} `)) !== undefined;
  if (take(/ accept /)) return { kind: "accept", isUnmarked: !isMarked };
  if (take(/ counter drop /)) return { kind: "drop" };
  if (take(/ counter reject with tcp reset /)) return { kind: "refuse", protocol: "tcp" };
  if (take(/ counter reject /)) return { kind: "refuse", protocol: "udp" };
  if (take(/ return /)) return { kind: "return" };
  const [kind, target = ""] = take(/ (jump|goto) (\S+) /) ?? [];
  if (kind !== "jump" && kind !== "goto") return { kind: "continue" };
  const chain = chainOf(target, identity);
  return chain && { kind, chain };
}

/** Where a source goes: out of what names a set without asking for it. */
function readMove(take: Take, identity: Identity, family: Family): Move | undefined {
  const listIn = (name: string) => listOf(name, identity, family);
  const isKnown = take(/ (?:add|update) @known \{ ip6? saddr timeout \d+s \} /) !== undefined;
  const [toName = "", seconds] = take(/ update @(\S+) \{ ip6? saddr(?: & \S+)? timeout (\d+)s \} /) ?? [];
  const to = listIn(toName);
  if (to?.kind === "wrong") take(/ ip6? saddr(?: & \S+)? != @\S+ /);
  const [quota = ""] = take(/ quota name "([^"]+)" /) ?? [];
  const [from] = [quota, ...takeAll(take, / delete @(\S+) \{ ip6? saddr(?: & \S+)? \} /)].flatMap(
    (name) => listIn(name) ?? [],
  );
  if (to === undefined && from === undefined) return undefined;
  return {
    ...(from && { from }),
    ...(to && { to, ...(isKnown && { also: { kind: "known" } }), seconds: Number(seconds) }),
  };
}
