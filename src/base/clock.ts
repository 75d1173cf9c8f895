/**
 * base/clock — time as a collaborator, so that tests can move it.
 */

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall clock, epoch ms. */
  now(): number;
  /** Never goes back, ms from some start. */
  monotonic(): number;
  /** Runs `act` once after `delayMs`. The timer does not keep the process alive. */
  after(delayMs: number, act: () => void): Timer;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, act) {
    const handle = setTimeout(act, delayMs);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** A clock that stands still until a test moves it. Timers fire in order of their time during `advance`. */
export class ManualClock implements Clock {
  #now: number;
  readonly #start: number;
  #timers: { at: number; act: () => void; live: boolean }[] = [];

  constructor(startMs = 1_700_000_000_000) {
    this.#now = startMs;
    this.#start = startMs;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#start;
  }

  after(delayMs: number, act: () => void): Timer {
    const timer = { at: this.#now + Math.max(0, delayMs), act, live: true };
    this.#timers.push(timer);
    return {
      cancel: () => {
        timer.live = false;
      },
    };
  }

  /** Moves time forward and runs what falls due, including timers set while running. */
  advance(byMs: number): void {
    const target = this.#now + byMs;
    for (;;) {
      let next: { at: number; act: () => void; live: boolean } | undefined;
      for (const timer of this.#timers) {
        if (timer.live && timer.at <= target && (next === undefined || timer.at < next.at)) next = timer;
      }
      if (next === undefined) break;
      next.live = false;
      this.#now = Math.max(this.#now, next.at);
      next.act();
    }
    this.#timers = this.#timers.filter((timer) => timer.live);
    this.#now = target;
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.filter((timer) => timer.live).length;
  }
}
