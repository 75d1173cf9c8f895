/**
 * sign-in/scope-requests — which scopes to request after a 403, and whether another request can help.
 *
 * It requests the granted, the requested and the demanded scopes together, at most three times in ten minutes.
 * Knows nothing of: tokens, browsers.
 */
import type { Clock } from '../base/index.ts';
import { coversScope, unionScopes } from './challenge.ts';

const widenLimit = 3;
const widenWindowMs = 600_000;

export interface ScopeRequest {
  /** What the next sign-in should ask for; undefined = what discovery finds. */
  readonly scope: string | undefined;
  readonly wasAskedFor: boolean;
  readonly isTooOften: boolean;
}

export class ScopeRequests {
  readonly #clock: Clock;
  #lastAskedFor: string | undefined;
  #widenedAt: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A sign-in has succeeded. @param isWider it was started because the server demanded more */
  granted(askedFor: string | undefined, isWider: boolean): void {
    if (isWider) this.#widenedAt = [...this.#recent(), this.#clock.monotonic()];
    this.#lastAskedFor = askedFor;
  }

  /** A person has signed out. */
  forget(): void {
    this.#lastAskedFor = undefined;
  }

  /** @param demanded by a 403 insufficient_scope; undefined = it does not say which */
  next(granted: string | undefined, demanded: string | undefined): ScopeRequest {
    return {
      scope: unionScopes(granted, this.#lastAskedFor, demanded),
      wasAskedFor: demanded !== undefined && coversScope(unionScopes(granted, this.#lastAskedFor), demanded),
      isTooOften: this.#recent().length >= widenLimit,
    };
  }

  #recent(): number[] {
    const now = this.#clock.monotonic();
    return this.#widenedAt.filter((at) => now - at < widenWindowMs);
  }
}
