import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Observed } from "../../provider/rules/backend";
import { compile } from "../../provider/rules/compile";
import { routeRules } from "../../provider/rules/dispatcher";
import { identify } from "../../provider/rules/identity";
import { iptables } from "../../provider/rules/iptables/backend";
import { renderRule } from "../../provider/rules/iptables/render";
import type { Rule, Ruleset } from "../../provider/rules/ir";
import { policies } from "../policy/arbitrary";
import { complete } from "../policy/complete";
import { seed } from "../policy/seed";
import { held } from "./observed";

const { compare, redactedLines } = iptables;

const policy = complete({
  sequence: [
    { protocol: "tcp", port: 7001 },
    { protocol: "udp", port: 7002 },
    { protocol: "icmp", payloadBytes: 703 },
  ],
  door: [{ protocol: "tcp", ports: [22] }],
  openForSeconds: 5,
  stepTimeoutSeconds: 5,
  ignore: [],
});
const ruleset = compile(policy, identify("stack::door", "h1"));
const lines = redactedLines(ruleset, policy);

/** Changes the lines of one family. */
function tamper(change: (lines: string[]) => void, of: Ruleset = ruleset): Observed {
  const observed = held(of);
  const ipv4 = [...observed.ipv4];
  change(ipv4);
  return { ...observed, ipv4 };
}

function marked(observed: Observed): string[] {
  return compare(ruleset, policy, observed).lines.filter((line) => !lines.includes(line));
}

test("a host that holds the rules", () => {
  expect(compare(ruleset, policy, held(ruleset))).toEqual({ isPresent: true, isEqual: true, lines });
  expect(compare(ruleset, policy, { ipv4: held(ruleset).ipv4 }).isEqual).toBe(true);
});

test("a host that holds nothing", () => {
  const nothing = compare(ruleset, policy, { ipv4: [], ipv6: [] });
  expect(nothing).toEqual({
    isPresent: false,
    isEqual: false,
    lines: lines.map((line) => `missing: ${line}`),
  });
});

/** A host with a second door, and a dispatcher as apply.sh makes it: with these ways past the other door. */
function withSecondDoor(routes: readonly Rule[]): Observed {
  const other = compile(policy, identify("stack::other", "h1"));
  const line = (rule: Rule) => renderRule(rule, ruleset.identity, "ipv4");
  const isGeneral = (text: string) => text.includes("! -p icmp");
  const isJump = (text: string) => /^-A PORTKNOCK .* -j PK-/.test(text);
  const all = [...held(ruleset).ipv4, ...held(other).ipv4.slice(1)];
  const first = all
    .filter((text) => !isJump(text))
    .filter((text, i, texts) => !isGeneral(text) || texts.indexOf(text) === i);
  return { ipv4: [...first, ...routes.map(line), ...all.filter(isJump)], ipv6: held(ruleset).ipv6 };
}

test("another door's rules do not matter, but this one's way past them does", () => {
  const routes = routeRules(ruleset);
  expect(routes).toHaveLength(1);
  expect(compare(ruleset, policy, withSecondDoor(routes)).isEqual).toBe(true);
  const way = `-A PORTKNOCK -p tcp -m tcp --dport 22 -g PK-${ruleset.identity.id}`;
  expect(marked(withSecondDoor([]))).toEqual([`missing (ipv4): ${way}`]);
  expect(marked(tamper((held) => held.splice(3, 0, way)))).toEqual([`unexpected (ipv4): ${way}`]);
});

test("an owner whose name begins like a door's id is this door's all the same", () => {
  for (const owner of ["deadbeef01/shop/prod::door", "deadbeef01", "PK-0123456789"]) {
    const own = compile(policy, identify(owner, "h1"));
    expect(compare(own, policy, held(own)).isEqual).toBe(true);
  }
});

describe("what is shown", () => {
  const at = (text: string) => lines.findIndex((line) => line.includes(text));

  test("a rule that is gone from one family", () => {
    const index = at("-j DROP");
    expect(marked(tamper((held) => held.splice(index, 1)))).toEqual([`missing (ipv4): ${lines[index]}`]);
  });

  test("a rule that was changed", () => {
    const index = at("--seconds 5 --name pk4");
    const longer = (line = "") => line.replace("--seconds 5", "--seconds 500");
    const observed = tamper((held) => held.splice(index, 1, longer(held[index])));
    expect(marked(observed)).toEqual([
      `missing (ipv4): ${lines[index]}`,
      `unexpected (ipv4): ${longer(lines[index])}`,
    ]);
  });

  test("a jump that is no longer the first rule", () => {
    const observed = tamper((held) =>
      held.splice(0, 1, "-I INPUT 3 -m comment --comment portknock -j PORTKNOCK"),
    );
    expect(marked(observed)).toEqual([
      "missing (ipv4): -I INPUT 1 -m comment --comment portknock -j PORTKNOCK",
      "unexpected (ipv4): -I INPUT 3 -m comment --comment portknock -j PORTKNOCK",
    ]);
  });

  test("knocks never, wherever they stand", () => {
    const { id } = ruleset.identity;
    const additions = [
      `-A PK-${id} -p tcp -m tcp --dport 7001 -j ACCEPT`,
      `-A PK-${id} -p tcp -m tcp --dport 7001 -j LOG`,
      `-A PK-${id} -p icmp -m length --length 731 -j RETURN`,
      `-A PK-${id}-A -p tcp -m tcp --dport 7001 -j RETURN`,
      `-A PK-${id}-A -p udp -m udp --dport 7002 -j LOG`,
      `-A PK-${id}-1 -p tcp -m tcp --dport 7001:7002 -j RETURN`,
      `-A PK-${id}-9 -p udp -m udp --dport 7002 -j RETURN`,
      `-A PORTKNOCK -p udp -m udp --dport 7002 -j ACCEPT`,
    ];
    for (const line of additions) {
      const { lines, isEqual } = compare(
        ruleset,
        policy,
        tamper((held) => held.push(line)),
      );
      expect(isEqual).toBe(false);
      expect(lines.filter((text) => /\b(7001|7002|703|731)\b/.test(text))).toEqual([]);
    }
  });
});

test("every single change is found and shown", () => {
  const change = fc.record({
    place: fc.nat(),
    to: fc.nat(),
    kind: fc.constantFrom("remove", "repeat", "move", "number", "target", "negate"),
  });
  fc.assert(
    fc.property(
      policies({ maxSteps: 6 }),
      change,
      fc.constantFrom("ipv4", "ipv6"),
      (policy, change, either) => {
        const family = policy.families.includes(either) ? either : (policy.families[0] ?? either);
        const ruleset = compile(policy, identify("stack::door", "h1"));
        const before = held(ruleset);
        const lines = [...before[family]];
        const place = change.place % lines.length;
        const line = lines[place] ?? "";
        switch (change.kind) {
          case "remove":
            lines.splice(place, 1);
            break;
          case "repeat":
            lines.splice(change.to % lines.length, 0, line);
            break;
          case "move":
            lines.splice(place, 1);
            lines.splice(change.to % lines.length, 0, line);
            break;
          case "number":
            lines[place] = line.replace(/(?<=--(?:dport|seconds|length) )\d+/, (n) => String(Number(n) + 1));
            break;
          case "target":
            lines[place] = line.replace(/-[jg] \S+$/, line.endsWith("-j ACCEPT") ? "-j DROP" : "-j ACCEPT");
            break;
          case "negate":
            lines[place] = line.replace(
              /(?<!!) (-p|--ctstate|--rcheck|--remove) /,
              (option) => ` !${option}`,
            );
            break;
        }
        const chain = (text: string) => text.split(" ")[1];
        const byChain = (texts: readonly string[]) =>
          [...new Set(texts.map(chain))].sort().map((name) => texts.filter((text) => chain(text) === name));
        // Only the order within a chain means something.
        const isSame = JSON.stringify(byChain(lines)) === JSON.stringify(byChain(before[family]));
        const result = compare(ruleset, policy, { ...before, [family]: lines });
        expect(result.isEqual).toBe(isSame);
        const shown = new RegExp(`^(missing|unexpected)( \\(${family}\\))?: `);
        if (!isSame) expect(result.lines.some((text) => shown.test(text))).toBe(true);
      },
    ),
    { seed: seed(), numRuns: 400 },
  );
});
