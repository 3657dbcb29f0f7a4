import type { TokenList } from "../policy/tokens";
import type { Policy } from "../policy/types";
import { groupBy } from "../util/groupBy";
import type { Chain, List, Rule, Test } from "./ir";
import { isForwarded, sharedList } from "./services";

const TOKENS: Chain = { kind: "tokens" };

/** Sends what has the shape of a token to the tokens' chain: it is no attempt at a sequence. */
export function tokenGate(policy: Policy, chain: Chain, tokens: TokenList): Rule {
  return { chain, tests: [tokenShape(policy, tokens)], verdict: { kind: "goto", chain: TOKENS } };
}

/** The test for a datagram that may be a token. */
export function tokenShape(policy: Policy, { port }: TokenList): Extract<Test, { kind: "tokenShape" }> {
  return { kind: "tokenShape", port, ...(isForwarded(policy) && { isOriginal: true }) };
}

/** It leaves there as it came, whether it was a token, one that was used, or none: nobody outside can tell. */
export function tokenRules(policy: Policy, { tokens }: TokenList): Rule[] {
  const ranges = [...groupBy(tokens, ({ name }) => name.slice(0, 1))];
  return [
    ...ranges.map(
      ([digit]): Rule => ({
        chain: TOKENS,
        tests: [{ kind: "tokenDigit", digit }],
        verdict: { kind: "goto", chain: { kind: "tokenRange", digit } },
      }),
    ),
    ...ranges.flatMap(([digit, inRange]) =>
      inRange.map(
        ({ name, secrets }): Rule => ({
          chain: { kind: "tokenRange", digit },
          tests: [{ kind: "token", name, secrets }],
          move: { from: { kind: "token", name }, to: sharedList(policy, "grant") },
          verdict: { kind: "return" },
        }),
      ),
    ),
  ];
}

export function tokenLists({ tokens }: TokenList): List[] {
  return tokens.map(({ name }) => ({ kind: "token", name }));
}
