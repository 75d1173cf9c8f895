/**
 * protocol/chunk-buffer — the chunks of one long message in one growing piece of memory.
 *
 * What a message costs depends on its bytes alone, not on how it was cut: a million chunks of one byte take as much as one
 * chunk of a megabyte. To join 50 MB at once would stop the event loop for a tenth of a second, mostly to get the memory;
 * so a large message gets its memory once, and the system gives it page by page as it is written to.
 * Knows nothing of: where a message ends.
 */

/** Below it, copying to a larger piece takes no time that anybody notices. */
const largeBytes = 2 * 1024 * 1024;
/** Asked for at once for a large message; costs address space until it is written to. */
const largeCapacityBytes = 64 * 1024 * 1024;
/** The least that is asked for when a second chunk comes. */
const smallCapacityBytes = 1_024;
const growth = 4;

const empty = Buffer.alloc(0);

export class ChunkBuffer {
  readonly #maxBytes: number;
  #memory: Buffer = empty;
  #bytes = 0;

  /** @param maxBytes the most that will ever be pushed between two `take`; the caller sees to it */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Copies `chunk`: its memory may be used again. */
  push(chunk: Buffer): void {
    const bytes = this.#bytes + chunk.length;
    if (bytes > this.#memory.length) this.#grow(bytes);
    chunk.copy(this.#memory, this.#bytes);
    this.#bytes = bytes;
  }

  /** All that was pushed, and nothing of it is kept. */
  take(): Buffer {
    const whole = this.#memory.length === this.#bytes ? this.#memory : this.#memory.subarray(0, this.#bytes);
    this.clear();
    return whole;
  }

  clear(): void {
    this.#memory = empty;
    this.#bytes = 0;
  }

  #grow(bytes: number): void {
    const old = this.#memory;
    const capacity = Math.max(bytes, Math.min(this.#maxBytes, nextCapacity(old.length, bytes)));
    this.#memory = Buffer.allocUnsafeSlow(capacity);
    old.copy(this.#memory, 0, 0, this.#bytes);
  }
}

/** @param held what there is now; 0: this is the first chunk, and most messages have no second */
function nextCapacity(held: number, bytes: number): number {
  if (bytes > largeBytes) return Math.max(largeCapacityBytes, held * 2);
  return held === 0 ? bytes : Math.max(smallCapacityBytes, Math.min(held * growth, largeBytes));
}
