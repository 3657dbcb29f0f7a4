import { createSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import type { Address } from "./send";

/** The code of `dial`'s error if the host refuses the connection. */
export const REFUSED = "ECONNREFUSED";

/**
 * Opens a TCP connection. Rejects if there is no answer in time, with the code REFUSED if the host refuses, and with
 * the signal's reason if the signal is aborted.
 */
export function dial(
  { address, family }: Address,
  port: number,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // Without it a small packet waits for the acknowledgement of the one before (RFC 896), several times a handshake.
    const socket = connect({ host: address, family, port, noDelay: true });
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    const giveUp = (error: unknown) => {
      settle();
      socket.destroy();
      reject(error);
    };
    const abort = () => giveUp(signal?.reason);
    const timer = setTimeout(() => giveUp(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    signal?.addEventListener("abort", abort);
    socket.once("error", giveUp);
    socket.once("connect", () => {
      settle();
      socket.off("error", giveUp);
      resolve(socket);
    });
  });
}

/** The local address that packets to a host come from. Connecting a UDP socket sends nothing (connect(2)). */
export function sourceOf({ address, family }: Address): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(family === 4 ? "udp4" : "udp6");
    const finish = (source?: string) => {
      socket.close();
      resolve(source);
    };
    socket.once("error", () => finish());
    socket.connect(9, address, () => finish(socket.address().address));
  });
}
