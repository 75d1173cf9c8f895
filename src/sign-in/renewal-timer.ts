/**
 * sign-in/renewal-timer — wakes up when the token of a connected server is due, or over.
 *
 * It runs only while somebody wants the token kept fresh. Of many servers that were signed in to together, not all wake
 * up at the same moment.
 * Knows nothing of: tokens, what is done when it wakes up.
 */
import type { Clock, Timer } from '../base/index.ts';

/** Timers count milliseconds in 31 bits; a long wait is taken in pieces. */
const longestTimerMs = 12 * 3600 * 1000;

export interface RenewalTime {
  /** From now until it should be renewed. */
  readonly dueInMs: number;
  /** From now until it is over. */
  readonly remainingMs: number;
  /** It cannot be renewed, so its end is what matters. */
  readonly isLast: boolean;
}

export class RenewalTimer {
  readonly #clock: Clock;
  readonly #wake: () => void;
  #keepers = 0;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** @returns the end of it; safe to call twice */
  keep(): () => void {
    this.#keepers += 1;
    let isKept = true;
    return () => {
      if (!isKept) return;
      isKept = false;
      this.#keepers -= 1;
      if (this.#keepers === 0) this.stop();
    };
  }

  /** @param time undefined = there is nothing to wait for */
  set(time: RenewalTime | undefined): void {
    this.stop();
    if (this.#keepers === 0 || this.#isClosed || time === undefined) return;
    const { dueInMs, remainingMs, isLast } = time;
    const spreadMs = Math.min(Math.max(0, remainingMs) * 0.05, 10_000) * Math.random();
    const waitMs = isLast ? remainingMs : dueInMs + spreadMs;
    this.#timer = this.#clock.after(Math.min(Math.max(0, waitMs), longestTimerMs), this.#wake);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.stop();
  }
}
