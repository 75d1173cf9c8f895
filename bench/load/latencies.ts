/**
 * bench/load/latencies — collects durations and says their percentiles.
 */

export interface LatencySummary {
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
}

export class Latencies {
  #values = new Float64Array(4_096);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(durationMs: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count] = durationMs;
    this.#count += 1;
  }

  summarise(): LatencySummary {
    const sorted = this.#values.slice(0, this.#count).sort();
    const at = (share: number): number =>
      sorted.length === 0
        ? Number.NaN
        : Math.round(
            (sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] as number) * 1_000,
          );
    return { p50Us: at(0.5), p90Us: at(0.9), p99Us: at(0.99), p999Us: at(0.999) };
  }
}
