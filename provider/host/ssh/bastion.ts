import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "ssh2";
import { PortKnockError } from "../../errors";
import { REFUSED } from "../../knock/dial";
import { DEFAULT_DELAY_MS } from "../../knock/send";
import type { Connection, Login } from "../../policy/connection";
import { knocksNow } from "../openers";
import { openersOfOthers } from "../registry";
import { directRoute, type Route } from "../route";
import { findTrust } from "../trust";
import { BastionUnreachable, UNANSWERED } from "../unreachable";
import { enterBastion } from "./handshakes";
import { logIn } from "./login";
import { BASTION, refused } from "./loginErrors";

/**
 * The way through a bastion: it opens TCP connections for us (RFC 4254, 7.2, direct-tcpip), so packets come from its
 * address, and a knock is a connection that it tries. It can send no other packets, which `check` sees to.
 */
export async function bastionRoute(
  proxy: Login,
  { host }: Connection,
  connectTimeoutMs: number,
): Promise<Route> {
  const { client, release } = await borrow(proxy, connectTimeoutMs);
  let refusal: PortKnockError | undefined;
  const open = (port: number) =>
    openChannel(client, host, port).catch((error: unknown) => {
      refusal ??= refusalOf(proxy, host, port, error);
      throw refusal ?? error;
    });
  return {
    async knock(sequence) {
      for (const step of sequence) {
        if (step.protocol !== "tcp") throw new Error("a bastion can only send TCP knocks");
        // The answer says whether the port let the bastion in, which does not matter.
        open(step.port).then(
          (channel) => channel.destroy(),
          () => undefined,
        );
        await pause(DEFAULT_DELAY_MS);
      }
    },
    dial: (port, timeoutMs) =>
      Promise.race([
        open(port),
        pause(timeoutMs, undefined, { ref: false }).then(() => {
          // A knock that was never sent opens nothing.
          throw refusal ?? new Error(`the bastion got no answer within ${timeoutMs} ms`);
        }),
      ]),
    close: release,
  };
}

interface Shared {
  readonly client: Promise<Client>;
  users: number;
}

/** By login. All hosts behind a bastion share one connection to it: sshd drops bursts of new ones (MaxStartups). */
const bastions = new Map<string, Shared>();

/** A connection to the bastion, which ends with the last of its users. */
async function borrow(
  proxy: Login,
  connectTimeoutMs: number,
): Promise<{ readonly client: Client; readonly release: () => void }> {
  const key = JSON.stringify(proxy);
  const shared =
    bastions.get(key) ??
    share(
      key,
      enterBastion(proxy, () => connectTo(proxy, connectTimeoutMs)),
    );
  shared.users++;
  let isReleased = false;
  const client = await shared.client;
  const release = () => {
    if (isReleased) return;
    isReleased = true;
    if (--shared.users > 0) return;
    forget(key, shared);
    client.end();
  };
  return { client, release };
}

function share(key: string, client: Promise<Client>): Shared {
  const shared = { client, users: 0 };
  bastions.set(key, shared);
  const end = () => forget(key, shared);
  client.then((connected) => connected.once("close", end), end);
  return shared;
}

/** One that has failed or ended is nobody's to borrow. */
function forget(key: string, shared: Shared): void {
  if (bastions.get(key) === shared) bastions.delete(key);
}

/** @throws BastionUnreachable where another try may help. */
async function connectTo(proxy: Login, connectTimeoutMs: number): Promise<Client> {
  try {
    return await knockAndLogIn(proxy, connectTimeoutMs);
  } catch (error) {
    if (error instanceof PortKnockError && error.code !== "unreachable") throw error;
    throw new BastionUnreachable(proxy, error);
  }
}

async function knockAndLogIn(proxy: Login, connectTimeoutMs: number): Promise<Client> {
  const trust = await findTrust(proxy, undefined);
  const direct = await directRoute(proxy.host);
  // The bastion may have a door of the same stack.
  for (const opener of openersOfOthers(proxy.host, "")) {
    for (const { sequence } of knocksNow(opener, false)) await direct.knock(sequence);
  }
  const socket = await direct.dial(proxy.port, connectTimeoutMs);
  return (await logIn(proxy, socket, trust, BASTION)).client;
}

/** What no other try changes: a bastion that may not open the connection, or does not know the host's name. */
function refusalOf(proxy: Login, host: string, port: number, error: unknown): PortKnockError | undefined {
  const { message, reason } = error as Error & { readonly reason?: unknown };
  if (reason === ADMINISTRATIVELY_PROHIBITED) {
    return refused(
      proxy,
      `the bastion may not open connections to ${host}, port ${port}`,
      "in its sshd_config set AllowTcpForwarding to yes or local, and let PermitOpen have each port that is knocked on and the SSH port; or take `restrict` and `no-port-forwarding` from the key's line in authorized_keys.",
    );
  }
  if (!/name or service not known|unknown host|no address associated/i.test(message)) return undefined;
  return refused(
    proxy,
    `the bastion does not know the name ${host}`,
    "give connection.host as the bastion knows it, such as its address.",
  );
}

/** RFC 4254, 5.1: SSH_OPEN_ADMINISTRATIVELY_PROHIBITED. */
const ADMINISTRATIVELY_PROHIBITED = 1;

/** What sshd says in words (channels.c, gai_strerror(3)), as Node does. */
function codeOfChannel({ message }: Error): { readonly code?: string } {
  if (/refused/i.test(message)) return { code: REFUSED };
  return /temporary failure in name resolution/i.test(message) ? { code: UNANSWERED } : {};
}

function openChannel(client: Client, host: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
      if (!error) resolve(channel);
      else reject(Object.assign(error, codeOfChannel(error)));
    });
  });
}
