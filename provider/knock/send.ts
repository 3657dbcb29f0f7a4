import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { getSystemErrorMap } from "node:util";
import { limits } from "../policy/limits";
import { payloadOf } from "../policy/payload";
import type { Sequence, Step } from "../policy/types";
import { plainText } from "../util/plainText";
import { run } from "../util/process";

/** Milliseconds between two knocks. */
export const DEFAULT_DELAY_MS = limits.delayMs.default;

/** An address with its family, as node:dns gives it. The knocks and the connection that follows must share it. */
export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/**
 * Sends a sequence: a TCP SYN by a connection that is closed at once, a UDP datagram with its payload, a ping of a
 * size. Resolves when the last packet has left, without waiting for answers.
 * @throws Error if a packet cannot be sent (no route, no `ping`). The message names the step's place only.
 */
export async function sendSequence(
  to: Address,
  sequence: Sequence,
  delayMs: number = DEFAULT_DELAY_MS,
  signal?: AbortSignal,
): Promise<void> {
  for (const [index, step] of sequence.entries()) {
    if (index > 0) await pause(delayMs, undefined, { signal });
    signal?.throwIfAborted();
    try {
      await sendStep(to, step);
    } catch (error) {
      throw new Error(`knock ${index + 1} of ${sequence.length} could not be sent`, {
        cause: withoutValues(error),
      });
    }
  }
}

/** Keeps only the kind of a system error: its message contains the port. Errors of `sendPing` contain no value. */
function withoutValues(error: unknown): Error {
  const { code, errno } = error as NodeJS.ErrnoException;
  if (code === undefined) return error as Error;
  const [, meaning] = getSystemErrorMap().get(errno ?? 0) ?? [];
  return Object.assign(new Error(meaning === undefined ? code : `${code}: ${meaning}`), { code });
}

function sendStep(to: Address, step: Step): Promise<void> {
  switch (step.protocol) {
    case "tcp":
      return sendSyn(to, step.port);
    case "udp":
      return sendDatagram(to, step.port, payloadOf(step));
    case "icmp":
      return sendPing(to, step.payloadBytes);
  }
}

/** connect(2) sends the SYN before it returns, so the socket can go as soon as the call was made. */
function sendSyn({ address, family }: Address, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, family, port });
    const finish = (error?: NodeJS.ErrnoException) => {
      socket.destroy();
      if (error && !ANSWERED.has(error.code ?? "")) reject(error);
      else resolve();
    };
    socket.on("connect", () => finish());
    socket.on("error", finish);
    setImmediate(() => socket.connecting && finish());
  });
}

/** Errors that answer a SYN: so it was sent. */
const ANSWERED = new Set(["ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH"]);

function sendDatagram({ address, family }: Address, port: number, payload: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(family === 4 ? "udp4" : "udp6");
    socket.on("error", reject);
    socket.send(payload, port, address, (error) => {
      socket.close();
      if (error) reject(error);
      else resolve();
    });
  });
}

/** How long ping may take to send its one packet. Nobody waits for the reply. */
const PING_MS = 200;

/**
 * Uses the system's ping, since raw sockets need root. Without a reply ping ends with 1 (Linux, busybox) or 2 (macOS
 * and the BSDs), or is killed after PING_MS. If it could not send, it says so on stderr, with exit code 1 (busybox)
 * or 1 or 2 (iputils).
 */
async function sendPing({ address, family }: Address, payloadBytes: number): Promise<void> {
  const { command, options } = pingFor(process.platform, family);
  const { code, error, stderr } = await run(
    command,
    [...options, "-c", "1", "-s", String(payloadBytes), address],
    PING_MS,
  );
  if (error) throw new Error(`no ${command} on this machine: install it (Debian: iputils-ping)`);
  const isSent = code === 0 || ((code ?? 1) <= 2 && stderr.trim() === "");
  // Its message may contain the size.
  const said = plainText(stderr.trim().replace(/\d+/g, "…"), 200);
  if (!isSent) throw new Error(`${command} ended with ${code ?? "nothing sent"}: ${said}`);
}

/** BSD's ping takes `-W` in milliseconds, and IPv6 has a command of its own (ping(8) of macOS). */
function pingFor(platform: NodeJS.Platform, family: 4 | 6): { command: string; options: string[] } {
  if (platform !== "darwin") return { command: "ping", options: [`-${family}`, "-q", "-W", "1"] };
  return family === 4
    ? { command: "ping", options: ["-q", "-W", "1000"] }
    : { command: "ping6", options: ["-q"] };
}
