/**
 * Runs one operation of the compiled provider, and prints what took from when to when. Its argument is the folder of the
 * compiled provider; stdin has the request. Compiled modules call each other's functions as properties, so that they can
 * be replaced.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as Probes from "../../provider/host/apply/probe";
import type * as Execute from "../../provider/host/execute";
import type * as Routes from "../../provider/host/route";
import type * as Logins from "../../provider/host/ssh/login";
import type * as Trusts from "../../provider/host/trust";
import type * as Lifecycle from "../../provider/resource/lifecycle";
import type { Request, Span } from "./run";

const load = (path: string): unknown => require(join(process.argv[2] ?? "", path));
type Replaceable<Module> = { -readonly [Name in keyof Module]: Module[Name] };

const trusts = load("host/trust.js") as Replaceable<typeof Trusts>;
const routes = load("host/route.js") as Replaceable<typeof Routes>;
const probes = load("host/apply/probe.js") as Replaceable<typeof Probes>;
const logins = load("host/ssh/login.js") as Replaceable<typeof Logins>;
const execution = load("host/execute.js") as Replaceable<typeof Execute>;
const { findTrust } = trusts;
const { directRoute } = routes;
const { probeClosed } = probes;
const { logIn } = logins;
const { execute } = execution;

const spans: Span[] = [];
let began = 0;
let connection = 0;

async function timed<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const from = performance.now() - began;
  try {
    return await work();
  } finally {
    spans.push({ name, fromMs: from, toMs: performance.now() - began });
  }
}

let isProbing = false;
trusts.findTrust = (...args) => timed("known_hosts", () => findTrust(...args));
routes.directRoute = async (...args) => {
  const route = await directRoute(...args);
  connection++;
  const which = connection === 1 ? "first" : "fresh";
  return {
    ...route,
    knock: (sequence) => timed("knock", () => route.knock(sequence)),
    dial: (port, timeoutMs) =>
      isProbing
        ? route.dial(port, timeoutMs)
        : timed(`${which} connection: TCP`, () => route.dial(port, timeoutMs)),
  };
};
probes.probeClosed = (...args) =>
  timed("is the door closed?", () => {
    isProbing = true;
    const seen = probeClosed(...args);
    isProbing = false;
    return seen;
  });
logins.logIn = (...args) =>
  timed(`${connection === 1 ? "first" : "fresh"} connection: SSH`, () => logIn(...args));
execution.execute = (session, name, ...rest) => timed(`${name}.sh`, () => execute(session, name, ...rest));

const lifecycle = load("resource/lifecycle.js") as typeof Lifecycle;

async function main(): Promise<void> {
  const { inputs } = JSON.parse(readFileSync(0, "utf8")) as Request;
  const checked = await lifecycle.check({}, inputs);
  // Its first use loads it; a fleet's provider does so once.
  require("ssh2");
  began = performance.now();
  const { outs } = await lifecycle.create(checked.inputs);
  const totalMs = performance.now() - began;
  process.stdout.write(JSON.stringify({ spans, totalMs, verified: outs?.verified }));
}

void main();
