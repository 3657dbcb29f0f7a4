import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { killGroup, type Lab } from "../../lab/lab";
import { REPOSITORY } from "../stack";

/** A server that means harm, on the controller itself (server.cjs). */
export interface Evil {
  readonly host: "127.0.0.1";
  readonly port: number;
  stop(): void;
}

/** `key` and `log` are files: of its host key, and of what it was asked to log in with. */
export async function startEvil(lab: Lab, kind: string, key = "", log = ""): Promise<Evil> {
  const child = lab.controller.spawn([process.execPath, join(__dirname, "server.cjs"), kind, key, log]);
  child.stdin.end();
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the evil server ended with ${code} before it listened`);
  });
  const [port] = await Promise.race([once(createInterface(child.stdout), "line"), ended]);
  ended.catch(() => undefined);
  return { host: "127.0.0.1", port: Number(port), stop: () => killGroup(child) };
}

/** What reader.cjs says of a host. */
export interface Read {
  readonly rules?: number;
  readonly code?: string;
  readonly message?: string;
  readonly seconds: number;
  readonly stillMs: number;
  readonly megabytes: number;
}

/** Reads a host in a process of its own. */
export async function read(lab: Lab, connection: Readonly<Record<string, unknown>>): Promise<Read> {
  const command = [process.execPath, join(__dirname, "reader.cjs"), join(REPOSITORY, "dist")];
  return JSON.parse(await lab.controller.run([...command, JSON.stringify(connection)])) as Read;
}
