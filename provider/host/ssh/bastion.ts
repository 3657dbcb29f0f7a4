import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "ssh2";
import { distinctKnocks, type NamedKnockSource } from "../../door/knockSources";
import { PortKnockError } from "../../errors";
import { REFUSED } from "../../knock/dial";
import { DEFAULT_DELAY_MS } from "../../knock/send";
import type { Connection, Login } from "../../policy/connection";
import { answerLimits } from "../answerLimits";
import { knockSourcesOfBastion, serializePerHost } from "../registry";
import { directRoute, type Route } from "../route";
import { isTrusted, type Trust } from "../trust";
import { BastionUnreachable, UNANSWERED } from "../unreachable";
import { bastionTrust, rememberBastionKey } from "./bastionTrust";
import { limitBastionLogins } from "./handshakes";
import { untrustedHostKey } from "./login";
import { BASTION, loginRefusal } from "./loginErrors";
import type { LimitExceeded, Meter } from "./meter";
import { logInMetered, type MeteredClient, tooMuch } from "./metered";
import { takesPackets } from "./packets";

/** What the state remembers of a bastion: its key, and what opened its SSH port. */
export interface BastionHistory {
  readonly hostKey?: string;
  readonly knockSources?: readonly NamedKnockSource[];
}

/**
 * The route through a bastion. It opens TCP connections for us (RFC 4254, 7.2, direct-tcpip), so packets come from its address,
 * and a knock is an attempt to connect. It cannot send UDP or ICMP; `check` refuses such sequences.
 */
export async function bastionRoute(
  proxy: Login,
  { host }: Connection,
  connectTimeoutMs: number,
  history: BastionHistory,
): Promise<Route> {
  const { client, meter, hostKey, release } = await borrow(proxy, history, connectTimeoutMs);
  let refusal: PortKnockError | undefined;
  const open = (port: number) =>
    openChannel(client, meter, host, port).catch((error: unknown) => {
      refusal ??= refusalOf(proxy, host, port, error);
      throw refusal ?? error;
    });
  return {
    bastionHostKey: hostKey,
    async knock(sequence) {
      for (const step of sequence) {
        if (step.protocol !== "tcp") throw new Error("a bastion can only send TCP knocks");
        // Whether the port accepts the connection does not matter.
        open(step.port).then(
          (channel) => channel.destroy(),
          () => undefined,
        );
        await pause(DEFAULT_DELAY_MS);
      }
    },
    async dial(port, timeoutMs) {
      const opened = open(port);
      const channel = await Promise.race([opened, pause(timeoutMs, undefined, { ref: false })]);
      if (channel) return counted(channel, meter);
      opened.then(
        (late) => late.destroy(),
        () => undefined,
      );
      // A knock that was never sent opens nothing.
      throw refusal ?? new Error(`the bastion got no answer within ${timeoutMs} ms`);
    },
    close: release,
  };
}

/** Data of the host also count as data that the bastion may send. */
function counted(channel: Duplex, meter: Meter): Duplex {
  channel.pause();
  return channel.on("data", (data: Buffer) => meter.allow(data.length + answerLimits.packetOverheadBytes));
}

interface Shared {
  readonly bastion: Promise<MeteredClient>;
  users: number;
}

/** By login. All hosts behind a bastion share one connection to it: sshd drops bursts of new ones (MaxStartups). */
const bastions = new Map<string, Shared>();

/** A connection to the bastion, which ends with the last of its users. */
async function borrow(
  proxy: Login,
  history: BastionHistory,
  connectTimeoutMs: number,
): Promise<MeteredClient & { readonly release: () => void }> {
  const trust = await bastionTrust(proxy, history.hostKey);
  const key = JSON.stringify(proxy);
  const shared =
    bastions.get(key) ??
    share(
      key,
      limitBastionLogins(proxy, () => connectTo(proxy, history, connectTimeoutMs)),
    );
  shared.users++;
  let isReleased = false;
  const bastion = await shared.bastion;
  const release = () => {
    if (isReleased) return;
    isReleased = true;
    if (--shared.users > 0) return;
    forget(key, shared);
    bastion.end();
  };
  if (isTrusted(trust, bastion.hostKey, proxy.acceptNewHostKey)) return { ...bastion, release };
  release();
  throw untrustedHostKey(proxy, trust, bastion.hostKey);
}

function share(key: string, bastion: Promise<MeteredClient>): Shared {
  const shared = { bastion, users: 0 };
  bastions.set(key, shared);
  const end = () => forget(key, shared);
  bastion.then(({ client }) => client.once("close", end), end);
  return shared;
}

/** A connection that failed or ended is not shared any more. */
function forget(key: string, shared: Shared): void {
  if (bastions.get(key) === shared) bastions.delete(key);
}

/** Errors of bastions that sent too much, by address. The next host behind one would fail in the same way. */
const passed = new Map<string, LimitExceeded>();

/** @throws BastionUnreachable where another try may help. */
async function connectTo(
  proxy: Login,
  history: BastionHistory,
  connectTimeoutMs: number,
): Promise<MeteredClient> {
  try {
    return await knockAndLogIn(proxy, history, connectTimeoutMs);
  } catch (error) {
    if (error instanceof PortKnockError && error.code !== "unreachable") throw error;
    throw new BastionUnreachable(proxy, error);
  }
}

async function knockAndLogIn(
  proxy: Login,
  { hostKey, knockSources }: BastionHistory,
  connectTimeoutMs: number,
): Promise<MeteredClient> {
  const address = `${proxy.host} ${proxy.port}`;
  const logInWith = async (trust: Trust) => {
    const limit = passed.get(address);
    if (limit) throw tooMuch(proxy, limit);
    const direct = await directRoute(proxy.host);
    const sources = [
      ...(proxy.knock ? [{ sequence: proxy.knock, source: "connection.proxy.knock" }] : []),
      ...knockSourcesOfBastion(proxy.host, knockSources),
    ];
    for (const { sequence } of distinctKnocks(sources, false)) await direct.knock(sequence);
    const socket = await direct.dial(proxy.port, connectTimeoutMs);
    const bastion = await logInMetered(proxy, socket, trust, BASTION);
    rememberBastionKey(proxy, bastion.hostKey);
    bastion.meter.passed.then((error) => {
      passed.set(address, error);
      bastion.cut();
    });
    return bastion;
  };
  const trust = await bastionTrust(proxy, hostKey);
  if (trust.keys.length > 0) return await logInWith(trust);
  // If two logins meet the bastion for the first time at once, the second must see the first one's key.
  return await serializePerHost(`bastion ${address}`, async () =>
    logInWith(await bastionTrust(proxy, hostKey)),
  );
}

/** Failures that another try cannot change: the bastion may not open the connection, or cannot resolve the host's name. */
function refusalOf(proxy: Login, host: string, port: number, error: unknown): PortKnockError | undefined {
  const { message, reason } = error as Error & { readonly reason?: unknown };
  if (reason === ADMINISTRATIVELY_PROHIBITED) {
    return loginRefusal(
      proxy,
      `the bastion may not open connections to ${host}, port ${port}`,
      "in its sshd_config set AllowTcpForwarding to yes or local, and let PermitOpen have each port that is knocked on and the SSH port; or take `restrict` and `no-port-forwarding` from the key's line in authorized_keys.",
    );
  }
  if (!/name or service not known|unknown host|no address associated/i.test(message)) return undefined;
  return loginRefusal(
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

/** A host may send data at once. The bastion's limit must not count them. */
function openChannel(client: Client, meter: Meter, host: string, port: number): Promise<Duplex> {
  meter.allow(answerLimits.windowBytes);
  return new Promise((resolve, reject) => {
    client.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
      if (!error && !takesPackets(channel)) {
        channel.destroy();
        reject(new Error("the bastion takes no packets of a usable size"));
      } else if (!error) resolve(channel);
      else reject(Object.assign(error, codeOfChannel(error)));
    });
  });
}
