/**
 * The controller's half, as a process that can be killed: does what it reads, a line of JSON each, with the compiled
 * provider, and stops at a step where told to. Its argument is the folder of the compiled provider.
 */
import { once } from "node:events";
import { connect, isIPv6 } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type * as Execute from "../../provider/host/execute";
import type * as Registry from "../../provider/host/registry";
import type * as Routes from "../../provider/host/route";
import type * as Scripts from "../../provider/host/script";
import type * as Sessions from "../../provider/host/ssh/session";
import type * as Send from "../../provider/knock/send";
import type * as Lifecycle from "../../provider/resource/lifecycle";
import type { Ended, Request } from "./controller";

const load = (path: string): unknown => require(join(process.argv[2] ?? "", path));
/** Compiled modules call each other's functions as properties, so that they can be replaced. */
type Replaceable<Module> = { -readonly [Name in keyof Module]: Module[Name] };

// Before all others: one of them renders a script when it is loaded.
const scripts = load("host/script.js") as Replaceable<typeof Scripts>;
const routes = load("host/route.js") as Replaceable<typeof Routes>;
const sessions = load("host/ssh/session.js") as Replaceable<typeof Sessions>;
const execution = load("host/execute.js") as Replaceable<typeof Execute>;
const { sendSequence } = load("knock/send.js") as typeof Send;
const { rememberKnockSources } = load("host/registry.js") as typeof Registry;

const { script } = scripts;
const { directRoute } = routes;
const { openSession } = sessions;
const { execute } = execution;

let stopAt: string | undefined;
let isApplied = false;
let isMisknocking = false;
let go: () => void = () => undefined;

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function at(step: string): Promise<void> {
  if (step !== stopAt) return;
  stopAt = undefined;
  const told = new Promise<void>((resolve) => {
    go = resolve;
  });
  say({ step });
  await told;
}

// The tools' stand-ins on the host know by it which script calls them.
// After the guard, which other shells than sh get past as they would without them; and where the host has any.
const standIns = "/etc/faults/applets.sh";
scripts.script = (name, variables) =>
  script(name, variables).replace(
    /^NONCE=/m,
    (nonce) => `export FAULTS_SCRIPT=${name}\ntest ! -e ${standIns} || . ${standIns}\n${nonce}`,
  );
routes.directRoute = async (...args) => {
  await at(isApplied ? "knock" : "connect");
  const route = await directRoute(...args);
  const isWrong = isApplied && isMisknocking;
  return { ...route, knock: (sequence) => route.knock(isWrong ? [{ protocol: "udp", port: 9 }] : sequence) };
};
sessions.openSession = async (...args) => {
  const session = await openSession(...args);
  await at(isApplied ? "entered" : "connected");
  return session;
};
execution.execute = async (session, name, ...rest) => {
  if (name === "confirm") await at("confirm");
  const ending = await execute(session, name, ...rest);
  if (name === "apply" && ending.kind === "answered") {
    isApplied = true;
    await at("applied");
  }
  if (name === "confirm" && ending.kind === "answered") await at("confirmed");
  return ending;
};
const lifecycle = load("resource/lifecycle.js") as typeof Lifecycle;

/** Knocks, and sees whether sshd answers. */
async function probe({ address, knock }: Extract<Request, { do: "probe" }>): Promise<boolean> {
  if (knock) await sendSequence({ address, family: isIPv6(address) ? 6 : 4 }, knock);
  const socket = connect({ host: address, port: 22 });
  const timer = setTimeout(() => socket.destroy(new Error("silence")), 1_500);
  try {
    const [data] = (await once(socket, "data")) as [Buffer];
    return data.toString().startsWith("SSH-");
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

async function operate(request: Request): Promise<Ended> {
  isApplied = false;
  try {
    if (request.do === "probe") return { isReached: await probe(request) };
    stopAt = request.stopAt;
    isMisknocking = request.isMisknocking === true;
    const { olds, news, knocks } = request;
    const { connection } = request.do === "delete" ? olds : news;
    if (knocks) {
      const openers = knocks.map((sequence) => ({ sequence }));
      rememberKnockSources((connection as { host: string }).host, "elsewhere", openers);
    }
    if (request.do === "delete") {
      await lifecycle.delete("", olds);
      await at("return");
      return {};
    }
    const { inputs, failures } = await lifecycle.check(olds, news);
    if (failures?.length) throw new Error(JSON.stringify(failures));
    const { outs } =
      request.do === "create" ? await lifecycle.create(inputs) : await lifecycle.update("", olds, inputs);
    await at("return");
    return { outs };
  } catch (error) {
    const { code, details, message, properties } = error as {
      code?: string;
      details?: { hostState: string };
      message: string;
      properties?: Record<string, unknown>;
    };
    return { error: { code, hostState: details?.hostState, message, properties } };
  } finally {
    stopAt = undefined;
  }
}

const { now } = Date;
createInterface({ input: process.stdin }).on("line", async (line) => {
  const [, offset] = /^clock (-?\d+)$/.exec(line) ?? [];
  if (offset !== undefined) Date.now = () => now() + Number(offset);
  else if (line === "go") go();
  else say({ ended: await operate(JSON.parse(line) as Request) });
});
