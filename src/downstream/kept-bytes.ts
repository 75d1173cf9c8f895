/**
 * downstream/kept-bytes — what one session or one listener keeps out of the budget of its principal, and gives back at its end.
 *
 * Knows nothing of: what is kept.
 */
import { type ByteBudget, unlimitedBudget } from '../base/index.ts';

export class KeptBytes {
  readonly #budget: ByteBudget;
  readonly #owner: string;
  #bytes = 0;
  #isClosed = false;

  constructor(budget: ByteBudget, owner: string) {
    this.#budget = budget;
    this.#owner = owner;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @returns false when there is no room, or when all was given back already */
  take(bytes: number): boolean {
    if (this.#isClosed || !this.#budget.take(this.#owner, bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    if (this.#isClosed) return;
    this.#budget.give(this.#owner, bytes);
    this.#bytes -= bytes;
  }

  /** Gives back everything. Safe to call twice. */
  close(): void {
    if (this.#isClosed) return;
    this.#budget.give(this.#owner, this.#bytes);
    this.#isClosed = true;
    this.#bytes = 0;
  }
}

/** For a session that nobody bounds, as in tests. */
export function keptWithoutBound(): KeptBytes {
  return new KeptBytes(unlimitedBudget(), '');
}
