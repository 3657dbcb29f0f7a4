import type { Duplex } from "node:stream";

/** A host sent more than it may. The text says what, and names the limit. */
export class LimitExceeded extends Error {
  override readonly name = "LimitExceeded";

  constructor(
    reason: string,
    /** What to do about it. */
    readonly remedy = "look on the host at what answers there: neither its sshd nor our scripts send so much.",
  ) {
    super(reason);
  }
}

/** Counts what comes in by a connection, and ends it at the first byte too many. */
export interface Meter {
  /** So many bytes more may come. */
  allow(bytes: number): void;
  /** From here on it counts anew. */
  restart(bytes: number, during: string): void;
  /** Resolves when too much came. */
  readonly passed: Promise<LimitExceeded>;
  /** Settles as the promise does, or rejects with LimitExceeded as soon as too much came. */
  guard<Result>(work: Promise<Result>): Promise<Result>;
}

/**
 * Everything that a host sends is counted here, whatever it is: banners, questions, key exchanges, data for channels that
 * nobody reads. `during` says what is done while `bytes` are the limit. To be called before anyone else reads the stream,
 * which is left paused.
 */
export function meterOf(stream: Duplex, bytes: number, during: string): Meter {
  let [limit, phase] = [bytes, during];
  /** How many bytes more may come. */
  let left = bytes;
  let pass: (error: LimitExceeded) => void = () => undefined;
  const passed = new Promise<LimitExceeded>((resolve) => {
    pass = resolve;
  });
  // Or this listener would take what comes before ssh2 listens.
  stream.pause();
  const count = (chunk: Buffer) => {
    left -= chunk.length;
    if (left >= 0) return;
    stream.removeAllListeners("data");
    stream.destroy();
    pass(new LimitExceeded(`it sent more than ${sizeText(limit)} ${phase}`));
  };
  stream.on("data", count);
  return {
    passed,
    allow(more) {
      left += more;
    },
    restart(anew, next) {
      [limit, phase] = [anew, next];
      left = anew;
    },
    guard: (work) =>
      Promise.race([
        work,
        passed.then((error) => {
          throw error;
        }),
      ]),
  };
}

/** `256 KiB`, `32 MiB`. */
export function sizeText(bytes: number): string {
  const kibibytes = Math.round(bytes / 1024);
  return kibibytes < 1024 ? `${kibibytes} KiB` : `${Math.round(kibibytes / 1024)} MiB`;
}
