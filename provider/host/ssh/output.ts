import { type AnswerLimit, answerLimits } from "../answerLimits";
import { LimitExceeded, sizeText } from "./meter";

/** Collects what a script prints, up to its end mark and within `answerLimits`. */
export interface Output {
  /** Takes a piece of stdout. True once the end mark has arrived. @throws LimitExceeded */
  takeStdout(text: string): boolean;
  /** @throws LimitExceeded */
  takeStderr(text: string): void;
  printed(): { readonly stdout: string; readonly stderr: string };
}

const SHELL_REMEDY =
  "look what the login shell's start-up files print there (.bashrc, .profile, /etc/profile.d).";

/** Each mark is a whole line. Text before the begin mark is not the script's. The cost is linear in the bytes. */
export function outputOf(beginMark: string, endMark: string, limit: AnswerLimit): Output {
  let stdout = "";
  let stderr = "";
  /** The last line of stdout, still incomplete. */
  let line = "";
  let lines = 0;
  let bytes = 0;
  let hasBegun = false;
  let isOver = false;

  const extend = (piece: string) => {
    line += piece;
    if (hasBegun && line.length > answerLimits.lineBytes) {
      throw new LimitExceeded(`a line of its answer is longer than ${sizeText(answerLimits.lineBytes)}`);
    }
  };

  const endLine = () => {
    // A word takes two characters at least, so a short line cannot have too many.
    const { words } = answerLimits;
    if (hasBegun && line.length > words && line.split(" ", words + 1).length > words) {
      throw new LimitExceeded(`a line of its answer has more than ${words} words`);
    }
    isOver = hasBegun && line === endMark;
    if (hasBegun) lines++;
    else if (line === beginMark) {
      hasBegun = true;
      bytes = 0;
    }
    line = "";
    if (lines > limit.lines) {
      throw new LimitExceeded(`its answer has more than ${limit.lines} lines`);
    }
  };

  const count = (text: string) => {
    bytes += Buffer.byteLength(text);
    if (hasBegun && bytes > limit.bytes) {
      throw new LimitExceeded(`its answer is longer than ${sizeText(limit.bytes)}`);
    }
    if (!hasBegun && bytes > answerLimits.noiseBytes) {
      throw new LimitExceeded(
        `it printed more than ${sizeText(answerLimits.noiseBytes)} before the script began`,
        SHELL_REMEDY,
      );
    }
  };

  return {
    takeStdout(text) {
      if (isOver) return true;
      let start = 0;
      for (let end = text.indexOf("\n"); end >= 0 && !isOver; end = text.indexOf("\n", start)) {
        const piece = text.slice(start, end + 1);
        count(piece);
        extend(piece.slice(0, -1));
        endLine();
        start = end + 1;
      }
      if (!isOver) {
        const piece = text.slice(start);
        count(piece);
        // Before the script begins, only the start of a line can tell whether it is the mark.
        if (hasBegun || line.length <= beginMark.length) extend(piece);
        start = text.length;
      }
      stdout += text.slice(0, start);
      return isOver;
    },
    takeStderr(text) {
      stderr += text;
      if (stderr.length > answerLimits.noiseBytes) {
        throw new LimitExceeded(
          `it printed more than ${sizeText(answerLimits.noiseBytes)} on stderr`,
          SHELL_REMEDY,
        );
      }
    },
    printed: () => ({ stdout, stderr }),
  };
}
