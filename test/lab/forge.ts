import { join } from "node:path";
import type { Lab } from "./lab";

/** Packets at a host that seem to be the controller's. */
export interface Forgery {
  /** Ends it: how many a second there were. */
  stop(): Promise<number>;
}

/** Sends datagrams with the controller's address to a host, so many a second: to ports at random, unless told to which. */
export function startForging(lab: Lab, address: string, perSecond: number, port = 0): Forgery {
  const script = join(__dirname, "forge.cjs");
  const command = [process.execPath, script, address, String(perSecond), String(port)];
  const child = lab.controller.spawn(command);
  let printed = "";
  child.stdout.on("data", (text: Buffer) => {
    printed += text;
  });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  return {
    async stop() {
      child.stdin.end();
      await ended;
      const { sent, seconds } = JSON.parse(printed) as { sent: number; seconds: number };
      return sent / seconds;
    },
  };
}
