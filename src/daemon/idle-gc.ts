/**
 * daemon/idle-gc — collects what work has left on the heap, at a moment when nobody notices.
 *
 * Left alone, V8 collects old objects when there are more than twice as many as are alive (see heap-growth), and nothing at
 * all while nothing happens: a daemon would grow for half an hour of steady work, and keep for days what one busy minute
 * took. So it is looked at now and then:
 *
 *   idle for two looks, and much is held → collect; V8 then gives back the room of young objects as well
 *   busy, and a quarter more than was alive → collect, where that takes milliseconds
 *
 * The process stands still meanwhile, some 20 ms for a heap of 25 MB. So one collection is followed by a thousand times as
 * long without another, and none is asked for in the midst of work once one has taken long.
 *
 * Owns: when. Knows nothing of: how a heap is collected (V8Heap), what is on it.
 *
 * @see docs/performance.md, "How a hop is spent"
 */
import type { Clock, Closeable, Timer } from '../base/index.ts';

export interface Heap {
  /** In use by objects that are not young any more, garbage among them; bytes. */
  oldBytes(): number;
  /** Taken from the system; bytes. */
  heldBytes(): number;
  /** Returns when all garbage is gone. */
  collect(): void;
}

export interface GcStats {
  readonly tookMs: number;
  /** Bytes taken from the system. */
  readonly heldBefore: number;
  readonly heldAfter: number;
}

export interface IdleGcOptions {
  readonly clock: Clock;
  readonly heap: Heap;
  /** The share of time, 0..1, in which the event loop had something to do since this was last asked. */
  readonly busyShare: () => number;
  /** A collection has ended. */
  readonly collected: (facts: GcStats) => void;
}

const lookEveryMs = 10_000;
const idleShare = 0.02;
/** Less is not worth standing still for. */
const worthBytes = 16 * 1024 * 1024;
const worthWhileBusyBytes = 6 * 1024 * 1024;
const growthWhileBusy = 1.25;
/** Longer than this is not asked for while there is work. */
const shortMs = 40;
/** A collection may take a thousandth of the time. */
const restFactor = 1_000;

export class IdleGc implements Closeable {
  readonly #options: IdleGcOptions;
  #timer: Timer | undefined;
  /** The least that was seen: what is alive, or little more. */
  #aliveBytes = Number.POSITIVE_INFINITY;
  /** Held after the last collection of an idle heap: V8 keeps some room. */
  #heldAfterIdle = 0;
  #idleLooks = 0;
  #lastTookMs = 0;
  #notBefore = 0;

  constructor(options: IdleGcOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = this.#options.clock.after(lookEveryMs, () => {
      this.#look();
      this.start();
    });
  }

  close(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    const { clock, heap, busyShare } = this.#options;
    const oldBytes = heap.oldBytes();
    // V8 may have collected by itself.
    this.#aliveBytes = Math.min(this.#aliveBytes, oldBytes);
    const isIdle = busyShare() < idleShare;
    this.#idleLooks = isIdle ? this.#idleLooks + 1 : 0;
    if (clock.monotonic() < this.#notBefore) return;
    if (isIdle) {
      if (this.#idleLooks < 2) return;
      const base = Math.max(this.#aliveBytes, this.#heldAfterIdle);
      if (heap.heldBytes() - base < worthBytes) return;
      this.#collect();
      this.#heldAfterIdle = heap.heldBytes();
    } else if (
      this.#lastTookMs <= shortMs &&
      oldBytes > this.#aliveBytes * growthWhileBusy &&
      oldBytes - this.#aliveBytes > worthWhileBusyBytes
    ) {
      this.#collect();
    }
  }

  #collect(): void {
    const { clock, heap, collected } = this.#options;
    const heldBefore = heap.heldBytes();
    const startedAt = clock.monotonic();
    heap.collect();
    this.#lastTookMs = clock.monotonic() - startedAt;
    this.#notBefore = clock.monotonic() + this.#lastTookMs * restFactor;
    this.#aliveBytes = heap.oldBytes();
    collected({ tookMs: Math.round(this.#lastTookMs), heldBefore, heldAfter: heap.heldBytes() });
  }
}
