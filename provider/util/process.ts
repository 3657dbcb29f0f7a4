import { type SpawnOptions, spawn } from "node:child_process";
import { constants } from "node:os";

/** The end of a command. `code` is undefined if it could not start, or a signal or the time limit ended it. */
export interface ProcessExit {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it could not start. */
  readonly error?: Error;
}

/** The environment variable for a sequence. Commands that we start do not get it. */
export const SEQUENCE_VARIABLE = "PORTKNOCK_SEQUENCE";

/**
 * How many characters a command may print. The state of 10,000 doors has a third, and a JavaScript string twice that.
 */
const PRINTED_MAX = 256 * 2 ** 20;

/**
 * Runs a command without a shell. Never rejects. Arguments are world-readable while it runs: secrets go into `input`, its
 * stdin.
 */
export function run(
  command: string,
  args: readonly string[],
  timeoutMs: number,
  input = "",
): Promise<ProcessExit> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env: environment({}) });
    // A command that reads nothing closes its end.
    child.stdin.on("error", () => undefined).end(input);
    // Node's own time limit goes on if the command cannot start, and keeps this process alive.
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    let stdout = "";
    let stderr = "";
    const end = (ended: Pick<ProcessExit, "code" | "error">) => {
      clearTimeout(timer);
      resolve({ ...ended, stdout, stderr });
    };
    const check = () => {
      if (stdout.length + stderr.length <= PRINTED_MAX) return;
      child.kill("SIGKILL");
      child.stdout.destroy();
      child.stderr.destroy();
      stdout = "";
      stderr = `${command} printed more than ${PRINTED_MAX / 2 ** 20} MiB`;
      end({ code: undefined });
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      check();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      check();
    });
    child.on("error", (error) => end({ code: undefined, error: withoutArguments(error) }));
    child.on("close", (code) => end({ code: code ?? undefined }));
  });
}

/** A command with the terminal, input and output of this process. */
export interface Foreground {
  /** Its exit code; 128 plus the signal's number if a signal ended it, as in shells. Rejects if it cannot start. */
  readonly ended: Promise<number>;
  /** Asks it to end. */
  stop(): void;
}

/** The signals that are passed on. SIGINT, SIGQUIT and SIGTSTP reach the command from the terminal. */
const PASSED_ON = ["SIGTERM", "SIGHUP"] as const;

/** Starts a command in the foreground, without a shell. Arguments are world-readable while it runs: no secrets. */
export function startInForeground(
  command: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Foreground {
  const options: SpawnOptions = { stdio: "inherit", env: environment(more) };
  const child = spawn(command, args, options);
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of PASSED_ON) process.on(signal, passOn);
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", (error) => reject(withoutArguments(error)));
    child.on("close", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  }).finally(() => {
    for (const signal of PASSED_ON) process.off(signal, passOn);
  });
  return { ended, stop: () => child.kill() };
}

/** Node's error contains all arguments of the command, which may be secret. */
function withoutArguments({ message, code }: NodeJS.ErrnoException): Error {
  return Object.assign(new Error(message), { code });
}

function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { [SEQUENCE_VARIABLE]: _, ...rest } = process.env;
  return { ...rest, ...more };
}
