import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { inspect } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { knock, openDoor } from "../../provider/api/knocking";
import { compile, lint } from "../../provider/api/policies";
import { stack } from "../../provider/client/sources/stack";
import { doorsOfStack } from "../../provider/client/stackState";
import { tokensFirst } from "../../provider/client/usedTokens";
import { PortKnockError } from "../../provider/errors";
import { answerOf, execute } from "../../provider/host/execute";
import { hideLogin } from "../../provider/host/hidden";
import { logIn } from "../../provider/host/ssh/login";
import type { Session } from "../../provider/host/ssh/session";
import { connectionSchema } from "../../provider/policy/connection";
import { check, create } from "../../provider/resource/lifecycle";
import { PartialError } from "../../provider/resource/partial";
import { check as checkSequence } from "../../provider/resource/sequence/lifecycle";
import { iptables } from "../../provider/rules/iptables/backend";
import { causeOf } from "../../provider/util/cause";
import { run, startInForeground } from "../../provider/util/process";
import { seed } from "../policy/seed";
import { inputs } from "../resource/inputs";

/** Nothing that an error shows, by whatever way of showing it, holds a secret: each place that throws, with random ones. */

interface Secrets {
  readonly tcp: number;
  readonly udp: number;
  readonly ping: number;
  /** In hexadecimal digits. */
  readonly payload: string;
  readonly token: string;
  /** A password, passphrase, master secret, or the text of a key. */
  readonly word: string;
}

const secrets: fc.Arbitrary<Secrets> = fc.record({
  tcp: fc.integer({ min: 41_000, max: 44_999 }),
  udp: fc.integer({ min: 45_000, max: 49_999 }),
  ping: fc.integer({ min: 1_001, max: 1_400 }),
  payload: fc.stringMatching(/^[1-9a-f]{16}$/),
  token: fc.stringMatching(/^[0-9a-f]{72}$/),
  word: fc.stringMatching(/^[A-Za-z0-9$"'`{}<>&%-]{32,48}$/),
});

/** A steps' list, or as text. */
const steps = ({ tcp, udp, ping, payload }: Secrets) => [
  { protocol: "tcp", port: tcp } as const,
  { protocol: "udp", port: udp, payload: `hex:${payload}` } as const,
  { protocol: "icmp", payloadBytes: ping } as const,
];
const text = ({ tcp, udp, ping, payload }: Secrets) => `tcp/${tcp},udp/${udp}/hex:${payload},icmp/${ping}`;

/** Whatever shows an error. */
function shown(error: unknown): string {
  const causes: unknown[] = [];
  for (let one = error; one !== undefined && causes.length < 10; one = (one as Error).cause) causes.push(one);
  return (
    [
      inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
      ...causes.flatMap((one) => [
        String(one),
        JSON.stringify(one),
        (one as Error).stack,
        JSON.stringify(Object.entries(one as object)),
      ]),
    ]
      .join("\n")
      // Lines of source files are numbers too.
      .replace(/(?<=\.[cm]?[jt]s|node:[\w/]+):\d+:\d+/g, "")
  );
}

function expectHidden(error: unknown, { tcp, udp, ping, payload, token, word }: Secrets): void {
  expect(error).toBeInstanceOf(Error);
  const all = shown(error);
  for (const number of [tcp, udp, ping, ping + 28])
    expect(all).not.toMatch(new RegExp(`(?<!\\d)${number}(?!\\d)`));
  for (const secret of [
    payload,
    Buffer.from(payload, "hex").toString("latin1"),
    token.slice(8),
    word,
    JSON.stringify(word).slice(1, -1),
  ])
    expect(all).not.toContain(secret);
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "secrets-"));
  vi.stubEnv("XDG_CONFIG_HOME", folder);
  vi.stubEnv("PATH", `${folder}:${process.env.PATH}`);
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A command before all others on PATH. */
function command(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** The broadcast address is one to which this machine sends nothing: the system refuses it, with the port in its message. */
const host = "255.255.255.255";

const connection = (word: string) =>
  connectionSchema.parse({
    host: "192.0.2.1",
    privateKey: `-----BEGIN OPENSSH PRIVATE KEY-----\n${word}\n-----END OPENSSH PRIVATE KEY-----\n`,
    privateKeyPassword: `pass${word}`,
    password: `pwd${word}`,
    sudoPassword: `sudo${word}`,
    sudo: true,
    proxy: { host: "192.0.2.2", password: `proxy${word}` },
  });

/** A connection on which the host ran something else than it was given. */
function session(end: { stdout: string; stderr: string } | Error): Session {
  return {
    user: "root",
    hostKey: { type: "", base64: "" },
    route: { knock: async () => undefined, dial: async () => new Duplex(), close: () => undefined },
    roundTripMs: 1,
    run: async (_script, output) => {
      if (end instanceof Error) throw end;
      output.takeStdout(end.stdout);
      output.takeStderr(end.stderr);
      return {};
    },
    close: () => undefined,
  };
}

async function executing(one: Secrets, end: { stdout: string; stderr: string } | Error): Promise<unknown> {
  const login = connection(one.word);
  const ending = await execute(session(end), "observe", { ID: "", WANTED: "", BACKEND: "" }, 1_000, {
    host: "192.0.2.1",
    backends: [iptables],
    phase: "reading",
    stateOnError: () => ({ kind: "unchanged" }),
    stateUnknown: { kind: "unchanged" },
    scrub: (said) => hideLogin(iptables.scrubberOf({ sequence: steps(one) })(said), login),
  });
  return answerOf(ending);
}

function pulumiPrints(output: string): void {
  writeFileSync(join(folder, "printed"), output);
  command("pulumi", `cat ${folder}/printed`);
}

const request = { names: ["192.0.2.1"], port: undefined, stack: "s" };

const sites: Readonly<Record<string, (one: Secrets) => Promise<unknown>>> = {
  "knock(): no route for a TCP knock": ({ tcp }) =>
    knock({ host, sequence: [{ protocol: "tcp", port: tcp }] }),
  "knock(): a datagram that may not be sent": ({ udp, payload }) =>
    knock({ host, sequence: `udp/${udp}/hex:${payload}` }),
  "openDoor(): no route for a TCP knock": ({ tcp }) =>
    openDoor({ host, sequence: `tcp/${tcp}`, timeoutSeconds: 1 }),
  "openDoor(): a datagram that may not be sent": ({ udp, payload }) =>
    openDoor({
      host,
      sequence: [{ protocol: "udp", port: udp, payload: `hex:${payload}` }],
      timeoutSeconds: 1,
    }),
  "openDoor(): a ping that says its size": ({ ping }) => {
    command("ping", 'echo "ping: bad size $8 $*, IP $(($8 + 28))" >&2; exit 2');
    return openDoor({
      host: "127.0.0.1",
      sequence: [{ protocol: "icmp", payloadBytes: ping }],
      timeoutSeconds: 1,
    });
  },
  "openDoor(): no ping": ({ ping }) => {
    vi.stubEnv("PATH", folder);
    return openDoor({
      host: "127.0.0.1",
      sequence: [{ protocol: "icmp", payloadBytes: ping }],
      timeoutSeconds: 1,
    });
  },
  "openDoor(): stays shut": (one) =>
    openDoor({
      host: "127.0.0.1",
      port: 1,
      sequence: [{ protocol: "udp", port: one.udp }],
      timeoutSeconds: 1,
    }),
  "openDoor(): a wrong sequence as text": async (one) =>
    openDoor({ host, sequence: `${text(one)},x/${one.word}` }),
  "openDoor(): wrong steps": async (one) =>
    openDoor({
      host,
      sequence: [...steps(one), { protocol: one.word, port: one.tcp }, { port: one.word }] as never,
    }),
  "compile(), with wrong fields": async (one) =>
    compile({
      sequence: [...steps(one), { protocol: "tcp", port: one.word }],
      door: [{ protocol: "tcp", ports: [one.word] }],
      interface: one.word,
      allowFrom: [one.word],
      calendar: { derivation: one.word },
      openForSeconds: one.word,
    } as never),
  "lint(), with equal steps": async (one) =>
    lint({ sequence: [...steps(one), ...steps(one).slice(2)], door: [{ protocol: "tcp", ports: [22] }] }),
  "check of a door": async (one) =>
    failing(
      check(
        {},
        {
          ...inputs,
          connection: {
            ...connection(one.word),
            hostKey: one.word,
            port: one.word,
            proxy: { host: one.word, password: 7 },
          },
          sequence: [...steps(one), { protocol: "udp", port: 1, payload: `hex:${one.payload}1` }],
          oneTime: { tokens: one.token, port: one.word },
          previous: { sequence: text(one), acceptUntil: one.word },
        },
      ),
    ),
  "check of a sequence": async (one) =>
    failing(
      checkSequence(
        {},
        {
          owner: "o/p/s/n",
          master: one.word,
          host: `${one.word}\n`,
          rotateEvery: one.word,
          ports: [one.word],
          protocols: [one.word],
        },
      ),
    ),
  "create with inputs that were not checked": async (one) =>
    create({ ...inputs, sequence: text(one), connection: { host: "h", privateKey: one.word, password: 7 } }),
  "an error of a door that is there": async (one) => {
    throw new PartialError(
      "not-persisted",
      "it is full",
      { host: "h", phase: "p", hostState: "applied" },
      "0123456789",
      { sequence: steps(one), connection: connection(one.word), knockCommand: text(one), tokens: one.token },
    );
  },
  "a key that cannot be read": ({ word }) =>
    logIn(connection(word), new Duplex(), { keys: [], source: "", revoked: [], field: "connection.hostKey" }),
  "a server that says the password": async ({ word }) => {
    const cause = Object.assign(
      new Error(`wrong: pwd${word}`, { cause: new Error(`sudo${word} proxy${word}`) }),
      { word },
    );
    throw new PortKnockError("login", "refused", {
      host: "h",
      phase: "p",
      hostState: "unchanged",
      cause: causeOf(cause, (said) => hideLogin(said, connection(word))),
    });
  },
  "a script whose connection ends": (one) =>
    executing(
      one,
      Object.assign(
        new Error(`Disconnected: ${one.tcp} ${one.udp} ${one.payload} ${28 + one.ping} pwd${one.word}`),
        { text: text(one), one },
      ),
    ),
  "a script that does not run": (one) =>
    executing(one, {
      stdout: "",
      stderr: `sh: pwd${one.word}: not found\n\t${one.tcp} x\x1b${one.udp} hex:${one.payload}\nsudo${one.word} ${"x".repeat(463)} ${one.tcp}`,
    }),
  "sudo that says its password": (one) =>
    executing(one, { stdout: "", stderr: `sudo: pass${one.word}\n${one.word}` }),
  "a command that is not there": async ({ word, ping }) => {
    const { error } = await run("no-such-command", ["-s", String(ping), word], 1_000);
    throw error;
  },
  "a command in the foreground that is not there": ({ word }) =>
    startInForeground("no-such-command", [word]).ended,
  "stack outputs that are no JSON": async (one) => {
    pulumiPrints(text(one));
    return stack.find(request);
  },
  "stack outputs with a wrong door": async (one) => {
    pulumiPrints(
      JSON.stringify({
        doors: [
          {
            host: one.word,
            door: ["tcp/22"],
            sequence: `${text(one)},${one.word}`,
            oneTime: { port: one.tcp, tokens: [`${one.token}x`] },
          },
        ],
      }),
    );
    return stack.find(request);
  },
  "a state that is no JSON": async (one) => {
    pulumiPrints(`{"deployment": ${text(one)} ${one.word}`);
    return doorsOfStack("s");
  },
  "a state with a secret that is no JSON": async (one) => {
    const sequence = {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      plaintext: `[${text(one)} ${one.word}`,
    };
    pulumiPrints(
      JSON.stringify({
        deployment: { resources: [{ type: "x:PortKnock", urn: "u", outputs: { sequence } }] },
      }),
    );
    return doorsOfStack("s");
  },
  "a state with a wrong door": async (one) => {
    const outputs = {
      sequence: [{ protocol: one.word, port: one.tcp }],
      connection: { host: one.word, password: 7 },
    };
    pulumiPrints(JSON.stringify({ deployment: { resources: [{ type: "x:PortKnock", urn: "u", outputs }] } }));
    return doorsOfStack("s");
  },
  "a token that cannot be marked": async ({ token, tcp }) => {
    mkdirSync(join(folder, "portknock"), { recursive: true });
    writeFileSync(join(folder, "portknock/used-tokens"), "");
    return tokensFirst({ port: tcp, tokens: [token] }, "web", [])({ family: 4, tries: 0, round: 0 });
  },
};

/** The failures of a check as one error. */
async function failing(checked: ReturnType<typeof check>): Promise<never> {
  const { failures = [] } = await checked;
  expect(failures.length).toBeGreaterThan(0);
  throw new Error(JSON.stringify(failures));
}

test.each(Object.keys(sites))("%s", async (name) => {
  await fc.assert(
    fc.asyncProperty(secrets, async (one) => {
      const error = await sites[name]?.(one).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expectHidden(error, one);
    }),
    { seed: seed(), numRuns: 3 },
  );
});

test("what is kept of a cause: name, message, code, where it was, and its own causes; circles end", () => {
  const inner = Object.assign(new TypeError("inner\x1b[2J"), { code: "E\x07" });
  const outer = new Error("outer", { cause: inner });
  const kept = causeOf(outer);
  expect(kept).toMatchObject({
    message: "outer",
    cause: { name: "TypeError", message: "inner\\x1b[2J", code: "E\\x07" },
  });
  expect(kept?.stack).toContain("secrets.test.ts");
  inner.cause = outer;
  expect(inspect(causeOf(outer), { depth: Number.POSITIVE_INFINITY })).toContain("outer");
  expect(causeOf({ secret: 1 })).toBeUndefined();
});
