import type { Client } from "ssh2";
import type { Connection } from "../../policy/connection";
import { quote } from "../../quote";
import type { Route } from "../route";
import type { HostKey, Trust } from "../trust";
import { logIn } from "./login";

/** A logged-in SSH connection. */
export interface Session {
  readonly hostKey: HostKey;
  /** The way that the connection took, for packets that must come from the same address. */
  readonly route: Route;
  /** Milliseconds that the TCP handshake took: one round trip. */
  readonly roundTripMs: number;
  /** Runs a script as root (through sudo where asked) and resolves with all it printed, once it ended. */
  run(script: string, timeoutMs: number): Promise<{ readonly stdout: string; readonly stderr: string }>;
  close(): void;
}

/**
 * Opens one connection, never shared, so that it proves that a new one gets through.
 * @throws PortKnockError `login`, `host-key`, `unreachable`; Error where no TCP connection comes about.
 */
export async function openSession(
  connection: Connection,
  route: Route,
  trust: Trust,
  connectTimeoutMs: number,
): Promise<Session> {
  const dialled = performance.now();
  const socket = await route.dial(connection.port, connectTimeoutMs);
  const roundTripMs = performance.now() - dialled;
  const { client, hostKey } = await logIn(connection, socket, trust);
  return {
    hostKey,
    route,
    roundTripMs,
    run: (script, timeoutMs) => runScript(client, connection, script, timeoutMs),
    close: () => {
      client.end();
      route.close();
    },
  };
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
