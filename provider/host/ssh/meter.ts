import type { Duplex } from "node:stream";

/** A host sent too much. The message names the limit. */
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

/** Counts the bytes that arrive on a connection and ends it when they exceed the limit. */
export interface Meter {
  /** Raises the limit by so many bytes. */
  allow(bytes: number): void;
  /** Starts to count again from 0. */
  restart(bytes: number, during: string): void;
  /** Resolves when the limit is exceeded. */
  readonly passed: Promise<LimitExceeded>;
  /** Settles as `work` does, or rejects with LimitExceeded when the limit is exceeded. */
  guard<Result>(work: Promise<Result>): Promise<Result>;
}

/**
 * Counts everything that a host sends: banners, questions, key exchanges, data for channels that nobody reads. `during` names
 * the phase in the message. Call this before anyone reads the stream. It stays paused.
 */
export function meterOf(stream: Duplex, bytes: number, during: string): Meter {
  let [limit, phase] = [bytes, during];
  /** How many more bytes may arrive. */
  let left = bytes;
  let pass: (error: LimitExceeded) => void = () => undefined;
  const passed = new Promise<LimitExceeded>((resolve) => {
    pass = resolve;
  });
  // Else this listener would consume the first data before ssh2 listens.
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
