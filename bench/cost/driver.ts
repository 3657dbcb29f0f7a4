/**
 * Creates doors with the compiled provider, many at once as the engine does, and prints what that cost this process. Its
 * argument is the folder of the compiled provider; stdin has the request. Compiled modules call each other's functions as
 * properties, so that they can be replaced.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type * as Routes from "../../provider/host/route";
import type * as Sessions from "../../provider/host/ssh/session";
import type * as Trusts from "../../provider/host/trust";
import type * as Lifecycle from "../../provider/resource/lifecycle";
import type { Cost, Recording, Request } from "./run";

const load = (path: string): unknown => require(join(process.argv[2] ?? "", path));
type Replaceable<Module> = { -readonly [Name in keyof Module]: Module[Name] };

const trusts = load("host/trust.js") as Replaceable<typeof Trusts>;
const routes = load("host/route.js") as Replaceable<typeof Routes>;
const sessions = load("host/ssh/session.js") as Replaceable<typeof Sessions>;
const { openSession } = sessions;
const lifecycle = load("resource/lifecycle.js") as typeof Lifecycle;

/** What a host answered, by script, and the door whose answers they are. */
const recorded: { -readonly [Name in keyof Recording]: Recording[Name] } = { doorId: "", answers: {} };
let underWay = 0;
let mostUnderWay = 0;

const nameOf = (script: string) => (/^ROLLBACK_SECONDS=/m.test(script) ? "apply" : "confirm");
const word = (script: string, name: string) => new RegExp(`^${name}='?(\\w+)`, "m").exec(script)?.[1] ?? "";

function record(): void {
  sessions.openSession = async (...args) => {
    underWay++;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    const session = await openSession(...args).finally(() => underWay--);
    return {
      ...session,
      async run(script, output, timeoutMs) {
        const ended = await session.run(script, output, timeoutMs);
        recorded.doorId ||= word(script, "ID");
        if (word(script, "ID") === recorded.doorId)
          recorded.answers[nameOf(script)] = output
            .printed()
            .stdout.replaceAll(word(script, "NONCE"), "NONCE");
        return ended;
      },
    };
  };
}

/** No network: a handshake takes as long as it is told, and hosts answer as the recorded one did. */
function replay({ doorId, answers }: Recording, handshakeMs: number): void {
  trusts.findTrust = async () => ({ keys: [], source: "", revoked: [], field: "connection.hostKey" });
  routes.directRoute = async () => ({
    knock: async () => undefined,
    dial: async (_port, timeoutMs) => {
      await pause(timeoutMs);
      throw new Error("no answer");
    },
    close: () => undefined,
  });
  sessions.openSession = async (_connection, route) => {
    underWay++;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    await pause(handshakeMs);
    underWay--;
    return {
      user: "root",
      hostKey: { type: "ssh-ed25519", base64: "AAAA" },
      route,
      roundTripMs: 1,
      async run(script, output) {
        const answer = answers[nameOf(script)] ?? "";
        output.takeStdout(
          answer.replaceAll("NONCE", word(script, "NONCE")).replaceAll(doorId, word(script, "ID")),
        );
        return {};
      },
      close: () => undefined,
    };
  };
}

async function main(): Promise<void> {
  const { doors, atOnce, replayed, handshakeMs } = JSON.parse(readFileSync(0, "utf8")) as Request;
  if (replayed) replay(replayed, handshakeMs);
  else record();
  const queue = [...doors];
  const cpu = process.cpuUsage();
  const began = performance.now();
  const outs: unknown[] = [];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let inputs = queue.pop(); inputs; inputs = queue.pop()) {
        const checked = await lifecycle.check({}, inputs);
        outs.push((await lifecycle.create(checked.inputs)).outs);
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const cost: Cost = {
    seconds,
    cpuMs: (user + system) / 1000,
    peakMb: process.resourceUsage().maxRSS / 1024,
    mostUnderWay,
    recording: recorded,
  };
  process.stdout.write(JSON.stringify(cost));
}

void main();
