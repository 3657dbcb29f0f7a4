import type { Writable } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import type { Connection } from "../../policy/connection";
import { quote } from "../../quote";
import { answerLimits } from "../answerLimits";
import type { HostKey } from "../hostKey";
import type { Route } from "../route";
import type { Trust } from "../trust";
import { LimitPassed, type Meter } from "./meter";
import { logInMetered } from "./metered";
import type { Output } from "./output";
import { takesPackets } from "./packets";

/** A logged-in SSH connection. */
export interface Session {
  readonly hostKey: HostKey;
  /** The way that the connection took, for packets that must come from the same address. */
  readonly route: Route;
  /** Milliseconds that the TCP handshake took: one round trip. */
  readonly roundTripMs: number;
  /**
   * Runs a script as root (through sudo where asked) and resolves once `output` has all of its answer, or it ended.
   * @throws LimitPassed; the connection is over then.
   */
  run(script: string, output: Output, timeoutMs: number): Promise<void>;
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
  const { client, hostKey, meter, end, cut } = await logInMetered(connection, socket, trust);
  return {
    hostKey,
    route,
    roundTripMs,
    run: (script, output, timeoutMs) => {
      const run = runScript(client, connection, script, metered(output, meter), timeoutMs);
      return meter.guard(run).catch((error: unknown) => {
        cut();
        throw error;
      });
    },
    close: () => {
      end();
      route.close();
    },
  };
}

/** Who takes data of a packet lets in as much: what nobody takes, a host may not send for long. */
function metered(output: Output, meter: Meter): Output {
  const allow = (text: string) => meter.allow(Buffer.byteLength(text) + answerLimits.packetOverheadBytes);
  return {
    ...output,
    takeStdout(text) {
      allow(text);
      return output.takeStdout(text);
    },
    takeStderr(text) {
      allow(text);
      output.takeStderr(text);
    },
  };
}

/** What sudo asks its password with, and what sh says before it takes the script. */
const PROMPT = "portknock sudo password";
const READY = "portknock ready";

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
  output: Output,
  timeoutMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the script did not end within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const end = (error?: unknown) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve();
    };
    client.exec(command(connection), (error, stream) => {
      if (error) end(error);
      else if (!takesPackets(stream)) end(new LimitPassed("it takes no packets of a usable size"));
      else follow(stream, connection, script, output, end);
    });
  });
}

/** Gives the script, and reads its answer up to its end; what a host sends or leaves open after that is nobody's. */
function follow(
  stream: ClientChannel,
  { sudo, sudoPassword }: Connection,
  script: string,
  output: Output,
  end: (error?: unknown) => void,
): void {
  const dialogue =
    sudo && sudoPassword !== undefined ? sudoDialogue(sudoPassword, script, stream) : undefined;
  let isOver = false;
  const listen = (take: () => boolean) => {
    if (isOver) return;
    try {
      isOver = take();
      if (isOver) end();
    } catch (error) {
      isOver = true;
      end(error);
    }
  };
  stream.setEncoding("utf8").on("data", (text: string) =>
    listen(() => {
      dialogue?.stdout(text);
      return output.takeStdout(text);
    }),
  );
  stream.stderr.setEncoding("utf8").on("data", (text: string) =>
    listen(() => {
      dialogue?.stderr(text);
      output.takeStderr(text);
      return false;
    }),
  );
  stream.on("close", () => end());
  if (!dialogue) stream.end(script);
}

/**
 * Gives sudo the password when it asks, and sh the script when it is there. What is sent before sudo asks would be read
 * as further passwords where the first is wrong, and some hosts lock an account after three.
 */
function sudoDialogue(password: string, script: string, stdin: Writable) {
  const asked = counterOf(PROMPT);
  const ready = counterOf(READY);
  let isAnswered = false;
  let isOver = false;
  return {
    stdout(text: string): void {
      if (isOver || ready(text) === 0) return;
      isOver = true;
      stdin.end(script);
    },
    stderr(text: string): void {
      if (isOver) return;
      const times = asked(text);
      if (times > 1) {
        isOver = true;
        stdin.end();
      } else if (times === 1 && !isAnswered) {
        isAnswered = true;
        stdin.write(`${password}\n`);
      }
    },
  };
}

/** How often a text came so far in what comes in pieces. */
function counterOf(wanted: string): (piece: string) => number {
  let count = 0;
  let tail = "";
  return (piece) => {
    const text = tail + piece;
    count += text.split(wanted).length - 1;
    tail = text.slice(-(wanted.length - 1));
    return count;
  };
}
