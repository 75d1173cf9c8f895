/**
 * observe/counter — one number, or one for each value of a label, in the shape that Prometheus reads.
 *
 * To count is one addition, whether somebody will ever ask or not: so nothing has to be loaded or kept until then.
 * Owns: the numbers. Knows nothing of: what they mean.
 */

export interface CounterOptions {
  readonly name: string;
  readonly help: string;
  /** `counter`: only grows. `gauge`: goes up and down. */
  readonly type: 'counter' | 'gauge';
  /** The one label; none = one number, told from the start. */
  readonly label?: string | undefined;
}

export class Counter {
  readonly name: string;
  readonly help: string;
  readonly #type: 'counter' | 'gauge';
  readonly #label: string | undefined;
  readonly #values = new Map<string, number>();

  constructor(options: CounterOptions) {
    this.name = options.name;
    this.help = options.help;
    this.#type = options.type;
    this.#label = options.label;
    if (options.label === undefined) this.#values.set('', 0);
  }

  /** @param labelled the label's value, where there is one */
  add(labelled = '', by = 1): void {
    this.#values.set(labelled, (this.#values.get(labelled) ?? 0) + by);
  }

  /** What prom-client's registry asks of a metric. */
  get(): Promise<{
    readonly name: string;
    readonly help: string;
    readonly type: 'counter' | 'gauge';
    readonly aggregator: 'sum';
    readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
  }> {
    const label = this.#label;
    const values = [...this.#values].map(([of, value]) => ({
      labels: label === undefined ? {} : { [label]: of },
      value,
    }));
    return Promise.resolve({
      name: this.name,
      help: this.help,
      type: this.#type,
      aggregator: 'sum',
      values,
    });
  }
}
