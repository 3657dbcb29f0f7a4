import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buildTool } from "./go";
import type { Lab } from "./lab";

/** What the path between the controller and the hosts is like. The figures hold for each way. */
export interface Path {
  readonly delayMs?: number;
  /** Some packets are up to so much later, so that they overtake each other. */
  readonly jitterMs?: number;
  readonly lossPercent?: number;
  /** Which packets are lost, and how late each is, follows from it and from their order. */
  readonly seed: number;
}

/** Packets of one way. ARP and neighbour discovery are always carried, at once, and not counted. */
export interface Traffic {
  readonly carried: number;
  readonly lost: number;
}

export interface Relay {
  /** Plugs the cable back in, and tells what went through. */
  stop(): Promise<{ readonly toHosts: Traffic; readonly toController: Traffic }>;
}

/** Puts a slow and lossy stretch between the controller and all hosts of a lab, until stop() or the lab's end. */
export async function startRelay(lab: Lab, path: Path): Promise<Relay> {
  const { delayMs = 0, jitterMs = 0, lossPercent = 0, seed } = path;
  const program = await buildTool(join(__dirname, "relay"));
  const flags = { "delay-ms": delayMs, "jitter-ms": jitterMs, "loss-percent": lossPercent, seed };
  const child = lab.uplink.spawn([
    program,
    ...Object.entries(flags).map(([name, value]) => `-${name}=${value}`),
  ]);
  let complaint = "";
  child.stderr.on("data", (data: Buffer) => {
    complaint += data;
  });
  const lines = createInterface(child.stdout);
  const [ready] = await Promise.race([once(lines, "line"), once(child, "exit").then(() => [])]);
  if (ready === undefined) throw new Error(`no relay: ${complaint}`);
  const plug = (verb: "plug" | "unplug") => lab.uplink.run(["bash", join(__dirname, "relay.sh"), verb]);
  await plug("plug");
  return {
    async stop() {
      await plug("unplug");
      const report = once(lines, "line");
      child.stdin.end();
      return JSON.parse(String((await report)[0]));
    },
  };
}
