/**
 * upstream/fair-queue — how many calls may be at one server at once, and whose turn is next.
 *
 * Below the limit a call passes without waiting. Above it each caller has a line of its own and the lines take turns,
 * so that one client's hundred calls do not make another's single call wait for all of them.
 * Knows nothing of: what is called.
 */
import type { Cancellation } from '../base/index.ts';

/** Waiting calls of all callers at one server; more is not patience but a flood. */
export const queueLimit = 4_096;

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
    if (this.#waiting >= queueLimit) return Promise.resolve(false);
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
