import type { Writable } from "node:stream";

/** What sudo asks its password with, and what sh says before it takes the script. */
export const PROMPT = "portknock sudo password";
export const READY = "portknock ready";

/**
 * Gives sudo the password when it asks, and sh the script when it is there. What is sent before sudo asks would be read
 * as further passwords where the first is wrong, and some hosts lock an account after three.
 */
export function sudoDialogue(password: string, script: string, stdin: Writable) {
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
