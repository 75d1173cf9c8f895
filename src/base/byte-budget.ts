/**
 * base/byte-budget — how many bytes may be kept for others: for each owner, and for all together.
 *
 * Counts of things do not bound memory: a hundred things of a megabyte are more than a thousand small ones. Whoever keeps
 * something for somebody takes its bytes here first and gives them back afterwards.
 * Knows nothing of: what is kept.
 */

export interface ByteBudgetLimits {
  readonly totalBytes: number;
  /** Less than the total, so that one owner cannot use up what the others need. */
  readonly ownerBytes: number;
}

export class ByteBudget {
  readonly limits: ByteBudgetLimits;
  readonly #byOwner = new Map<string, number>();
  #usedBytes = 0;

  constructor(limits: ByteBudgetLimits) {
    this.limits = limits;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  usedBytesOf(owner: string): number {
    return this.#byOwner.get(owner) ?? 0;
  }

  /** Does it not fit into the owner's own share (rather than into what is left for all)? */
  isOwnerFull(owner: string, bytes: number): boolean {
    return this.usedBytesOf(owner) + bytes > this.limits.ownerBytes;
  }

  /** @returns false when there is no room; then nothing was taken */
  take(owner: string, bytes: number): boolean {
    const used = this.usedBytesOf(owner);
    if (used + bytes > this.limits.ownerBytes || this.#usedBytes + bytes > this.limits.totalBytes)
      return false;
    this.#byOwner.set(owner, used + bytes);
    this.#usedBytes += bytes;
    return true;
  }

  /** Gives back what was taken. */
  give(owner: string, bytes: number): void {
    const left = this.usedBytesOf(owner) - bytes;
    if (left > 0) this.#byOwner.set(owner, left);
    else this.#byOwner.delete(owner);
    this.#usedBytes -= bytes;
  }
}

/** For those who bound nothing, such as tests. */
export function unlimitedBudget(): ByteBudget {
  return new ByteBudget({ totalBytes: Number.POSITIVE_INFINITY, ownerBytes: Number.POSITIVE_INFINITY });
}

/** What a text takes on the heap: a byte a character, two when one of them needs more than a byte. */
export function heapBytesOf(text: string): number {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0xff) return text.length * 2;
  return text.length;
}
