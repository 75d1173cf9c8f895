/**
 * upstream/list-reader — decides when the lists of one server are read: one read at a time, and never too often.
 *
 *      idle ─noted→ planned ─a moment later→ reading ─all came→ idle
 *   reading ─noted meanwhile→ planned           reading ─a list did not come→ planned, after a growing pause
 *   any state ─the connection ended→ idle
 *
 * A change that is noted while a read is on its way may have come too late for it, so the lists are read once more.
 * Because reads never overlap, an older answer cannot replace a newer one.
 * Knows nothing of: how a list is read, what is in it.
 */
import type { Clock, Timer } from '../base/index.ts';
import { type FeatureKind, featureKinds } from '../model/index.ts';

export interface ListReaderOptions {
  readonly clock: Clock;
  /** 0..1, spreads the retries of many servers. */
  readonly random: () => number;
  /** Reads these lists and never throws. @returns those that did not come */
  readonly read: (kinds: readonly FeatureKind[]) => Promise<readonly FeatureKind[]>;
}

/** Servers tend to say it once per tool they add. Long enough to gather a burst, short enough that nobody notices. */
const gatherMs = 50;
/** A server that says it all the time is read at most this often. */
const quietMs = 1_000;
/** Before a list that did not come is asked for again; doubled with every failure in a row. */
const firstPauseMs = 1_000;
const longestPauseMs = 300_000;

export class ListReader {
  readonly #options: ListReaderOptions;
  /** What has to be read, because it changed or did not come. */
  readonly #dirty = new Set<FeatureKind>();
  #reading: Promise<void> | undefined;
  #startedAt = Number.NEGATIVE_INFINITY;
  #failuresInARow = 0;
  #timer: Timer | undefined;
  /** Monotonic ms at which the timer fires. */
  #timerAt = Number.POSITIVE_INFINITY;
  /** Counts connections; what a read of an earlier one finds is not followed up. */
  #connection = 0;

  constructor(options: ListReaderOptions) {
    this.#options = options;
  }

  /** The server said that these lists changed. They are read soon, once for all that is said until then. */
  noted(kinds: readonly FeatureKind[]): void {
    for (const kind of kinds) this.#dirty.add(kind);
    if (this.#reading === undefined) this.#planForChange();
  }

  /**
   * Reads these lists now.
   *
   * @returns when a read that began after this call has ended, whatever came of it, or when the connection has ended
   */
  async read(kinds: readonly FeatureKind[] = featureKinds): Promise<void> {
    const connection = this.#connection;
    for (const kind of kinds) this.#dirty.add(kind);
    while (this.#reading !== undefined) await this.#reading;
    if (connection !== this.#connection || !kinds.some((kind) => this.#dirty.has(kind))) return;
    await this.#start();
  }

  /** The connection ended: nothing that was noted about it matters any more. */
  reset(): void {
    this.#connection += 1;
    this.#dirty.clear();
    this.#failuresInARow = 0;
    this.#cancelTimer();
  }

  #start(): Promise<void> {
    const kinds = [...this.#dirty];
    this.#dirty.clear();
    this.#cancelTimer();
    this.#startedAt = this.#options.clock.monotonic();
    const connection = this.#connection;
    const reading = this.#options.read(kinds).then((missing) => {
      this.#reading = undefined;
      if (connection === this.#connection) this.#ended(missing);
    });
    this.#reading = reading;
    return reading;
  }

  #ended(missing: readonly FeatureKind[]): void {
    const hasNews = this.#dirty.size > 0;
    if (missing.length === 0) this.#failuresInARow = 0;
    else {
      this.#failuresInARow += 1;
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (this.#failuresInARow - 1));
      for (const kind of missing) this.#dirty.add(kind);
      this.#planAfter(pauseMs * (0.75 + this.#options.random() / 2));
    }
    if (hasNews) this.#planForChange();
  }

  #planForChange(): void {
    const sinceLast = this.#options.clock.monotonic() - this.#startedAt;
    this.#planAfter(sinceLast < quietMs ? Math.max(gatherMs, quietMs - sinceLast) : gatherMs);
  }

  /** The earliest plan counts. */
  #planAfter(delayMs: number): void {
    const at = this.#options.clock.monotonic() + delayMs;
    if (at >= this.#timerAt) return;
    this.#cancelTimer();
    this.#timerAt = at;
    this.#timer = this.#options.clock.after(delayMs, () => {
      this.#cancelTimer();
      if (this.#reading === undefined && this.#dirty.size > 0) void this.#start();
    });
  }

  #cancelTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }
}
