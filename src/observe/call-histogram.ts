/**
 * observe/call-histogram — how long calls took, by server and outcome, in the shape that Prometheus reads.
 *
 * One observation is a lookup and two additions: it is made for every call, and the client library's own histogram costs
 * fifty times as much, most of it for putting labels together again.
 * Owns: the counts. Knows nothing of: who asks for them.
 */

/** One sample line: what prom-client's registry prints. */
export interface HistogramSample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

interface Series {
  /** Observations by bucket, not summed up; the last is beyond all bounds. */
  readonly counts: Float64Array;
  sum: number;
}

export class CallHistogram {
  readonly name: string;
  readonly help: string;
  readonly #upperBounds: readonly number[];
  readonly #series = new Map<string, Map<string, Series>>();

  /** @param upperBounds of the buckets, in seconds, ascending */
  constructor(name: string, help: string, upperBounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.#upperBounds = upperBounds;
  }

  observe(server: string, outcome: string, seconds: number): void {
    const series = this.#series.get(server)?.get(outcome) ?? this.#begin(server, outcome);
    series.sum += seconds;
    const bounds = this.#upperBounds;
    let bucket = 0;
    while (bucket < bounds.length && seconds > (bounds[bucket] as number)) bucket += 1;
    series.counts[bucket] = (series.counts[bucket] as number) + 1;
  }

  #begin(server: string, outcome: string): Series {
    const series: Series = { counts: new Float64Array(this.#upperBounds.length + 1), sum: 0 };
    const ofServer = this.#series.get(server);
    if (ofServer === undefined) this.#series.set(server, new Map([[outcome, series]]));
    else ofServer.set(outcome, series);
    return series;
  }

  /** What prom-client's registry asks of a metric. */
  get(): Promise<{
    readonly name: string;
    readonly help: string;
    readonly type: 'histogram';
    readonly aggregator: 'sum';
    readonly values: readonly HistogramSample[];
  }> {
    const { name, help } = this;
    return Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values: this.#samples() });
  }

  #samples(): readonly HistogramSample[] {
    const samples: HistogramSample[] = [];
    for (const [server, byOutcome] of this.#series) {
      for (const [outcome, { counts, sum }] of byOutcome) {
        const labels = { server, outcome };
        let count = 0;
        for (const [at, observations] of counts.entries()) {
          count += observations;
          const le = this.#upperBounds[at] ?? '+Inf';
          samples.push({ metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: count });
        }
        samples.push({ metricName: `${this.name}_sum`, labels, value: sum });
        samples.push({ metricName: `${this.name}_count`, labels, value: count });
      }
    }
    return samples;
  }
}
