/**
 * upstream/list-change-watch — gathers "a list changed" and says it once, a moment later.
 *
 * Servers tend to say it once per tool they add; reading the lists once is enough.
 * Knows nothing of: reading lists.
 */
import type { Clock, Timer } from '../base/index.ts';
import type { FeatureKind } from '../model/index.ts';

/** Long enough to gather a burst, short enough that nobody notices. */
const gatherMs = 50;
/** A server that says it all the time is read at most this often. */
const quietMs = 1_000;

export class ListChangeWatch {
  readonly #clock: Clock;
  readonly #tell: (kinds: readonly FeatureKind[]) => void;
  readonly #kinds = new Set<FeatureKind>();
  #timer: Timer | undefined;
  #lastToldAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, tell: (kinds: readonly FeatureKind[]) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  noted(kinds: readonly FeatureKind[]): void {
    for (const kind of kinds) this.#kinds.add(kind);
    if (this.#timer !== undefined) return;
    const sinceLast = this.#clock.monotonic() - this.#lastToldAt;
    this.#timer = this.#clock.after(sinceLast < quietMs ? quietMs - sinceLast : gatherMs, () => {
      this.#timer = undefined;
      this.#lastToldAt = this.#clock.monotonic();
      const gathered = [...this.#kinds];
      this.#kinds.clear();
      this.#tell(gathered);
    });
  }

  reset(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#kinds.clear();
  }
}
