/**
 * protocol/chunk-buffer — the chunks of one long message as one Buffer, without a pause at its end.
 *
 * To join 50 MB at once stops the event loop for a tenth of a second, mostly to get the memory. So what grows large is
 * copied chunk by chunk into memory that was asked for once; the system gives it page by page as it is touched. Small
 * messages are joined at the end, and a message of one chunk is not copied at all.
 * Knows nothing of: where a message ends.
 */

/** Below it, joining takes no time that anybody notices. */
const largeBytes = 2 * 1024 * 1024;
/** Asked for at once for a large message; costs address space until it is written to. */
const firstCapacityBytes = 64 * 1024 * 1024;

const empty = Buffer.alloc(0);

export class ChunkBuffer {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #large: Buffer | undefined;

  /** @param maxBytes the most that will ever be pushed between two `take`; the caller sees to it */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `chunk` must not be changed afterwards. */
  push(chunk: Buffer): void {
    const bytes = this.#bytes + chunk.length;
    if (this.#large !== undefined || bytes > largeBytes) this.#copy(chunk, bytes);
    else this.#chunks.push(chunk);
    this.#bytes = bytes;
  }

  /** All that was pushed, and nothing of it is kept. */
  take(): Buffer {
    const { [0]: first, length } = this.#chunks;
    const whole =
      this.#large !== undefined
        ? this.#large.subarray(0, this.#bytes)
        : length === 1
          ? first!
          : length === 0
            ? empty
            : Buffer.concat(this.#chunks, this.#bytes);
    this.clear();
    return whole;
  }

  clear(): void {
    if (this.#chunks.length > 0) this.#chunks = [];
    this.#bytes = 0;
    this.#large = undefined;
  }

  #copy(chunk: Buffer, bytes: number): void {
    const old = this.#large;
    if (old === undefined || bytes > old.length) {
      const capacity = Math.max(
        bytes,
        Math.min(this.#maxBytes, old === undefined ? firstCapacityBytes : old.length * 2),
      );
      this.#large = Buffer.allocUnsafeSlow(capacity);
      let at = 0;
      if (old !== undefined) old.copy(this.#large, 0, 0, this.#bytes);
      for (const kept of this.#chunks) at += kept.copy(this.#large, at);
      this.#chunks = [];
    }
    chunk.copy(this.#large!, this.#bytes);
  }
}
