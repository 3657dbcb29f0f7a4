import type { Writable } from "node:stream";
import type { Client } from "ssh2";
import type { Connection } from "../../policy/connection";
import { quote } from "../../quote";
import type { HostKey } from "../hostKey";
import type { Route } from "../route";
import type { Trust } from "../trust";
import { logIn } from "./login";

/** What a script printed, and the code that it ended with, where the host says one. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
  readonly code?: number | undefined;
}

/** The host refused to start anything. */
export class NotStarted extends Error {}

/** A logged-in SSH connection. */
export interface Session {
  readonly user: string;
  readonly hostKey: HostKey;
  /** The way that the connection took, for packets that must come from the same address. */
  readonly route: Route;
  /** Milliseconds that the TCP handshake took: one round trip. */
  readonly roundTripMs: number;
  /**
   * Runs a script as root (through sudo where asked) and resolves with all it printed, once it ended. Rejects with
   * NotStarted where the host started nothing.
   */
  run(script: string, timeoutMs: number): Promise<Printed>;
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
    user: connection.user,
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

/** What sudo asks its password with, and what sh says before it takes the script. */
const PROMPT = "portknock sudo password";
const READY = "portknock ready";

/** What images of clouds run for root's key in place of a command (cloud-init, disable_root_opts). */
export const TURNED_AWAY = /^Please login as the user "?([^"\n]*?)"? rather than the user /m;

/**
 * The login shell may be any, so it only starts sh; the script comes on stdin, and a secret is never an argument. The
 * one argument is the client's address as sshd saw it (ssh(1), SSH_CLIENT), which sudo would drop from the environment.
 */
function command({ sudo, sudoPassword }: Connection): string {
  const shell = 'sh -s -- "$SSH_CLIENT"';
  if (!sudo) return `exec ${shell}`;
  if (sudoPassword === undefined) return `exec sudo -n ${shell}`;
  const start = `echo ${quote(READY)}; exec sh -s -- "$1"`;
  return `exec sudo -k -S -p ${quote(PROMPT)} sh -c ${quote(start)} sh "$SSH_CLIENT"`;
}

function runScript(
  client: Client,
  connection: Connection,
  script: string,
  timeoutMs: number,
): Promise<Printed> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`the script did not end within ${timeoutMs} ms`));
      client.destroy();
    }, timeoutMs);
    client.exec(command(connection), (error, stream) => {
      if (error) {
        clearTimeout(timer);
        // Else the connection ended meanwhile.
        const isRefused = /open failure|unable to exec/i.test(error.message);
        reject(isRefused ? new NotStarted(error.message, { cause: error }) : error);
        return;
      }
      let stdout = "";
      let stderr = "";
      const answer =
        connection.sudo && connection.sudoPassword !== undefined
          ? sudoDialogue(connection.sudoPassword, script)
          : undefined;
      const end = (code?: number) => {
        clearTimeout(timer);
        resolve({ stdout, stderr: stderr.replaceAll(PROMPT, ""), code });
      };
      const follow = () => {
        answer?.(stdout, stderr, stream);
        // Such a login waits for ten seconds more, and runs nothing.
        if (TURNED_AWAY.test(stdout)) end();
      };
      stream.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
        follow();
      });
      stream.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
        follow();
      });
      stream.on("close", end);
      if (!answer) stream.end(script);
    });
  });
}

/**
 * Gives sudo the password when it asks, and sh the script when it is there. What is sent before sudo asks would be read
 * as further passwords where the first is wrong, and some hosts lock an account after three.
 */
function sudoDialogue(password: string, script: string) {
  let isAnswered = false;
  let isOver = false;
  return (stdout: string, stderr: string, stdin: Writable): void => {
    if (isOver) return;
    const asked = stderr.split(PROMPT).length - 1;
    if (stdout.includes(READY)) {
      isOver = true;
      stdin.end(script);
    } else if (asked > 1) {
      isOver = true;
      stdin.end();
    } else if (asked === 1 && !isAnswered) {
      isAnswered = true;
      stdin.write(`${password}\n`);
    }
  };
}
