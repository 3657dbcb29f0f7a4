import { lookup } from "node:dns/promises";
import type { Duplex } from "node:stream";
import { dial, REFUSED } from "../knock/dial";
import { type Address, sendSequence } from "../knock/send";
import type { Sequence } from "../policy/types";
import type { HostKey } from "./hostKey";

/** The way that packets take to a host. All of a route come from one address, so that a grant serves the connection. */
export interface Route {
  /** The key of the bastion through which it leads. */
  readonly bastionHostKey?: HostKey;
  /** That of the host's address; undefined where the packets are another's to send. */
  readonly family?: 4 | 6;
  knock(sequence: Sequence): Promise<void>;
  /** Opens a TCP connection. Rejects where none comes about in time; with the code REFUSED where the host refuses it. */
  dial(port: number, timeoutMs: number): Promise<Duplex>;
  close(): void;
}

/** Straight from this machine, to the `choice`th address of the host's name (modulo how many there are). */
export async function directRoute(host: string, choice = 0): Promise<Route> {
  const addresses = await lookup(host, { all: true });
  const found = addresses[choice % addresses.length];
  if (found === undefined) throw new Error("the name has no address");
  const address: Address = { address: found.address, family: found.family === 6 ? 6 : 4 };
  return {
    family: address.family,
    knock: (sequence) => sendSequence(address, sequence),
    dial: (port, timeoutMs) => dial(address, port, timeoutMs),
    close: () => undefined,
  };
}

/** What comes back of a SYN; `none` also where it comes too late. */
export type Reply = "accepted" | "refused" | "none";

export function tryPort(route: Route, port: number, timeoutMs: number): Promise<Reply> {
  const asked = performance.now();
  return route.dial(port, timeoutMs).then(
    (socket) => {
      socket.destroy();
      // On a busy machine its end may be seen before the time-out.
      return performance.now() - asked > timeoutMs ? "none" : "accepted";
    },
    (error: NodeJS.ErrnoException) => (error.code === REFUSED ? "refused" : "none"),
  );
}
