import { connect as connectTcp, type Socket } from "node:net";
import { Client, type ConnectConfig } from "ssh2";
import { PortKnockError } from "../errors";
import type { Address } from "../knock/send";
import type { Connection } from "../policy/connection";
import { quote } from "./quote";
import { fingerprint, type HostKey, hostKeyOf, type Trust } from "./trust";

/** A logged-in SSH connection. */
export interface Session {
  readonly hostKey: HostKey;
  readonly address: Address;
  /** Milliseconds that the TCP handshake took: one round trip. */
  readonly roundTripMs: number;
  /** Runs a script as root (through sudo where asked) and resolves with all it printed, once it ended. */
  run(script: string, timeoutMs: number): Promise<{ readonly stdout: string; readonly stderr: string }>;
  close(): void;
}

/**
 * Opens one connection, never shared, so that it proves that a new one gets through.
 * @throws PortKnockError `unreachable` (worth another try), `login`, `host-key`.
 */
export async function openSession(
  connection: Connection,
  address: Address,
  trust: Trust,
  connectTimeoutMs: number,
): Promise<Session> {
  const dialled = performance.now();
  const socket = await dial(connection, address, connectTimeoutMs);
  const roundTripMs = performance.now() - dialled;
  const client = new Client();
  let presented: HostKey | undefined;
  const isTrusted = (key: HostKey) =>
    trust.keys.length === 0 || trust.keys.some(({ base64 }) => base64 === key.base64);
  try {
    await new Promise<void>((resolve, reject) => {
      client.on("ready", resolve);
      client.on("error", reject);
      client.on("close", () => reject(new Error("the host closed the connection")));
      client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) =>
        finish(prompts.map(() => connection.password ?? "")),
      );
      client.connect({
        ...credentials(connection),
        sock: socket,
        username: connection.user,
        readyTimeout: connection.perDialTimeout * 1000,
        // A host that falls silent during a script is noticed after 15 s.
        keepaliveInterval: 5_000,
        keepaliveCountMax: 3,
        algorithms: { serverHostKey: preferred(trust) },
        hostVerifier: (blob: Buffer) => {
          presented = hostKeyOf(blob);
          return isTrusted(presented);
        },
      });
    });
  } catch (cause) {
    client.destroy();
    if (presented && !isTrusted(presented)) throw untrustedHostKey(connection, trust, presented);
    throw connectionError(connection, cause);
  }
  // Later errors reach whoever waits for a script, by the end of its channel.
  client.on("error", () => undefined);
  return {
    hostKey: presented ?? { type: "", base64: "" },
    address,
    roundTripMs,
    run: (script, timeoutMs) => runScript(client, connection, script, timeoutMs),
    close: () => client.end(),
  };
}

function dial(connection: Connection, { address, family }: Address, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: address, family, port: connection.port });
    const giveUp = (cause: Error) => {
      socket.destroy();
      reject(connectionError(connection, cause));
    };
    const timer = setTimeout(() => giveUp(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    socket.once("error", (error) => {
      clearTimeout(timer);
      giveUp(error);
    });
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

type LoginMethod = "publickey" | "agent" | "password" | "keyboard-interactive";

/** Asking for what is there, in ssh's order, saves the round trip that ssh2 spends on asking what is allowed. */
function credentials(connection: Connection): ConnectConfig {
  const { privateKey, privateKeyPassword, password } = connection;
  const agent =
    connection.agentSocketPath ?? (privateKey || password ? undefined : process.env.SSH_AUTH_SOCK);
  const methods: LoginMethod[] = [
    ...(privateKey ? (["publickey"] as const) : []),
    ...(agent ? (["agent"] as const) : []),
    ...(password ? (["password", "keyboard-interactive"] as const) : []),
  ];
  return {
    ...(privateKey && { privateKey }),
    ...(privateKeyPassword && { passphrase: privateKeyPassword }),
    ...(agent && { agent }),
    ...(password && { password, tryKeyboard: true }),
    authHandler: methods,
  };
}

const KEY_ALGORITHMS = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
] as const;

/** Asks first for keys of the types that are known, as OpenSSH does: a host has several, and one may be pinned. */
function preferred({ keys }: Trust): (typeof KEY_ALGORITHMS)[number][] {
  const isKnown = (algorithm: string) =>
    keys.some(({ type }) => type === algorithm || (type === "ssh-rsa" && algorithm.startsWith("rsa-")));
  return [...KEY_ALGORITHMS].sort((a, b) => Number(isKnown(b)) - Number(isKnown(a)));
}

function untrustedHostKey({ host }: Connection, { keys, source }: Trust, presented: HostKey): PortKnockError {
  const describe = (key: HostKey) => `${fingerprint(key)} (${key.type})`;
  const known = keys.map(describe).join(" and ");
  return new PortKnockError(
    "host-key",
    `the host presents the key ${describe(presented)}, ${known ? `but ${source} has ${known}` : "which is not known"}`,
    {
      host,
      phase: "connecting",
      hostState: "unchanged",
      remedy: known
        ? "if the host was reinstalled, set connection.hostKey to its new key; otherwise someone may be in between."
        : "compare it with the host's own, and set connection.hostKey.",
    },
  );
}

function connectionError({ host, user }: Connection, cause: unknown): PortKnockError {
  const isLogin = cause instanceof Error && "level" in cause && cause.level === "client-authentication";
  return isLogin
    ? new PortKnockError("login", `the host refuses to log ${user} in`, {
        host,
        phase: "connecting",
        hostState: "unchanged",
        remedy: "check connection.user and its credentials.",
        cause,
      })
    : new PortKnockError("unreachable", "no connection", {
        host,
        phase: "connecting",
        hostState: "unchanged",
        cause,
      });
}

/** The line after which the script begins. Read by a loop, since sudo may or may not have asked for a password before. */
const START = "portknock script";

/**
 * The login shell may be any, so it only starts sh; the script comes on stdin, and a secret is never an argument.
 * `read` takes a byte at a time from a pipe, so sh finds the rest of the script where the loop left it. The one argument
 * is the client's address as sshd saw it (ssh(1), SSH_CLIENT), which sudo would drop from the environment.
 */
function command({ sudo, sudoPassword }: Connection): string {
  const loop = `while IFS= read -r line; do [ "$line" != "${START}" ] || exec sh -s "$1"; done`;
  const start = `sh -c ${quote(loop)} portknock "$SSH_CLIENT"`;
  if (!sudo) return `exec ${start}`;
  return sudoPassword === undefined ? `exec sudo -n ${start}` : `exec sudo -k -S -p '' ${start}`;
}

function runScript(
  client: Client,
  connection: Connection,
  script: string,
  timeoutMs: number,
): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`the script did not end within ${timeoutMs} ms`));
      client.destroy();
    }, timeoutMs);
    client.exec(command(connection), (error, stream) => {
      if (error) {
        clearTimeout(timer);
        reject(error);
        return;
      }
      let stdout = "";
      let stderr = "";
      stream.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
      });
      stream.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
      });
      stream.on("close", () => {
        clearTimeout(timer);
        resolve({ stdout, stderr });
      });
      stream.end(`${connection.sudo ? `${connection.sudoPassword ?? ""}\n` : ""}${START}\n${script}`);
    });
  });
}
