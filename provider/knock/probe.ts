import { connect } from "node:net";
import type { Address } from "./send";

/**
 * Whether a port answers a SYN at all within the time, by accepting or by refusing. A firewall that drops does neither.
 */
export function answers({ address, family }: Address, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, family, port });
    const finish = (answered: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answered);
    };
    const timer = setTimeout(() => finish(false), timeoutMs);
    socket.on("connect", () => finish(true));
    socket.on("error", (error: NodeJS.ErrnoException) => finish(error.code === "ECONNREFUSED"));
  });
}
