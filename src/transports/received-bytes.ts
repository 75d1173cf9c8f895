/**
 * transports/received-bytes — counts the bytes that all wires of this process receive, for whoever watches over memory.
 *
 * A timer alone is too slow a watch: in a quarter of a second some servers can send more than the machine has. So who
 * watches is also told after every so many bytes, at the end of that turn of the event loop.
 * Knows nothing of: wires, what the bytes are.
 */
interface Watch {
  readonly everyBytes: number;
  readonly act: () => void;
  leftBytes: number;
}

export class ReceivedBytes {
  readonly #watches = new Set<Watch>();

  add(bytes: number): void {
    for (const watch of this.#watches) {
      watch.leftBytes -= bytes;
      if (watch.leftBytes > 0) continue;
      watch.leftBytes = watch.everyBytes;
      setImmediate(() => {
        if (this.#watches.has(watch)) watch.act();
      });
    }
  }

  /** @returns ends it */
  every(bytes: number, act: () => void): () => void {
    const watch: Watch = { everyBytes: bytes, act, leftBytes: bytes };
    this.#watches.add(watch);
    return () => this.#watches.delete(watch);
  }
}

/** Of this process, as its memory is. */
export const receivedBytes = new ReceivedBytes();
