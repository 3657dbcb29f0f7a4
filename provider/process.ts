import { spawn } from "node:child_process";

/** How a command ended. `code` is undefined where it could not be started, or was ended by a signal or the time limit. */
export interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it could not be started. */
  readonly error?: Error;
}

/** Runs a command without a shell. Never rejects. Arguments are world-readable while it runs: no secrets. */
export function run(command: string, args: readonly string[], timeoutMs: number): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", (error) => resolve({ code: undefined, stdout, stderr, error }));
    child.on("close", (code) => resolve({ code: code ?? undefined, stdout, stderr }));
  });
}
