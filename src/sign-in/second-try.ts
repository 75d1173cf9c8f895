/**
 * sign-in/second-try — a new token that the server refuses is tried once more, after a short while.
 *
 * The server's clock may be slow, and its replicas may not know the token at once. All refused requests wait together,
 * and then try the same token.
 * Knows nothing of: requests, what comes after a second refusal.
 */
import { type Clock, type Secret, sleep } from '../base/index.ts';

export const secondTryAfterMs = 5_000;

export class SecondTry {
  readonly #clock: Clock;
  #header: Secret | undefined;
  #wait: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Has this token had its second try, or is it waiting for it? */
  isOf(header: Secret): boolean {
    return this.#header === header;
  }

  /** @returns true after the wait; false at once when this token has had its second try */
  async wait(header: Secret): Promise<boolean> {
    if (!this.isOf(header)) {
      this.#header = header;
      this.#isOver = false;
      this.#wait = sleep(this.#clock, secondTryAfterMs);
    } else if (this.#isOver) return false;
    await this.#wait;
    if (this.isOf(header)) this.#isOver = true;
    return true;
  }
}
