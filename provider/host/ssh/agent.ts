import { connect } from "node:net";
import type { Login } from "../../policy/connection";

/** Where the socket of an ssh-agent was named, and its path. */
export interface Agent {
  readonly source: string;
  readonly path: string;
}

/** The agent that a login may use: the environment's only where the login has no other credential. */
export function agentOf({ agentSocketPath, privateKey, password }: Partial<Login>): Agent | undefined {
  if (agentSocketPath) return { source: "agentSocketPath", path: agentSocketPath };
  const path = privateKey || password ? undefined : process.env.SSH_AUTH_SOCK;
  return path ? { source: "SSH_AUTH_SOCK", path } : undefined;
}

/** An agent answers at once, or waits for someone to unlock it. */
const PATIENCE_MS = 3_000;

/** The number of usable keys in an agent; or what is wrong with the agent and what to do about it. */
export async function keysInAgent({ source, path }: Agent): Promise<number | CredentialProblem> {
  const named = `the ssh-agent of ${source}`;
  try {
    if (path !== "pageant") await connectTo(path);
  } catch (error) {
    const why = REASONS[(error as NodeJS.ErrnoException).code ?? ""] ?? "cannot be reached";
    return { problem: `${named} ${why}`, remedy: START };
  }
  const { createAgent } = await import("ssh2");
  const held = new Promise<number>((resolve, reject) => {
    createAgent(path).getIdentities((error, keys) => (error ? reject(error) : resolve(keys?.length ?? 0)));
  });
  const count = await Promise.race([held, patience()]).catch(() => undefined);
  if (count === undefined) return { problem: `${named} does not answer as an agent does`, remedy: START };
  if (count > 0) return count;
  return {
    problem: `${named} has no key that can be used here: it is empty or locked, or has only certificates and hardware keys`,
    remedy: "look with `ssh-add -l`, and add a key with `ssh-add FILE`",
    isEmpty: true,
  };
}

export interface CredentialProblem {
  readonly problem: string;
  readonly remedy: string;
  /** The agent runs, and may have a key later. */
  readonly isEmpty?: true;
}

const START = "start an agent and add a key: eval $(ssh-agent) && ssh-add FILE";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "does not run: its socket does not exist",
  ECONNREFUSED: "does not run: nobody listens on its socket",
  ENOTSOCK: "does not run: its path is no socket",
  EACCES: "belongs to another user: its socket may not be opened",
  EPERM: "belongs to another user: its socket may not be opened",
};

function connectTo(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}

function patience(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error("no answer")), PATIENCE_MS).unref();
  });
}
