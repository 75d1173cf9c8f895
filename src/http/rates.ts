/**
 * http/rates — how many requests a caller may send in a time: token buckets, by principal or by address.
 *
 * Nobody is locked out by somebody else:
 * - what is counted by address is counted for addresses elsewhere only; on this machine all programs share one, so a limit
 *   there would let one of them shut out the others;
 * - a credential is looked at before the failures of its address are: with the right one a request is let in, however many
 *   wrong ones came from there;
 * - the tables are bounded. The longest unused go first, and whoever went begins with a full bucket.
 *
 * Knows nothing of: routes, what is done with a request.
 */
import type { Clock } from '../base/index.ts';

export interface Rate {
  readonly by: 'principal' | 'address';
  readonly perSecond: number;
  readonly burst: number;
  /** For people. */
  readonly says: string;
}

/** What a route's policy may name. */
export const rates = {
  none: {
    by: 'address',
    perSecond: 0,
    burst: 0,
    says: 'not counted: answers from memory, and supervisors ask it often',
  },
  client: { by: 'principal', perSecond: 50, burst: 200, says: 'requests of one client from outside' },
  person: {
    by: 'address',
    perSecond: 50,
    burst: 200,
    says: 'requests of one browser that is let in, from outside',
  },
  page: { by: 'address', perSecond: 20, burst: 200, says: 'pages, files and public documents, from outside' },
  token: { by: 'address', perSecond: 0.5, burst: 30, says: 'requests for tokens, from outside' },
  costly: {
    by: 'address',
    perSecond: 10 / 3_600,
    burst: 10,
    says: 'what makes us keep or fetch something for a stranger (registrations, codes), from outside',
  },
} as const satisfies Record<string, Rate>;

export type RateName = keyof typeof rates;

/** Wrong credentials of one address, wherever it is. Right ones are let in all the same. */
export const failedAttempts: Rate = {
  by: 'address',
  perSecond: 0.5,
  burst: 30,
  says: 'wrong credentials; the right one is let in all the same',
};

/** More keys than anybody here has clients, and a few MB at most. */
export const maxBuckets = 20_000;

interface Bucket {
  tokens: number;
  /** Monotonic ms. */
  at: number;
}

export class TokenBuckets {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** The longest unused first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Pick<Rate, 'perSecond' | 'burst'>, clock: Pick<Clock, 'monotonic'>) {
    this.#perMs = rate.perSecond / 1_000;
    this.#burst = rate.burst;
    this.#clock = clock;
  }

  /** @returns 0 when a token was taken, else after how many ms there is one */
  take(key: string): number {
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      if (this.#buckets.size >= maxBuckets) this.#forgetOldest();
      this.#buckets.set(key, { tokens: this.#burst - 1, at: now });
      return 0;
    }
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    bucket.tokens = Math.min(this.#burst, bucket.tokens + (now - bucket.at) * this.#perMs);
    bucket.at = now;
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / this.#perMs - 1e-6);
    bucket.tokens -= 1;
    return 0;
  }

  /** How many callers are known. */
  get size(): number {
    return this.#buckets.size;
  }

  #forgetOldest(): void {
    for (const key of this.#buckets.keys()) {
      this.#buckets.delete(key);
      return;
    }
  }
}
