/**
 * sign-in/token-lifetime — how long a token is still good. Pure, but for the clock it is given.
 *
 * The wall clock may jump, and another process may have stored the token. So two clocks are used, and the shorter time
 * counts. A jump forward costs one refresh, and a jump back cannot make an expired token valid.
 */
import type { Clock } from '../base/index.ts';
import type { TokenSet } from '../model/index.ts';

/** Tokens are renewed this long before they expire (clocks differ, requests take time) … */
const renewAheadMs = 60_000;
/** … but never earlier than in the last fifth of a short life. */
const renewAheadShare = 0.2;
/** With less time left than this, a token could expire on its way to the server. */
const lastMomentsMs = 2_000;
const lastMomentsShare = 0.05;

export class TokenLifetime {
  readonly #clock: Clock;
  readonly #expiresAt: number | undefined;
  readonly #endsAtMonotonic: number;
  readonly #lifetimeMs: number;

  /** @param tokens as just received or just read from the store */
  constructor(clock: Clock, tokens: TokenSet) {
    this.#clock = clock;
    this.#expiresAt = tokens.expiresAt;
    this.#lifetimeMs = tokens.expiresAt === undefined ? 0 : Math.max(0, tokens.expiresAt - tokens.updatedAt);
    // If it was stored "in the future", the clock went back since. At most a whole lifetime is left then.
    const leftMs = tokens.expiresAt === undefined ? 0 : tokens.expiresAt - clock.now();
    this.#endsAtMonotonic = clock.monotonic() + Math.min(leftMs, this.#lifetimeMs);
  }

  /** Undefined = the server did not say when it ends. */
  get remainingMs(): number | undefined {
    if (this.#expiresAt === undefined) return undefined;
    return Math.min(this.#expiresAt - this.#clock.now(), this.#endsAtMonotonic - this.#clock.monotonic());
  }

  /** `due`: still good, time to renew. `over`: do not send it any more. */
  get phase(): 'good' | 'due' | 'over' {
    const remainingMs = this.remainingMs;
    if (remainingMs === undefined) return 'good';
    if (remainingMs <= Math.min(lastMomentsMs, this.#lifetimeMs * lastMomentsShare)) return 'over';
    return remainingMs <= this.#renewAheadMs ? 'due' : 'good';
  }

  /** From now until it becomes due; undefined = never by itself. */
  get dueInMs(): number | undefined {
    const remainingMs = this.remainingMs;
    return remainingMs === undefined ? undefined : Math.max(0, remainingMs - this.#renewAheadMs);
  }

  get #renewAheadMs(): number {
    return Math.min(renewAheadMs, this.#lifetimeMs * renewAheadShare);
  }
}
