import type { CheckFailure } from "@pulumi/pulumi/dynamic";
import { expect, test } from "vitest";
import { type TokenList, unusedTokens } from "../../provider/policy/tokens";
import { newTokens, tokensAsSeen } from "../../provider/resource/checkedTokens";
import { check, diff } from "../../provider/resource/lifecycle";
import { inputs, UNKNOWN } from "./inputs";

const { sequence, ...others } = inputs;

/** A door on another port than SSH's, with tokens alone. */
const web = { ...others, door: [{ protocol: "tcp", ports: [8443] }], oneTime: { tokens: 10 } };

type Checked = Record<string, unknown> & { tokens: TokenList; rules: string[] };

async function checked(olds: object, news: object): Promise<Checked> {
  const { inputs, failures } = await check({ ...olds }, { ...news });
  expect(failures).toBeUndefined();
  return inputs as Checked;
}

async function reasons(news: object): Promise<string[]> {
  const { failures = [] } = (await check({}, { ...news })) as { failures?: CheckFailure[] };
  return failures.map(({ reason }) => reason);
}

/** The inputs as a refresh leaves them that found the first tokens used. */
const withUsed = (inputs: Checked, used: number): Checked => {
  const names = inputs.tokens.tokens.slice(used).map(({ name }) => name);
  return { ...inputs, tokens: tokensAsSeen(inputs.tokens, (name) => names.includes(name)) };
};

test("tokens are drawn once, and kept", async () => {
  const first = await checked({}, web);
  const { port, tokens } = first.tokens;
  expect(port).toBeGreaterThanOrEqual(20_000);
  expect(port).toBeLessThanOrEqual(60_999);
  expect(new Set(tokens.map(({ name }) => name)).size).toBe(10);
  for (const { secrets } of tokens) expect(secrets.ipv4).not.toBe(secrets.ipv6);
  expect(await checked(first, { ...web, tokens: "" })).toEqual(first);
  expect((await checked(first, { ...web, openForSeconds: 9 })).tokens).toEqual(first.tokens);
});

test("no rule that is shown has anything of a token in it", async () => {
  const { tokens, rules } = await checked({}, web);
  const shown = rules.join("\n");
  for (const { name, secrets } of tokens.tokens) {
    for (const secret of [name, ...(secrets.ipv4.match(/.{8}/g) ?? [])]) expect(shown).not.toContain(secret);
  }
  expect(shown).not.toMatch(new RegExp(`\\b${tokens.port}\\b`));
  expect(rules).toEqual((await checked({}, web)).rules);
});

test("with a third left nothing is refilled, with fewer each used one gives way to a new one", async () => {
  const first = withUsed(await checked({}, { ...web, oneTime: { tokens: 9 } }), 6);
  expect(await checked(first, { ...web, oneTime: { tokens: 9 } })).toEqual(first);
  const low = withUsed(await checked({}, web), 7);
  const refilled = await checked(low, web);
  expect(refilled.refill).toBe("7 of 10 one-time tokens");
  expect(refilled.tokens.tokens.slice(7)).toEqual(low.tokens.tokens.slice(7));
  expect(newTokens(refilled.tokens, low.tokens)).toHaveLength(7);
  expect(unusedTokens(refilled.tokens)).toHaveLength(10);
  const changed = refilled.rules.filter((rule) => !low.rules.includes(rule));
  expect(changed).toHaveLength(7);
  for (const rule of changed)
    expect(rule).toMatch(/--u32 <token [1-7], revision 2> .* --name <token [1-7], revision 2> /);
  expect((await diff("id", low, refilled)).changes).toBe(true);
  expect((await checked(refilled, web)).refill).toBeUndefined();
});

test("more tokens are drawn beside those that there are, fewer are the first ones", async () => {
  const first = await checked({}, web);
  const more = await checked(first, { ...web, oneTime: { tokens: 20 } });
  expect(more.tokens.tokens.slice(0, 10)).toEqual(first.tokens.tokens);
  expect(more.refill).toBeUndefined();
  const fewer = await checked(more, { ...web, oneTime: { tokens: 5 } });
  expect(fewer.tokens.tokens).toEqual(first.tokens.tokens.slice(0, 5));
});

test("the port is the one that is asked for, or drawn anew where something else has it", async () => {
  const first = await checked({}, web);
  const { port } = first.tokens;
  const taken = await checked(first, { ...web, ignore: [{ protocol: "udp", ports: [port] }] });
  expect(taken.tokens.port).not.toBe(port);
  expect(taken.tokens.tokens).toEqual(first.tokens.tokens);
  const asked = await checked(first, { ...web, oneTime: { tokens: 10, port: 40_001 } });
  expect(asked.tokens.port).toBe(40_001);
  expect((await diff("id", first, asked)).changes).toBe(true);
  const heard = {
    ...web,
    oneTime: { tokens: 10, port: 40_001 },
    ignore: [{ protocol: "udp", ports: ["40000-40002"] }],
  };
  expect(await reasons(heard)).toEqual([
    "oneTime.port: must not be a UDP port of a sequence, `door` or `ignore`",
  ]);
});

test("what the host says of tokens that were used changes nothing by itself", async () => {
  const first = await checked({}, web);
  const seen = withUsed(first, 3);
  expect((await diff("id", first, seen)).changes).toBe(false);
  expect(newTokens(seen.tokens, first.tokens)).toEqual([]);
});

test("tokens alone do not stand before the SSH port: a reboot would close it for good", async () => {
  const ssh = { ...others, oneTime: { tokens: 10 } };
  expect(await reasons(ssh)).toEqual([
    expect.stringMatching(/^oneTime: must not be the only way to the SSH port/),
  ]);
  expect(await reasons({ ...ssh, sequence })).toEqual([]);
  expect(await reasons({ ...ssh, allowFrom: ["192.0.2.0/24"] })).toEqual([]);
  expect(await reasons(web)).toEqual([]);
});

test.each([
  ["how many", { oneTime: { tokens: UNKNOWN } }],
  ["all of it", { oneTime: UNKNOWN }],
  ["the sequence", { sequence: UNKNOWN }],
])("while %s is unknown, so are the tokens", async (_name, unknown) => {
  const { tokens, rules } = await checked({}, { ...web, ...unknown });
  expect({ tokens, rules }).toEqual({ tokens: UNKNOWN, rules: UNKNOWN });
});

test("without oneTime there are no tokens any more, and with it again they are others", async () => {
  const first = await checked({}, { ...web, sequence });
  const without = await checked(first, { ...others, sequence, door: web.door });
  expect(without.tokens).toBeUndefined();
  const again = await checked(without, { ...web, sequence });
  expect(newTokens(again.tokens, first.tokens)).toHaveLength(10);
});
