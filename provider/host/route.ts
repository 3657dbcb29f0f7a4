import { lookup } from "node:dns/promises";
import type { Duplex } from "node:stream";
import { dial, REFUSED } from "../knock/dial";
import { type Address, sendSequence } from "../knock/send";
import type { Sequence } from "../policy/types";
import type { HostKey } from "./hostKey";

/** The path to a host. All packets of a route come from one address, so a grant covers the connection. */
export interface Route {
  /** The key of the bastion through which it leads. */
  readonly bastionHostKey?: HostKey;
  /** The family of the host's address; `undefined` if a bastion sends the packets. */
  readonly family?: 4 | 6;
  knock(sequence: Sequence): Promise<void>;
  /** Opens a TCP connection. Rejects after the time-out, or with the code REFUSED if the host refuses. */
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

/** The answer to a SYN; `none` if it comes too late. */
export type Reply = "accepted" | "refused" | "none";

export function tryPort(route: Route, port: number, timeoutMs: number): Promise<Reply> {
  const asked = performance.now();
  return route.dial(port, timeoutMs).then(
    (socket) => {
      socket.destroy();
      // On a busy machine the connection's event may run before an expired timer's.
      return performance.now() - asked > timeoutMs ? "none" : "accepted";
    },
    (error: NodeJS.ErrnoException) => (error.code === REFUSED ? "refused" : "none"),
  );
}
