/**
 * sign-in/refresh-backoff — how long to wait after a failed token refresh.
 *
 * Knows nothing of: tokens, timers.
 */
import type { Clock } from '../base/index.ts';

const firstMs = 2_000;
const slowestMs = 300_000;
/** After a refusal that only a sign-in can fix, there is at most one attempt in this time. */
const refusedMs = 900_000;

export class RefreshBackoff {
  readonly #clock: Clock;
  #failuresInARow = 0;
  #endsAt = 0;
  #lastFailure: string | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isOver(): boolean {
    return this.remainingMs <= 0;
  }
  /** Negative once it is over. */
  get remainingMs(): number {
    return this.#endsAt - this.#clock.monotonic();
  }
  get lastFailure(): string | undefined {
    return this.#lastFailure;
  }

  /** It failed: wait 2 s, 4 s … 5 min, or as long as the server asks, up to 5 min. */
  failed(reason: string, askedForMs = 0): void {
    this.#failuresInARow += 1;
    this.#lastFailure = reason;
    const ownMs = Math.min(firstMs * 2 ** (this.#failuresInARow - 1), slowestMs);
    this.#endsAt = this.#clock.monotonic() + Math.max(ownMs, Math.min(askedForMs, slowestMs));
  }

  /** Only a person can help. */
  refused(): void {
    this.#endsAt = this.#clock.monotonic() + refusedMs;
  }

  /** There is a token, so there is no need to wait. */
  clear(): void {
    this.#failuresInARow = 0;
    this.#endsAt = 0;
    this.#lastFailure = undefined;
  }
}
