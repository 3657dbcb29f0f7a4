import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { doorsOf } from "../../provider/host/status/doorStatus";
import { lint } from "../../provider/lint/lint";
import { payloadOf } from "../../provider/policy/payload";
import type { Family } from "../../provider/policy/types";
import type { Backend, Observed } from "../../provider/rules/backend";
import { rulesIn } from "../../provider/rules/families";
import { iptables } from "../../provider/rules/iptables/backend";
import type { Ruleset } from "../../provider/rules/ir";
import { nftables } from "../../provider/rules/nftables/backend";
import { type Case, cases } from "../golden/cases";
import { heldByNft } from "./heldByNft";
import { held } from "./observed";
import { heldByTiny, tiny } from "./tinyBackend";

const FAMILIES = ["ipv4", "ipv6"] as const;

/** A backend, what a host of it lists, and what its status script prints. */
interface Row {
  readonly backend: Backend;
  readonly held: (ruleset: Ruleset) => Required<Observed>;
  /** A source came onto a list two seconds ago, for so many seconds. */
  readonly entry: (list: string, source: string, seconds: number) => readonly string[];
  readonly stored: (observed: Required<Observed>) => readonly string[];
}

const rows: readonly Row[] = [
  {
    backend: iptables,
    held,
    entry: (list, source) => [
      // 250 ticks a second; the clock begins 300 s before they wrap.
      `clock ${2 ** 32 + 75_000} ${600e9}`,
      `entry ${list} ${source} ttl: 64 last_seen: ${2 ** 32 + 75_000 - 500} oldest_pkt: 1 1`,
    ],
    stored: ({ ipv4, ipv6 }) => [
      ...ipv4.map((line) => `stored 4 ${line}`),
      ...ipv6.map((line) => `stored 6 ${line}`),
    ],
  },
  {
    backend: nftables,
    held: heldByNft,
    entry: (list, source, seconds) =>
      [4, 6].map(
        (digit) =>
          `listed ${digit} add element ip portknock ${list} { ${source} timeout ${seconds}s expires ${seconds - 2}s }`,
      ),
    stored: ({ ipv4, ipv6 }) => [
      ...ipv4.map((line) => `stored 4 ${line}`),
      ...ipv6.map((line) => `stored 6 ${line}`),
    ],
  },
  {
    backend: tiny,
    held: heldByTiny,
    entry: (list, source) => [`on ${list} ${source} 2`],
    stored: (observed) =>
      FAMILIES.flatMap((family) => observed[family].map((line) => `stored ${family} ${line}`)),
  },
];

/** Texts by which anyone would know a secret of the door: ports, and bytes of payloads and tokens. */
function secretsOf({ knocks, policy }: Case): RegExp {
  const { sequence = [], previous, schedule, tokens } = knocks;
  const steps = [
    ...sequence,
    ...(previous?.sequence ?? []),
    ...(schedule?.days ?? []).flatMap(({ windows }) => windows.flatMap((window) => window.sequence)),
  ];
  const texts = steps.flatMap((step) => [
    ...(step.protocol === "icmp" ? [] : [String(step.port)]),
    ...(payloadOf(step).length > 0 ? [Buffer.from(payloadOf(step)).toString("hex")] : []),
  ]);
  const ofTokens = (tokens?.tokens ?? []).flatMap(({ secrets }) => [secrets.ipv4, secrets.ipv6]);
  const shown = JSON.stringify([policy.door, policy.ignore, policy.rateLimit, policy.log]);
  const secret = [...texts, ...ofTokens].filter((text) => !new RegExp(`\\b${text}\\b`).test(shown));
  return new RegExp(`\\b(${[...new Set(secret), "no secret at all"].join("|")})\\b`);
}

const table = rows.flatMap((row) => cases.map((one) => ({ ...row, ...one, of: row.backend.name })));
const familyOf = ({ families }: Ruleset): Family => families[0] ?? "ipv4";

describe.each(table)("$of, $name", ({ backend, held: heldBy, entry, stored, ...one }) => {
  const { ruleset, knocks } = one;
  const { identity } = ruleset;
  const family = familyOf(ruleset);
  const exact = heldBy(ruleset);
  const changed = (change: (lines: string[]) => void): Required<Observed> => {
    const lines = [...exact[family]];
    change(lines);
    return { ...exact, [family]: lines };
  };
  /** One of the door's own rules, not one that all doors share. */
  const place = exact[family].findLastIndex((line) => backend.parseRule(line, identity, family));

  test("each rule is read back as it was written", () => {
    for (const either of FAMILIES) {
      for (const rule of rulesIn(backend.lower(ruleset), either)) {
        const line = backend.renderRule(rule, identity, either);
        expect(backend.parseRule(line, identity, either)).toEqual(rule);
      }
    }
    expect(backend.parseRule("a line of nobody's", identity, family)).toBeUndefined();
  });

  test("its documents are for each family once", () => {
    const documents = backend.documents(ruleset);
    expect(documents.flatMap(({ families }) => families).sort()).toEqual(FAMILIES);
    expect(documents.every(({ text, families }) => text !== "" || !families.includes(family))).toBe(true);
  });

  test("the host is compared: equal, a rule missing, a rule more", () => {
    const lines = backend.redactedLines(ruleset, knocks);
    expect(backend.compare(ruleset, knocks, exact)).toEqual({ isPresent: true, isEqual: true, lines });
    const missing = backend.compare(
      ruleset,
      knocks,
      changed((held) => held.splice(place, 1)),
    );
    expect(missing.isEqual).toBe(false);
    const text = exact[family][place] ?? "";
    expect(missing.lines.filter((line) => line.startsWith("missing"))).toHaveLength(1);
    const more = backend.compare(
      ruleset,
      knocks,
      changed((held) => held.push(text)),
    );
    expect(more.lines.slice(0, lines.length)).toEqual(lines);
    expect(more.lines.slice(lines.length)).toEqual([expect.stringMatching(/^unexpected( \(ipv[46]\))?: /)]);
    expect(backend.compare(ruleset, knocks, { ipv4: [], ipv6: [] }).isPresent).toBe(false);
  });

  test("no secret is left", () => {
    const secret = secretsOf(one);
    expect(backend.redactedLines(ruleset, knocks).join("\n")).not.toMatch(secret);
    const text = backend
      .documents(ruleset)
      .map((document) => document.text)
      .join("\n");
    // iptables writes a ping's size with its headers, and a token in groups of four bytes.
    if (knocks.sequence?.some(({ protocol }) => protocol !== "icmp")) expect(text).toMatch(secret);
    expect(backend.scrubberOf(knocks)(text)).not.toMatch(secret);
    const foreign = changed((held) => held.push(text.split("\n")[3] ?? ""));
    expect(backend.compare(ruleset, knocks, foreign).lines.join("\n")).not.toMatch(secret);
  });

  test("status: who has a grant, what differs from the next boot and from what it should be", () => {
    const list = backend.listName(
      one.ruleset.lists.find(({ kind }) => kind === "grant") ?? { kind: "grant" },
      identity,
      family,
    );
    const lines = [...entry(list, "192.0.2.7", one.policy.openForSeconds), ...stored(exact)];
    const lacking = changed((held) => held.splice(place, 1));
    const statusOf = (observed: Observed, expected: Parameters<typeof doorsOf>[3] = []) =>
      doorsOf(backend, observed, backend.readStatus(observed, lines), expected)[0];
    const status = statusOf(exact);
    expect(status).toMatchObject({ id: identity.id, drift: [] });
    expect(status?.services.length).toBeGreaterThan(0);
    const grantFor = one.policy.openForSeconds;
    expect(status?.granted).toEqual([{ source: "192.0.2.7", leftSeconds: expect.closeTo(grantFor - 2, 3) }]);
    for (const drift of [
      statusOf(lacking)?.drift,
      statusOf(lacking, [{ ruleset, secrets: knocks }])?.drift,
    ]) {
      expect(drift).toEqual([expect.stringMatching(/^missing/)]);
      expect(drift?.join()).not.toMatch(secretsOf(one));
    }
    expect(backend.doorSizes(exact).reduce((sum, size) => sum + size, 0)).toBe(
      exact.ipv4.length + exact.ipv6.length,
    );
  });
});

test("a backend says what it cannot do, and where lists have no limit, none is warned of", () => {
  const [{ policy } = { policy: undefined }] = cases.filter(({ name }) => name === "everything");
  if (policy === undefined) throw new Error("no policy with a rate");
  expect(tiny.unsupported(policy).map(({ property }) => property)).toEqual(["rateLimit"]);
  expect(iptables.unsupported(policy)).toEqual([]);
  const codes = ({ listLimit }: Backend) => lint(policy, listLimit).map(({ code }) => code);
  expect(codes(iptables)).toEqual(expect.arrayContaining(["list-capacity", "lockout-lifted"]));
  expect(codes(tiny)).toEqual(
    codes(iptables).filter((code) => !["list-capacity", "lockout-lifted"].includes(code)),
  );
});

test("each script that knows a firewall's language belongs to a backend", () => {
  const folder = join(__dirname, "../../provider/host/scripts");
  const knowing = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(sh|awk)$/.test(file))
    .filter((file) =>
      /(iptables|ip6tables|xt_recent|PK-|--name pk|pk[46]|pk\[46|\bnft |\bdports?\b|\bMARK\b)/.test(
        withoutComments(join(folder, file)),
      ),
    );
  const named = [iptables, nftables].flatMap(({ scripts }) => Object.values(scripts).flat());
  expect([...new Set(named)].sort()).toEqual(knowing.sort());
});

function withoutComments(file: string): string {
  return readFileSync(file, "utf8").replace(/^ *#.*\n/gm, "");
}
