import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exampleTokens } from "../../provider/derive/tokenDrawing";
import { type Token, type TokenList, tokenStep } from "../../provider/policy/tokens";
import type { Family, Policy } from "../../provider/policy/types";
import { compile } from "../../provider/rules/compile";
import { rulesIn } from "../../provider/rules/families";
import { identify } from "../../provider/rules/identity";
import { iptables } from "../../provider/rules/iptables/backend";
import { chainName, chainOf, listName, listOf } from "../../provider/rules/iptables/names";
import { parseRule } from "../../provider/rules/iptables/parse";
import { renderDocument, renderRule } from "../../provider/rules/iptables/render";
import { trace } from "../../provider/rules/trace/trace";
import { policies } from "../policy/arbitrary";
import { complete } from "../policy/complete";
import { seed } from "../policy/seed";

const { redactedLines, scrubberOf } = iptables;

const options = { seed: seed(), numRuns: 50 };
const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((array) => Buffer.from(array).toString("hex"));
const token: fc.Arbitrary<Token> = fc
  .tuple(hex(4), hex(16), hex(16), fc.integer({ min: 1, max: 3 }))
  .map(([name, ipv4, ipv6, revision]) => ({ name, secrets: { ipv4, ipv6 }, revision }));
const lists: fc.Arbitrary<TokenList> = fc.record(
  {
    port: fc.integer({ min: 1, max: 65_535 }),
    tokens: fc.uniqueArray(token, { minLength: 1, maxLength: 20, selector: ({ name }) => name }),
  },
  { noNullPrototype: true },
);
const identity = identify("stack::door", "h1");

test("a rule is read back as it was written, whatever the bytes and beside whatever sequence", () => {
  fc.assert(
    fc.property(policies(), lists, fc.constantFrom<Family>("ipv4", "ipv6"), (policy, tokens, family) => {
      for (const rule of rulesIn(iptables.lower(compile(policy, identity, { tokens })), family))
        expect(parseRule(renderRule(rule, identity, family), identity, family)).toEqual(rule);
    }),
    options,
  );
});

test("chains and lists of tokens have names that are read back", () => {
  for (const digit of [..."0123456789abcdef"]) {
    const chain = { kind: "tokenRange", digit } as const;
    expect(chainOf(chainName(chain, identity), identity)).toEqual(chain);
    const list = { kind: "token", name: `${digit}badcafe` } as const;
    expect(listOf(listName(list, identity, "ipv6"), identity, "ipv6")).toEqual(list);
  }
  expect(chainOf(chainName({ kind: "tokens" }, identity), identity)).toEqual({ kind: "tokens" });
});

test("lists of tokens are named by no rule before those of sources are", () => {
  fc.assert(
    fc.property(policies(), lists, (policy, tokens) => {
      const names = [
        ...renderDocument(compile(policy, identity, { tokens }), "ipv4").matchAll(/(?<=--name )\S+/g),
      ];
      const isToken = names.map(([name]) => /^pk4-[0-9a-f]+-t[0-9a-f]{8}$/.test(name));
      const first = isToken.indexOf(true);
      const seen = new Set(names.slice(0, Math.max(first, 0)).map(String));
      for (const [index, name] of names.entries())
        if (index > first && first >= 0 && !isToken[index]) expect(seen).toContain(String(name));
    }),
    options,
  );
});

describe("what others may see", () => {
  const policy = complete({ door: [{ protocol: "tcp", ports: [22] }], oneTime: { tokens: 9, port: 40_001 } });
  const tokens = exampleTokens({ tokens: 9, port: 40_001 });
  const secrets = tokens.tokens.flatMap(({ secrets }) => [secrets.ipv4, secrets.ipv6]);

  test("is no token, in no form, and not the port", () => {
    const shown = redactedLines(compile(policy, identity, { tokens }), { ...policy, tokens }).join("\n");
    for (const secret of secrets)
      for (const word of secret.match(/.{8}/g) ?? []) expect(shown).not.toContain(word);
    expect(shown).not.toMatch(/40001/);
    expect(shown).toContain("<token port>");
    expect(shown).toContain("--u32 <token 9> ");
  });

  test("nor is it in what a tool on the host prints", () => {
    const knocks = { ...policy, tokens };
    for (const family of ["ipv4", "ipv6"] as const) {
      const printed = scrubberOf(knocks)(renderDocument(compile(policy, identity, { tokens }), family));
      for (const { secrets } of tokens.tokens)
        for (const word of secrets[family].match(/.{8}/g) ?? []) expect(printed).not.toContain(word);
      expect(printed).not.toMatch(/\b40001\b/);
    }
    expect(scrubberOf(knocks)(`line 7: ${secrets[0]}`)).toBe("line 7: <token 1>");
  });
});

describe("traced", () => {
  const door = [{ protocol: "tcp" as const, ports: [22] }];
  const tokens = exampleTokens({ tokens: 4, port: 40_001 });
  const [first] = tokens.tokens as [Token];
  const knock = (family: Family) => tokenStep(first, 40_001, family);
  const tcp22 = { protocol: "tcp", port: 22 } as const;

  const verdicts = (
    policy: Policy,
    ...sent: readonly (readonly [Parameters<typeof trace>[1][0]["packet"], string])[]
  ) =>
    trace(
      compile(policy, identity, { tokens }),
      sent.map(([packet, from], index) => ({ packet, from, atSeconds: index })),
    ).map(({ verdict }) => verdict);

  const alone = complete({ door, oneTime: { tokens: 4, port: 40_001 }, openForSeconds: 60 });

  test("a token opens once, to whoever sends it, over each family in its own form", () => {
    expect(
      verdicts(
        alone,
        ...([
          [knock("ipv4"), "192.0.2.1"],
          [tcp22, "192.0.2.1"],
          [knock("ipv4"), "192.0.2.2"],
          [tcp22, "192.0.2.2"],
          [knock("ipv4"), "2001:db8::1"],
          [tcp22, "2001:db8::1"],
          [knock("ipv6"), "2001:db8::1"],
          [tcp22, "2001:db8::1"],
        ] as const),
      ),
    ).toEqual(["pass", "accept", "pass", "drop", "pass", "drop", "pass", "accept"]);
  });

  test("and opens for a source that forged packets have locked out, which its sequence does not", () => {
    const sequence = [{ protocol: "tcp", port: 7000 }] as const;
    const lockout = { wrongKnocks: 1, withinSeconds: 60, forSeconds: 60 };
    const both = complete({ door, sequence, lockout, oneTime: { tokens: 4, port: 40_001 } });
    const from = "192.0.2.1";
    const wrong = [{ protocol: "tcp", port: 9 }, from] as const;
    expect(verdicts(both, wrong, [sequence[0], from], [tcp22, from]).at(-1)).toBe("drop");
    expect(verdicts(both, wrong, [knock("ipv4"), from], [tcp22, from]).at(-1)).toBe("accept");
  });

  test("and is no attempt at a sequence", () => {
    const sequence = [
      { protocol: "tcp", port: 7000 },
      { protocol: "udp", port: 8000 },
    ] as const;
    const both = complete({ door, sequence, oneTime: { tokens: 4, port: 40_001 } });
    const unknown = { ...knock("ipv4"), payload: `hex:${"ab".repeat(20)}` };
    const from = "192.0.2.1";
    const [one, two] = sequence;
    expect(verdicts(both, [one, from], [unknown, from], [two, from], [tcp22, from]).at(-1)).toBe("accept");
    const short = { ...knock("ipv4"), payload: `hex:${"ab".repeat(19)}` };
    expect(verdicts(both, [one, from], [short, from], [two, from], [tcp22, from]).at(-1)).toBe("drop");
  });
});
