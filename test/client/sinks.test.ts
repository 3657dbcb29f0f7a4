import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Explained, explained } from "../../provider/client/explain/explained";
import { explainMermaid } from "../../provider/client/explain/mermaid";
import { explainSvg } from "../../provider/client/explain/svg";
import { formats } from "../../provider/client/formats";
import type { Exported } from "../../provider/client/formats/format";
import { UsageError } from "../../provider/client/usageError";
import { isDoorName, isHost } from "../../provider/policy/names";
import { ownerText } from "../../provider/rules/identity";
import { iptables } from "../../provider/rules/iptables/backend";
import { plainText } from "../../provider/util/plainText";
import { cases } from "../golden/cases";
import { HOSTILE, hostileText, obeyedIn } from "../hostile";
import { seed } from "../policy/seed";

/** What is written for other programs is read by those programs, whatever a door and its host are called. */

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sinks-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const host = fc.oneof(
  fc.ipV4(),
  fc.constantFrom(
    "fe80::1%eth0",
    "fe80::1%h",
    "2001:db8::7",
    "::ffff:192.0.2.1",
    "web.example.com",
    "a_b-c.",
    "7",
  ),
);
const name = fc.stringMatching(/^[a-z0-9_][a-z0-9._-]{0,30}$/);
const any = fc.oneof(host, name, hostileText);

/** As ssh has it: in lower case, and numbers such as 7 or 0x7f.1 as the address that they are (inet_aton(3)). */
function normalised(word: string): string {
  if (isIP(word) > 0 || !/^(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+))*$/i.test(word))
    return word.toLowerCase();
  const found = spawnSync("ssh", ["-G", "-F", "none", "--", word], { encoding: "utf8" });
  return /^hostname (.*)$/m.exec(found.stdout)?.[1] ?? word;
}

/** What a format makes of a door; undefined where it refuses it, as it must whatever it could not quote. */
function exported(format: keyof typeof formats, names: Pick<Exported, "name" | "host">): string | undefined {
  const sequence = [
    { protocol: "tcp", port: 7000 },
    { protocol: "udp", port: 7001 },
  ] as const;
  try {
    return formats[format]({ ...names, port: 2222, sequence, delayMs: 0, command: "portknock" });
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    expect(obeyedIn((error as Error).message)).toEqual([]);
    expect([names.name, names.host].every((text) => isHost(text) || isDoorName(text))).toBe(false);
    return undefined;
  }
}

/** How many of the runs were about a text that is not refused. */
function run(property: (names: Pick<Exported, "name" | "host">) => boolean, numRuns: number): void {
  let accepted = 0;
  const names = fc.record({ name: fc.oneof(name, any), host: fc.oneof(host, any) });
  fc.assert(
    fc.property(names, (one) => {
      if (property(one)) accepted++;
    }),
    {
      seed: seed(),
      numRuns,
      examples: HOSTILE.flatMap((text) => [[{ name: text, host: "h" }], [{ name: "n", host: text }]]),
    },
  );
  expect(accepted).toBeGreaterThan(0);
}

test("ssh-config: ssh reads the host and no setting more", () => {
  const file = join(folder, "config");
  const settings = (path: string, word: string) =>
    execFileSync("ssh", ["-G", "-F", path, "--", word], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).split("\n");
  run((names) => {
    const text = exported("ssh-config", names);
    if (text === undefined) return false;
    writeFileSync(file, text);
    const found = settings(file, names.name);
    const ours = ["hostname", "port", "proxycommand", "host"];
    const others = (lines: string[]) =>
      lines.filter((line) => !ours.includes(line.split(" ")[0] ?? "")).sort();
    expect(found.map((line) => line.toLowerCase())).toEqual(
      expect.arrayContaining([
        `hostname ${normalised(names.host)}`,
        "port 2222",
        "proxycommand portknock proxy %h %p",
      ]),
    );
    expect(others(found)).toEqual(others(settings("none", "h")));
    return true;
  }, 150);
});

test("knockd: it reads the options and the door that are meant, from a namespace without a network", () => {
  const file = join(folder, "knockd.conf");
  const read = (text: string) => {
    writeFileSync(file, text);
    const args = ["-rn", "knockd", "-c", file, "-i", "lo", "-v", "-D"];
    return spawnSync("unshare", args, { encoding: "utf8", timeout: 10_000 }).stdout;
  };
  const right = read(
    formats.knockd({
      name: "n",
      host: "h",
      port: 2222,
      delayMs: 0,
      command: "portknock",
      sequence: [
        { protocol: "tcp", port: 7000 },
        { protocol: "udp", port: 7001 },
      ],
    }),
  );
  expect(right).toContain("config: door: sequence: 7000:tcp,7001:udp");
  run((names) => {
    const text = exported("knockd", names);
    if (text === undefined) return false;
    expect(read(text)).toBe(right);
    return true;
  }, 100);
});

test.each([["sh"], ["dash"], ["bash"], ["busybox", "sh"]])(
  "shell: %s %s calls nc with the host as one word, and nothing else",
  (shell, ...args) => {
    const tools = 'nc() { printf "<%s>" "$@" >&3; }; ping() { nc "$@"; }; sleep() { :; };';
    run((names) => {
      const text = exported("shell", names);
      if (text === undefined) return false;
      const called = spawnSync(shell, [...args, "-c", `exec 3>&1; ${tools} ${text}`], {
        encoding: "utf8",
        cwd: folder,
      });
      const tcp = `<-z><-w><1><${names.host}><7000>`;
      expect(called.stdout).toBe(`${tcp}<-u><-w><1><${names.host}><7001>`);
      expect(called.stderr).toBe("");
      return true;
    }, 60);
    expect(readdirSync(folder)).not.toContain("x");
  },
);

test("a host that begins like an option is refused by each format that has it", () => {
  for (const format of ["ssh-config", "knockd", "shell"] as const)
    for (const text of ["-oProxyCommand=x", "--", "-"])
      expect(exported(format, { name: "n", host: text })).toBeUndefined();
});

describe("pictures", () => {
  const [{ policy } = { policy: undefined }] = cases.filter((one) => one.name === "overlapping-itself");
  if (policy === undefined) throw new Error("no policy to draw");
  const drawn = (label: string): Explained => ({
    ...explained(policy, "door", false, iptables),
    labelKnock: () => label,
  });

  test("SVG: an XML parser finds the label as text, and no element more", () => {
    const parse = [
      "import json, sys, xml.etree.ElementTree as tree",
      "found = []",
      "for document in json.load(sys.stdin):",
      "    nodes = list(tree.fromstring(document).iter())",
      "    found.append([[n.tag.split('}')[1] for n in nodes], [n.text for n in nodes if n.tag.endswith('}text')], sorted({k for n in nodes for k in n.attrib})])",
      "json.dump(found, sys.stdout)",
    ].join("\n");
    const labels = [...HOSTILE, ...fc.sample(hostileText, { seed: seed(), numRuns: 200 })];
    const documents = ["label", ...labels].map((label) => explainSvg(drawn(label)));
    const answer = execFileSync("python3", ["-c", parse], {
      input: JSON.stringify(documents),
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    const [right, ...found] = JSON.parse(answer) as [string[], (string | null)[], string[]][];
    expect(right?.[1]).toContain("label");
    expect(found).toHaveLength(labels.length);
    for (const [index, label] of labels.entries()) {
      const [tags, texts, attributes] = found[index] ?? [];
      expect(tags).toEqual(right?.[0]);
      expect(attributes).toEqual(right?.[2]);
      const oneSpace = (text: string) => text.replaceAll(/\s/g, " ");
      expect(texts?.map((text) => oneSpace(text ?? ""))).toContain(oneSpace(plainText(label)));
    }
  });

  test("Mermaid: a label is one, with nothing that Mermaid obeys, and reads as it was", () => {
    fc.assert(
      fc.property(hostileText, (label) => {
        const lines = explainMermaid(drawn(label)).split("\n");
        const right = explainMermaid(drawn("label")).split("\n");
        expect(lines).toHaveLength(right.length);
        for (const [index, line] of lines.entries()) {
          const [before, written = ""] = right[index]?.endsWith(": label")
            ? [line.slice(0, line.indexOf(": ") + 2), line.slice(line.indexOf(": ") + 2)]
            : [line];
          if (right[index]?.endsWith(": label")) {
            expect(`${before}label`).toBe(right[index]);
            expect(written).toMatch(/^(?:[\p{L}\p{N} ,./()-]|#\d+;)*$/u);
            const read = written.replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
            expect(read).toBe(plainText(label));
          } else expect(line).toBe(right[index]);
        }
      }),
      { seed: seed(), numRuns: 300 },
    );
  });
});

test("a rule's comment: no name of a door ends it, or is too long for it", () => {
  fc.assert(
    fc.property(hostileText, (owner) => {
      expect(ownerText(owner)).toMatch(/^[A-Za-z0-9._:/@-]{0,200}$/);
    }),
    { seed: seed() },
  );
  const comments = [...HOSTILE.map(ownerText), "x".repeat(200)].map((owner) => `portknock ${owner}`);
  const rules = comments.map((comment) => `-A INPUT -m comment --comment "${comment}"\n`).join("");
  const load = "iptables-restore && iptables-save -t filter";
  const saved = execFileSync("unshare", ["-rn", "sh", "-c", load], {
    input: `*filter\n${rules}COMMIT\n`,
    encoding: "utf8",
  });
  const found = [...saved.matchAll(/^-A INPUT -m comment --comment (.*)$/gm)].map(([, text = ""]) =>
    text.replaceAll('"', ""),
  );
  expect(found).toEqual(comments);
});

describe("completion", () => {
  // A terminal takes what it is sent as keys, and proposals are lines.
  const words = HOSTILE.map((text) => text.replace(/[\n\r\0]/g, "")).filter(
    (text) => text !== "" && !/[\p{Cc}\p{Cs}]/u.test(text),
  );
  const here = join(__dirname, "completing");
  const scripts = join(__dirname, "../../provider/client/completions");

  /** A folder in which `portknock` proposes the words, and the arguments with which it was called are kept. */
  function proposing(lines: readonly string[]): string {
    const place = mkdtempSync(join(folder, "completing-"));
    writeFileSync(join(place, "portknock"), readFileSync(join(here, "portknock.sh")), { mode: 0o755 });
    writeFileSync(join(place, "words"), lines.map((line) => `${line}\n`).join(""));
    return place;
  }
  const environment = (place: string) => ({
    ...process.env,
    PATH: `${place}:${process.env.PATH}`,
    TERM: "dumb",
    HOME: place,
  });

  test.each(["bash", "zsh"])(
    "%s: someone types TAB and Enter, and the command gets the word as it is",
    (shell) => {
      for (const word of [...words, "web"]) {
        const place = proposing([word]);
        const args = ["-f", join(here, "type.zsh"), shell, join(scripts, `portknock.${shell}`)];
        const typed = spawnSync("zsh", args, { cwd: place, env: environment(place), encoding: "utf8" });
        expect(typed, word).toMatchObject({ status: 0, stderr: "" });
        expect(readFileSync(join(place, "arguments"), "utf8"), word).toBe(`${word}\0`);
        expect(readdirSync(place)).not.toContain("x");
      }
    },
    120_000,
  );

  test("fish: what it would put into the command line is the word as it is", () => {
    // fish takes a proposal that begins with a tilde for a home. No door and no host begins with one.
    const others = words.filter((word) => !word.startsWith("~"));
    const place = proposing([...others, "web"]);
    const load = `source ${join(scripts, "portknock.fish")}`;
    const escaped = execFileSync(
      "fish",
      ["--no-config", "-c", `${load}; complete -C --escape 'portknock '`],
      { cwd: place, env: environment(place), encoding: "utf8" },
    );
    const entries = escaped.split("\n").filter((line) => line !== "");
    const read = entries.map((entry) =>
      execFileSync("fish", ["--no-config", "-c", `printf %s ${entry}`], { cwd: place, encoding: "utf8" }),
    );
    expect(read).toEqual(expect.arrayContaining(others.map((word) => word.replace(/^\s+/, ""))));
    expect(readdirSync(place)).not.toContain("x");
  }, 60_000);
});
