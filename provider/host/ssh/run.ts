import type { Client, ClientChannel } from "ssh2";
import type { Connection } from "../../policy/connection";
import { quote } from "../../util/shellQuote";
import { LimitExceeded } from "./meter";
import type { Output } from "./output";
import { takesPackets } from "./packets";
import { PROMPT, READY, sudoDialogue } from "./sudo";

/** How a script ended; the exit code if it arrived before the end mark. */
export interface ScriptExit {
  readonly code?: number | undefined;
}

/** The host refused to start a command. */
export class NotStarted extends Error {}

/** Cloud images print this for root's key instead of running the command (cloud-init, disable_root_opts). */
export const OTHER_USER_NOTICE = /^Please login as the user "?([^"\n]*?)"? rather than the user /m;

/** The notice is within the first so many characters. It may arrive in pieces. */
const HEAD_CHARACTERS = 4_096;

/**
 * The login shell may be any shell, so it only starts sh. The script comes on stdin: no secret is ever an argument. The only
 * argument is the client's address as sshd sees it (ssh(1), SSH_CLIENT), since sudo would drop it from the environment.
 */
function command({ sudo, sudoPassword }: Connection): string {
  const shell = 'sh -s -- "$SSH_CLIENT"';
  if (!sudo) return `exec ${shell}`;
  if (sudoPassword === undefined) return `exec sudo -n ${shell}`;
  const start = `echo ${quote(READY)}; exec sh -s -- "$1"`;
  return `exec sudo -k -S -p ${quote(PROMPT)} sh -c ${quote(start)} sh "$SSH_CLIENT"`;
}

/** @throws LimitExceeded, NotStarted */
export function runScript(
  client: Client,
  connection: Connection,
  script: string,
  output: Output,
  timeoutMs: number,
): Promise<ScriptExit> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the script did not end within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const end: End = (error, ended = {}) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(ended);
    };
    client.exec(command(connection), (error, stream) => {
      // Any other error means that the connection ended.
      const isRefused = error && /open failure|unable to exec/i.test(error.message);
      if (error) end(isRefused ? new NotStarted(error.message, { cause: error }) : error);
      else if (!takesPackets(stream)) end(new LimitExceeded("it takes no packets of a usable size"));
      else follow(stream, connection, script, output, end);
    });
  });
}

type End = (error?: unknown, ended?: ScriptExit) => void;

/** Sends the script and reads its answer up to the end mark. Anything after that is ignored. */
function follow(
  stream: ClientChannel,
  { sudo, sudoPassword }: Connection,
  script: string,
  output: Output,
  end: End,
): void {
  const dialogue =
    sudo && sudoPassword !== undefined ? sudoDialogue(sudoPassword, script, stream) : undefined;
  let isOver = false;
  let head = "";
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
      if (output.takeStdout(text)) return true;
      if (head.length >= HEAD_CHARACTERS) return false;
      head += text.slice(0, HEAD_CHARACTERS);
      // Such a login sleeps for ten more seconds and runs nothing.
      return OTHER_USER_NOTICE.test(head);
    }),
  );
  stream.stderr.setEncoding("utf8").on("data", (text: string) =>
    listen(() => {
      dialogue?.stderr(text);
      output.takeStderr(text);
      return false;
    }),
  );
  stream.on("close", (code?: number | null) => end(undefined, { code: code ?? undefined }));
  if (!dialogue) stream.end(script);
}
