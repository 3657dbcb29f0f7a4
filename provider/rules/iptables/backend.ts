import type { Backend } from "../backend";
import { numberOf } from "../knocks";
import { compare } from "../lines/compare";
import { fromSyntax } from "../lines/lineBackend";
import { readingOwnLines } from "../lines/ownLines";
import type { MergedSyntax } from "../lines/syntax";
import { beside, keyOf } from "./beside";
import { byteTexts } from "./knock";
import { chainIn, doorIdOf, doorOfChain, entranceIn, headOf, isDeclaration } from "./line";
import { lower } from "./lower";
import { remedyFor } from "./missingMatch";
import { chainName, chainOf, JUMP_COMMENT, listName } from "./names";
import { parseRule } from "./parse";
import { renderDocument, renderJump, renderRule } from "./render";
import { readStatus } from "./status";

const syntax: MergedSyntax = {
  ...{ lower, beside, keyOf, renderRule, parseRule, renderJump },
  ...{ listName, chainName, chainOf },
  ...{ chainIn, isDeclaration, headOf, doorOfChain, doorIdOf, entranceIn },
  ...{ numberOf, byteTexts },
};

const backend: Backend = {
  ...fromSyntax(syntax),
  compare: (...given) => compare(syntax, ...given),
  name: "iptables",
  documents: (ruleset) => [
    {
      families: ["ipv4"],
      command: "iptables-restore --noflush",
      text: renderDocument(ruleset, "ipv4"),
    },
    {
      families: ["ipv6"],
      command: "ip6tables-restore --noflush",
      text: renderDocument(ruleset, "ipv6"),
    },
  ],
  readStatus: (observed, lines) => readStatus(syntax, observed, lines),
  // The schema's limits are those of iptables (policy/limits.ts).
  unsupported: () => [],
  // An `accept` of iptables is final.
  markOf: () => "",
  inputsIn: () => ({}),
  listLimit: {
    // `ip_list_tot` unless told (net/netfilter/xt_recent.c).
    slots: 100,
    setting: "ip_list_tot",
    whenFull: "forgets the oldest",
    howToSet: (slots) => `\`options xt_recent ip_list_tot=${slots}\` in /etc/modprobe.d on the host`,
  },
  remedyFor,
  doorName: (identity) => chainName({ kind: "door" }, identity),
  openByHand: `\`iptables -D INPUT -m comment --comment ${JUMP_COMMENT} -j ${chainName({ kind: "dispatcher", of: "INPUT" }, { id: "" })}\`, and the same with ip6tables`,
  waysPast: "a tool that puts its own rules before the door's jump (iptables -S INPUT)",
  scripts: {
    load: [
      ...["apply/anew.sh", "apply/load.sh", "apply/plan.sh", "apply/tokens.sh", "lib/transaction.sh"],
      ...["merge_door.awk", "shared.awk"],
    ],
    read: [
      "lib/above.awk",
      "lib/chains.awk",
      "lib/host.sh",
      "lib/lists.sh",
      "lib/unreadable.sh",
      "nat.sh",
      "nat_doors.awk",
      "nat_iptables.awk",
      "nat_nft.awk",
      "neighbours.sh",
      "recheck.sh",
      "report.sh",
      "status.sh",
    ],
    remove: ["remove.sh"],
    persist: ["boot.sh", "openrc.sh", "persist.sh"],
  },
};

/** iptables, with the lists of xt_recent: nf_tables or legacy, whichever `iptables` is on the host. */
export const iptables: Backend = readingOwnLines(backend, (line) => /^[:-]/.test(line));
