import { limits } from "../../policy/limits";
import { FAMILIES } from "../../policy/networks";
import type { Backend } from "../backend";
import { numberOf } from "../knocks";
import { fromSyntax } from "../lines/lineBackend";
import { readingOwnLines } from "../lines/ownLines";
import type { LineSyntax } from "../lines/syntax";
import { compare } from "./compare";
import { documentOf } from "./document";
import { byteTexts } from "./knock";
import { doorIdOf, doorOfChain, entranceIn, headOf, isAboutKnocks, isDeclaration, nameIn } from "./line";
import { normalForm } from "./listing";
import { lower } from "./lower";
import { markIn } from "./mark";
import { chainName, chainOf, hookOf, listName } from "./names";
import { parseRule } from "./parse";
import { linesIn, programOf } from "./program";
import { markText, type RenderOptions, renderRule, SET_SIZE } from "./render";
import { readStatus } from "./status";
import { unsupported } from "./unsupported";

/**
 * nftables, in tables of its own: it needs nft and a kernel, and nothing of iptables. What a door lets in has the bit `mark`
 * of its connection mark: no table can override the drop of another, so a host that drops what it does not know accepts by
 * that bit.
 */
export function nftablesWith(options: RenderOptions): Backend {
  const syntax = syntaxWith(options);
  const backend: Backend = {
    ...fromSyntax(syntax),
    name: "nftables",
    parseRule: (line, ...whose) => syntax.parseRule(normalForm(line), ...whose),
    documents: (ruleset) => {
      const lowered = lower(ruleset);
      const program = programOf(syntax, lowered, {});
      const text = documentOf((family) => linesIn(program, lowered, family).map((line) => line.text));
      return [{ families: FAMILIES, command: "nft -f -", text }];
    },
    redactedLines: (ruleset, secrets) => programOf(syntax, lower(ruleset), secrets).map(({ shown }) => shown),
    compare: (...given) => compare(syntax, ...given),
    readStatus: (...given) => readStatus(syntax, ...given),
    unsupported,
    markOf: ({ rules }) =>
      rules.some(({ verdict }) => verdict.kind === "accept") ? markText(options.mark) : "",
    inputsIn: markIn,
    listLimit: {
      slots: SET_SIZE,
      setting: "a set's size",
      whenFull: "refuses newcomers",
      howToSet: undefined,
    },
    remedyFor: () => undefined,
    doorName: (identity) => chainName({ kind: "door" }, identity),
    openByHand: "`nft delete table ip portknock`, and the same with ip6",
    waysPast:
      "a rule that sends the connection to another port before it comes to the door (nft list ruleset: chains of the hook prerouting)",
    scripts: {
      load: ["apply/marks.sh", "apply/nft.sh", "claims.awk", "nft_merge.awk", "nft_sets.awk"],
      read: [
        "closed.sh",
        "lib/nft.sh",
        "lib/nft_document.awk",
        "lib/nft_doors.awk",
        "lib/nft_listing.awk",
        "lets_in.awk",
      ],
      remove: [],
      persist: ["lib/marks.sh"],
    },
  };
  return readingOwnLines(backend, (line) => line.startsWith("add "));
}

function syntaxWith(options: RenderOptions): LineSyntax {
  return {
    lower,
    renderRule: (...given) => renderRule(options, ...given),
    parseRule: (...given) => parseRule(options, ...given),
    renderJump: (of) => `add chain ip portknock ${hookOf(of)}`,
    ...{ listName, chainName },
    // Only redaction asks: whether a line may show a knock.
    chainOf: (name, identity) => (isAboutKnocks(name) ? { kind: "attempt" } : chainOf(name, identity)),
    ...{ chainIn: nameIn, isDeclaration, headOf, doorOfChain, doorIdOf, entranceIn },
    ...{ numberOf, byteTexts },
  };
}

export const nftables: Backend = nftablesWith({ mark: limits.acceptMark.default });
