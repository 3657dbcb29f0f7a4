import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Command } from "../../provider/client/command/command";
import { wordsAfter } from "../../provider/client/command/complete";
import { helpOf, helpOfOptions, overview } from "../../provider/client/command/help";
import type { Option } from "../../provider/client/command/option";
import { parseArguments } from "../../provider/client/command/parse";
import type { Positional } from "../../provider/client/command/positional";
import { commands } from "../../provider/client/commands";
import { doorOptions } from "../../provider/client/doorOptions";
import { UsageError } from "../../provider/client/usageError";

/** A right value of an option, as typed and as read. */
function sample(option: Option): readonly [typed: string, read: string | number | boolean] {
  switch (option.kind) {
    case "switch":
      return ["", true];
    case "text":
    case "file":
      return ["x", "x"];
    case "number":
      return [String(option.range.max), option.range.max];
    case "choice":
      return [Object.keys(option.choices).at(-1) ?? "", Object.keys(option.choices).at(-1) ?? ""];
  }
}

function sampleArgument(positional: Positional): string[] {
  switch (positional.kind) {
    case "host":
    case "destination":
      return ["192.0.2.11"];
    case "port":
      return ["22"];
    case "file":
      return ["x"];
    case "files":
      return ["x", "y"];
    case "choice":
      return [Object.keys(positional.choices)[0] ?? ""];
  }
}

/** The least that a command takes, but for one of its options. */
function least({ options, positionals }: Command, without = ""): string[] {
  return [
    ...Object.values(positionals).flatMap(sampleArgument),
    ...Object.entries(options).flatMap(([long, option]) =>
      option.kind !== "switch" && option.required && long !== without
        ? [`--${long}=${sample(option)[0]}`]
        : [],
    ),
  ];
}

const typed = (long: string, option: Option) =>
  option.kind === "switch" ? [`--${long}`] : [`--${long}`, sample(option)[0]];

describe("commands as data", async () => {
  const loaded: readonly (readonly [name: string, command: Command])[] = await Promise.all(
    Object.entries(commands).map(async ([name, { load }]) => [name, await load()] as const),
  );
  const options = loaded.flatMap(([name, command]) =>
    Object.entries(command.options).map(([long, option]) => ({ name, command, long, option })),
  );

  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), "commands-"));
    vi.stubEnv("XDG_CONFIG_HOME", home);
    mkdirSync(join(home, "portknock"));
    const door = { name: "web", host: "192.0.2.11", sequence: "tcp/7000,tcp/7001", door: ["tcp/22"] };
    writeFileSync(join(home, "portknock/config.json"), JSON.stringify({ doors: [door] }), { mode: 0o600 });
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true });
  });

  describe("the usage lines", () => {
    test.each(loaded)("%s: name options that it has", (_name, { usage, options }) => {
      const shorts = Object.values(options).map(({ short }) => `-${short}`);
      const longs = Object.keys(options).map((long) => `--${long}`);
      const named = usage
        .flatMap((form) => form.match(/(?<=^|[\s[])--?[\w-]+/g) ?? [])
        .filter((one) => one !== "--");
      expect([...shorts, ...longs, "-"]).toEqual(expect.arrayContaining(named));
    });

    test.each(options)(
      "$name --$long is in them, if not every command that knocks has it",
      ({ command, long, option }) => {
        const forms = command.usage.join(" ").split(/[\s[\]]+/);
        const isShared = Object.hasOwn(doorOptions, long) && forms.includes("options");
        expect(isShared || forms.includes(`--${long}`) || forms.includes(`-${option.short}`)).toBe(true);
      },
    );

    test.each(loaded)("%s: name its arguments", (_name, { usage, positionals }) => {
      const forms = usage.join(" ");
      const names = Object.values(positionals).flatMap((one) =>
        one.kind === "choice" ? Object.keys(one.choices) : [one.name],
      );
      expect(names.filter((one) => !forms.includes(one))).toEqual([]);
    });
  });

  describe("help", () => {
    test.each(loaded)("%s: says every form, option and example, on lines that fit", (name, command) => {
      const text = helpOf(name, command);
      const lines = text.split("\n");
      expect(
        text.startsWith(command.usage.map((form) => `${`portknock ${name} ${form}`.trimEnd()}\n`).join("")),
      ).toBe(true);
      const shared = Object.values<Option>(doorOptions);
      const own = Object.entries(command.options).filter(([, option]) => !shared.includes(option));
      const isKnocking = own.length < Object.keys(command.options).length;
      expect(text.includes("portknock help options")).toBe(isKnocking);
      expect(lines.length).toBeLessThan(40);
      for (const [long, option] of own) {
        const [line] = lines.filter((one) => new RegExp(`^ {2}(-\\w, )?--${long}\\b`).test(one));
        expect(line, long).toBeDefined();
        if (option.kind !== "switch") expect(line, long).toContain(`--${long} ${option.value}`);
        expect(text.replace(/\s+/g, " ")).toContain(option.about);
      }
      for (const example of command.examples ?? []) expect(lines).toContain(`  ${example}`);
      const typed = [...command.usage, ...(command.examples ?? [])];
      const long = lines.filter((line) => line.length > 100 && !typed.some((one) => line.endsWith(one)));
      expect(long).toEqual([]);
    });

    test("the options that commands share are explained once", () => {
      const lines = helpOfOptions().split("\n");
      for (const long of Object.keys(doorOptions))
        expect(lines.some((line) => new RegExp(`^ {2}(-\\w, )?--${long}\\b`).test(line))).toBe(true);
      expect(lines.every((line) => line.length <= 100)).toBe(true);
    });

    test("the list names every command", () => {
      for (const name of Object.keys(commands))
        expect(overview(commands)).toMatch(new RegExp(`^ {2}${name} `, "m"));
    });
  });

  describe("parsing", () => {
    test.each(options)("$name --$long", ({ command, long, option }) => {
      const [text, read] = sample(option);
      const { values } = parseArguments(command, [...least(command, long), ...typed(long, option)]);
      expect(values[long]).toBe(read);
      if (option.short === undefined) return;
      const short = [`-${option.short}`, ...(text === "" ? [] : [text])];
      expect(parseArguments(command, [...least(command, long), ...short]).values[long]).toBe(read);
    });

    test.each(options.filter(({ option }) => option.kind !== "switch"))(
      "$name --$long without its value, or with a value that it does not take",
      ({ command, long, option }) => {
        const parse =
          (...words: string[]) =>
          () =>
            parseArguments(command, [...least(command, long), ...words]);
        expect(parse(`--${long}`)).toThrow(`--${long} needs a value`);
        expect(parse(`--${long}`, "--help")).toThrow(`--${long} needs a value`);
        if (option.kind === "number" || option.kind === "choice")
          expect(parse(`--${long}=31337.5`)).toThrow(new RegExp(`^--${long} takes (?!.*31337)`));
      },
    );

    const excluding = options.flatMap((one) =>
      Object.entries(one.option.excludes ?? {}).map(([other, reason]) => ({ ...one, other, reason })),
    );
    test.each(excluding)("$name --$long beside --$other", ({ command, long, option, other, reason }) => {
      const beside = command.options[other];
      if (beside === undefined) throw new Error(`--${long} excludes an option that is not there`);
      const [one, two] = [typed(long, option), typed(other, beside)];
      for (const words of [
        [...one, ...two],
        [...two, ...one],
      ]) {
        expect(() => parseArguments(command, [...least(command), ...words])).toThrow(
          new UsageError(`--${long} and --${other} do not go together: ${reason}`),
        );
      }
    });

    test.each(loaded)("%s: defaults, and too many arguments or too few", (_name, command) => {
      const { values } = parseArguments(command, least(command));
      for (const [long, option] of Object.entries(command.options)) {
        if (option.kind === "switch") expect(values[long]).toBe(false);
        else if (!option.required) expect(values[long]).toBe(option.default);
      }
      const arguments_ = Object.values(command.positionals);
      if (arguments_.some(({ optional }) => !optional))
        expect(() => parseArguments(command, [])).toThrow(/ is missing$/);
      const takesMore = arguments_.some(({ kind }) => kind === "files" || kind === "destination");
      if (!takesMore)
        expect(() => parseArguments(command, [...least(command), "31337"])).toThrow(
          /^too many arguments: it takes (?!.*31337)/,
        );
      expect(() => parseArguments(command, ["--no-such-option"])).toThrow(
        /^unknown option --no-such-option; /,
      );
    });
  });

  describe("completion", () => {
    const after = (...words: string[]) => wordsAfter(commands, words);

    test("of the first word: every command", async () => {
      expect(await after()).toEqual([...Object.keys(commands), "help", "--help", "--version"]);
      expect(await after("help")).toEqual([...Object.keys(commands), "options"]);
      expect(await after("no-such-command")).toEqual([]);
    });

    test.each(options)("$name --$long, once, and what its value may be", async ({ name, long, option }) => {
      expect(await after(name)).toContain(`--${long}`);
      if (option.short) expect(await after(name)).toContain(`-${option.short}`);
      expect(await after(name, ...typed(long, option))).not.toContain(`--${long}`);
      if (option.kind === "switch") return;
      expect(await after(name, `--${long}`)).toEqual(
        option.kind === "choice" ? Object.keys(option.choices) : [],
      );
    });

    test.each(loaded)(
      "%s: hosts where it takes one, words where it takes one of them",
      async (name, command) => {
        const [first, second] = Object.values(command.positionals);
        const hosts = ["web", "192.0.2.11"];
        const words = await after(name);
        if (first?.kind === "host" || first?.kind === "destination")
          expect(words).toEqual(expect.arrayContaining(hosts));
        else expect(words).not.toContain("web");
        if (first?.kind === "choice")
          expect(words).toEqual(expect.arrayContaining(Object.keys(first.choices)));
        expect(words).toContain("--help");
        if (second === undefined)
          expect((await after(name, "x")).filter((word) => !word.startsWith("-"))).toEqual([]);
      },
    );

    test("nothing after --, which is another program's", async () => {
      expect(await after("run", "web", "--")).toEqual([]);
      expect(await after("run", "web", "--", "ls")).toEqual([]);
    });

    test("ssh: its own options are no host", async () => {
      expect(await after("ssh", "-p", "2222")).toContain("web");
      expect(await after("ssh", "-p", "2222", "web")).not.toContain("web");
    });
  });
});
