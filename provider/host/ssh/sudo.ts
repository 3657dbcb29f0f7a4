import type { Writable } from "node:stream";

/** sudo's prompt, and the line that sh prints before it reads the script. */
export const PROMPT = "portknock sudo password";
export const READY = "portknock ready";

/**
 * Sends the password when sudo asks, and the script when sh is ready. If the first password is wrong, sudo would read a script
 * that was sent earlier as further passwords, and some hosts lock an account after three.
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

/** Counts a text in a stream of pieces. */
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
