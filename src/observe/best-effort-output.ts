/**
 * observe/best-effort-output — stdout or stderr of a program that goes on when nobody reads it any more.
 *
 * The terminal is closed, the ssh session drops, `head` has seen enough: the first write that fails is the last one,
 * quietly. Whoever wants to read later has the log file.
 * Knows nothing of: what is written.
 */

/** What this needs of a Node stream. */
export interface LosableStream {
  write(text: string): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  readonly isTTY?: boolean | undefined;
  readonly writableLength?: number;
}

/** A reader that is this far behind misses lines; memory is not filled with what it may never read. */
const maxBehindBytes = 1024 * 1024;

export class BestEffortOutput {
  readonly #stream: LosableStream;
  #isLost = false;

  constructor(stream: LosableStream) {
    this.#stream = stream;
    // Without a listener a failed write ends the process. It must not even be logged: the log writes here, too.
    stream.on('error', () => {
      this.#isLost = true;
    });
  }

  /** Nobody reads it any more; nothing more is written. */
  get isLost(): boolean {
    return this.#isLost;
  }

  get isTTY(): boolean {
    return this.#stream.isTTY === true;
  }

  write(text: string): void {
    if (this.#isLost || (this.#stream.writableLength ?? 0) > maxBehindBytes) return;
    try {
      this.#stream.write(text);
    } catch {
      this.#isLost = true;
    }
  }
}
