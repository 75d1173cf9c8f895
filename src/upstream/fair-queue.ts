/**
 * upstream/fair-queue — how many calls may be at one server at once, and whose turn is next.
 *
 * Below the limit a call passes without waiting. Above it each caller has a line of its own and the lines take turns,
 * so that one client's hundred calls do not make another's single call wait for all of them.
 * Knows nothing of: what is called.
 */
import type { Cancellation } from '../base/index.ts';

/**
 * How many may wait for each call that the server takes at once, and how many at least. Refusing early costs a caller
 * nothing; a long line costs it its deadline.
 */
export const queueLimitPerSlot = 16;
export const minQueueLimit = 256;

interface Waiting {
  readonly go: () => void;
  isLive: boolean;
}

export class FairQueue {
  #limit: number;
  #running = 0;
  #waiting = 0;
  readonly #lines = new Map<string, Waiting[]>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting;
  }

  setLimit(limit: number): void {
    this.#limit = limit;
    this.#next();
  }

  /**
   * Takes a place. Every place taken is given back with `leave`.
   *
   * @returns undefined when the place is there at once; otherwise resolves true with the place,
   *          or false when the caller gave up or there are too many waiting: then no place was taken
   */
  enter(caller: string, cancellation: Cancellation): undefined | Promise<boolean> {
    if (this.#running < this.#limit && this.#waiting === 0) {
      this.#running += 1;
      return undefined;
    }
    if (this.#isFullFor(caller)) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiting: Waiting = {
        isLive: true,
        go: () => {
          stop();
          resolve(true);
        },
      };
      const line = this.#lines.get(caller);
      if (line === undefined) this.#lines.set(caller, [waiting]);
      else line.push(waiting);
      this.#waiting += 1;
      const stop = cancellation.onCancel(() => {
        if (!waiting.isLive) return;
        waiting.isLive = false;
        this.#waiting -= 1;
        this.#takeOut(caller, waiting);
        resolve(false);
      });
    });
  }

  leave(): void {
    this.#running -= 1;
    this.#next();
  }

  /** Whose own line is shorter than its share may still join it: one caller's flood is not the others' refusal. */
  #isFullFor(caller: string): boolean {
    const room = Math.max(minQueueLimit, this.#limit * queueLimitPerSlot);
    if (this.#waiting < room) return false;
    const own = this.#lines.get(caller)?.length ?? 0;
    return own >= room / (own === 0 ? this.#lines.size + 1 : this.#lines.size);
  }

  #takeOut(caller: string, waiting: Waiting): void {
    const line = this.#lines.get(caller);
    const at = line?.indexOf(waiting) ?? -1;
    if (line === undefined || at < 0) return;
    line.splice(at, 1);
    if (line.length === 0) this.#lines.delete(caller);
  }

  #next(): void {
    while (this.#running < this.#limit && this.#waiting > 0) {
      const first = this.#lines.entries().next().value;
      if (first === undefined) return;
      const [caller, line] = first;
      // Whoever had a turn goes to the end of the round.
      this.#lines.delete(caller);
      const waiting = line.shift();
      if (line.length > 0) this.#lines.set(caller, line);
      if (waiting === undefined) continue;
      waiting.isLive = false;
      this.#waiting -= 1;
      this.#running += 1;
      waiting.go();
    }
  }
}
