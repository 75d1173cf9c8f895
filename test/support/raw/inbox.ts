/**
 * raw/inbox — what has arrived, in order, and a way to wait for what has not.
 */
import { withDeadline } from '../deadline.ts';

export class Inbox<T> {
  readonly #items: T[] = [];
  readonly #waiters = new Set<() => void>();
  readonly #taken = new Set<T>();

  get all(): readonly T[] {
    return this.#items;
  }

  push(item: T): void {
    this.#items.push(item);
    for (const waiter of [...this.#waiters]) waiter();
  }

  /** The first item that fits and was not taken before; waits for it. */
  async take(what: string, fits: (item: T) => boolean = () => true, timeoutMs = 10_000): Promise<T> {
    const item = await this.#wait(
      what,
      () => this.#items.find((one) => !this.#taken.has(one) && fits(one)),
      timeoutMs,
    );
    this.#taken.add(item);
    return item;
  }

  /** Waits until at least `count` items fit, and gives them. */
  async atLeast(count: number, what: string, fits: (item: T) => boolean, timeoutMs = 10_000): Promise<T[]> {
    return this.#wait(
      `${count} × ${what}`,
      () => {
        const fitting = this.#items.filter(fits);
        return fitting.length >= count ? fitting : undefined;
      },
      timeoutMs,
    );
  }

  async #wait<R>(what: string, find: () => R | undefined, timeoutMs: number): Promise<R> {
    const now = find();
    if (now !== undefined) return now;
    let waiter: (() => void) | undefined;
    const found = new Promise<R>((resolve) => {
      waiter = () => {
        const value = find();
        if (value !== undefined) resolve(value);
      };
      this.#waiters.add(waiter);
    });
    try {
      return await withDeadline(
        found,
        timeoutMs,
        () => `no ${what} within ${timeoutMs} ms; arrived: ${JSON.stringify(this.#items).slice(0, 2_000)}`,
      );
    } finally {
      if (waiter !== undefined) this.#waiters.delete(waiter);
    }
  }
}
