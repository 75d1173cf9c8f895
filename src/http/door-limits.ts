/**
 * http/door-limits — counts requests for the door: each rate of the table has its buckets.
 *
 * Knows nothing of: which route, what for.
 */
import type { Clock } from '../base/index.ts';
import type { Principal } from '../model/index.ts';
import { addressGroup } from './entrance.ts';
import type { Exchange } from './exchange.ts';
import { failedAttempts, type RateName, rates, TokenBuckets } from './rates.ts';

export interface DoorLimitsOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Requests that one client of this machine may send in a second; 0 = as many as it likes. */
  readonly localRequestsPerSecond: number;
}

/** All answers are waits in ms; 0 = go on. */
export class DoorLimits {
  readonly #buckets: Readonly<Record<RateName, TokenBuckets>>;
  readonly #failed: TokenBuckets;
  readonly #local: TokenBuckets | undefined;

  constructor({ clock, localRequestsPerSecond }: DoorLimitsOptions) {
    const make = (name: RateName): TokenBuckets => new TokenBuckets(rates[name], clock);
    this.#buckets = {
      none: make('none'),
      client: make('client'),
      person: make('person'),
      page: make('page'),
      token: make('token'),
      costly: make('costly'),
    };
    this.#failed = new TokenBuckets(failedAttempts, clock);
    this.#local =
      localRequestsPerSecond === 0
        ? undefined
        : new TokenBuckets({ perSecond: localRequestsPerSecond, burst: localRequestsPerSecond * 2 }, clock);
  }

  /** Before anybody has been asked who it is. Programs of this machine share an address, so they are not counted by it. */
  byAddress(exchange: Exchange, rate: RateName): number {
    if (exchange.entrance.kind === 'local' || rate === 'none' || rates[rate].by !== 'address') return 0;
    return this.#buckets[rate].take(addressGroup(exchange.address));
  }

  byPrincipal(exchange: Exchange, principal: Principal, rate: RateName): number {
    if (exchange.entrance.kind === 'local') return this.#local?.take(principal.id) ?? 0;
    return rates[rate].by === 'principal' ? this.#buckets[rate].take(principal.id) : 0;
  }

  /** A credential was wrong. */
  failed(exchange: Exchange): number {
    return this.#failed.take(addressGroup(exchange.address));
  }
}
