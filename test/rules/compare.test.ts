import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Observed } from "../../provider/rules/backend";
import { compile } from "../../provider/rules/compile";
import { identify } from "../../provider/rules/identity";
import { iptables } from "../../provider/rules/iptables/backend";
import { renderDocument } from "../../provider/rules/iptables/render";
import type { Ruleset } from "../../provider/rules/ir";
import { policies } from "../policy/arbitrary";
import { complete } from "../policy/complete";
import { seed } from "../policy/seed";
import { FilterTable } from "./filterTable";
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
    lines: lines.map((line) => (line.startsWith("(") ? line : `missing: ${line}`)),
  });
});

/** A host with a second door, in the one family, as its scripts merge them. */
function withSecondDoor(change: (lines: string[]) => void = () => undefined): Observed {
  const table = new FilterTable("ipv4", "mawk");
  for (const one of [ruleset, second]) {
    const { id } = one.identity;
    table.restore(table.transition(id, table.merge(id, renderDocument(one, "ipv4"))));
  }
  const lines = [...table.lines];
  change(lines);
  return { ipv4: lines, ipv6: held(ruleset).ipv6 };
}

const second = compile(
  complete({
    ...{ sequence: [{ protocol: "tcp" as const, port: 7005 }], openForSeconds: 5 },
    door: [{ protocol: "tcp" as const, ports: [80] }],
  }),
  identify("stack::other", "h1"),
);

describe("beside another door", () => {
  const change = (from: RegExp, to: string) => (lines: string[]) => {
    const place = lines.findIndex((line) => from.test(line));
    expect(place).toBeGreaterThanOrEqual(0);
    lines.splice(place, 1, ...(to === "" ? [] : [(lines[place] ?? "").replace(from, to)]));
  };

  test("the rules that all share serve both, and the other's own do not matter", () => {
    expect(marked(withSecondDoor())).toEqual([]);
    expect(marked(withSecondDoor(change(new RegExp(`^-A PK-${second.identity.id} .*`), "")))).toEqual([]);
  });

  test("a port that is taken out of a rule of both is missing, whosever it is", () => {
    const all = "-A PK-0000000000 -p tcp -m tcp -m multiport --dports 22,80 -g PK-0000000000-tcp0";
    const one = "-A PK-0000000000 -p tcp -m tcp --dport 80 -g PK-0000000000-tcp0";
    const taken = withSecondDoor(change(/(?<=-A PK-0000000000 .*)--dports 22,80(?= -g)/, "--dports 80"));
    expect(marked(taken)).toEqual([
      `missing (ipv4): ${all.replace("-m multiport --dports 22,80", "--dport 22")}`,
      `unexpected (ipv4): ${one}`,
    ]);
  });

  test("a first knock that the chain of all doors does not know is missing, and not shown", () => {
    const taken = withSecondDoor(change(/--dports 7001,7005/, "--dports 7005"));
    const [head, ports] = ["-A PK-0000000000", "<first knocks>"];
    const line = `${head} -p tcp -m tcp --dport ${ports} --syn -m multiport --dports ${ports} -g PK-0000000000-ftcp0`;
    expect(marked(taken)).toEqual([
      `missing (ipv4): ${line}`,
      `unexpected (ipv4): ${head} <a rule that portknock did not make>`,
    ]);
  });

  test("rules that nobody needs are not expected", () => {
    const { id } = ruleset.identity;
    const way = `-A PORTKNOCK -p tcp -m tcp --dport 22 -g PK-${id}`;
    expect(marked(withSecondDoor((lines) => lines.push(way)))).toEqual([`unexpected (ipv4): ${way}`]);
  });
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
    const isIt = (line: string) => line.includes("-j DROP");
    expect(marked(tamper((held) => held.splice(held.findIndex(isIt), 1)))).toEqual([
      `missing (ipv4): ${lines[index]}`,
    ]);
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
