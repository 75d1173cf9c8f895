/**
 * upstream/care/buffer-budget — how many bytes of half-received messages all servers together may keep in our memory.
 *
 *   free ─over the budget→ holding ─under four fifths of it→ free
 *                          holding ─still over after `graceMs`→ the largest is to be failed
 *
 * While holding, every wire that keeps bytes is not read, except the one that keeps most: it may come to its end and
 * then gives everything back. One wire alone over its own budget is failed at once, because it is the only one it could
 * wait for.
 * Pure but for its memory of who is held. Knows nothing of: wires, timers.
 */

export interface WireUse<Wire> {
  readonly wire: Wire;
  readonly bufferedBytes: number;
}

export interface BufferVerdict<Wire> {
  readonly hold: readonly Wire[];
  readonly release: readonly Wire[];
  readonly fail: readonly {
    readonly wire: Wire;
    readonly bufferedBytes: number;
    readonly limitBytes: number;
  }[];
}

export interface BufferLimits {
  /** Of one wire. */
  readonly wireBytes: number;
  /** Of all wires together. */
  readonly totalBytes: number;
  /** How long the total may stay over its budget while wires are held. */
  readonly graceMs: number;
}

export class BufferBudget<Wire> {
  readonly #limits: BufferLimits;
  readonly #held = new Set<Wire>();
  #overSince: number | undefined;

  constructor(limits: BufferLimits) {
    this.#limits = limits;
  }

  /** @param now monotonic ms */
  judge(uses: readonly WireUse<Wire>[], now: number): BufferVerdict<Wire> {
    const { wireBytes, totalBytes, graceMs } = this.#limits;
    const fail: { wire: Wire; bufferedBytes: number; limitBytes: number }[] = [];
    const rest: WireUse<Wire>[] = [];
    const present = new Set(uses.map((use) => use.wire));
    for (const wire of this.#held) if (!present.has(wire)) this.#held.delete(wire);
    for (const use of uses) {
      if (use.bufferedBytes > wireBytes) fail.push({ ...use, limitBytes: wireBytes });
      else rest.push(use);
    }
    rest.sort((a, b) => b.bufferedBytes - a.bufferedBytes);
    const total = rest.reduce((sum, use) => sum + use.bufferedBytes, 0);
    const isHolding = this.#overSince !== undefined;
    if (total <= (isHolding ? (totalBytes * 4) / 5 : totalBytes)) {
      this.#overSince = undefined;
      return { hold: [], release: this.#releaseAll(), fail };
    }
    this.#overSince ??= now;
    const [largest, ...others] = rest;
    if (largest !== undefined && total > totalBytes && now - this.#overSince > graceMs) {
      fail.push({ ...largest, limitBytes: totalBytes });
      this.#overSince = now;
    }
    const release: Wire[] = [];
    if (largest !== undefined && this.#held.delete(largest.wire)) release.push(largest.wire);
    const hold = others
      .filter((use) => use.bufferedBytes > 0 && !this.#held.has(use.wire))
      .map((use) => use.wire);
    for (const wire of hold) this.#held.add(wire);
    return { hold, release, fail };
  }

  #releaseAll(): Wire[] {
    const released = [...this.#held];
    this.#held.clear();
    return released;
  }
}
