import { type AnswerLimit, answerLimits } from "../answerLimits";
import { LimitExceeded, sizeText } from "./meter";

/** What a script prints, as it comes in: kept up to its end, and no more of it than `answerLimits` allows. */
export interface Output {
  /** Takes a piece of stdout. True once the line came that ends the answer. @throws LimitExceeded */
  takeStdout(text: string): boolean;
  /** @throws LimitExceeded */
  takeStderr(text: string): void;
  printed(): { readonly stdout: string; readonly stderr: string };
}

const SHELL_REMEDY =
  "look what the login shell's start-up files print there (.bashrc, .profile, /etc/profile.d).";

/** The marks are lines of their own: what comes before the first is not the script's. Costs the same for each byte. */
export function outputOf(beginMark: string, endMark: string, limit: AnswerLimit): Output {
  let stdout = "";
  let stderr = "";
  /** Of stdout, the line that is not over yet. */
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
    // A word is a character and a space, so only a long line can have too many.
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
