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

/**
 * Lets go of what can be had again, until there is room or nothing is left to let go.
 *
 * @param owner whose; undefined = anybody's
 */
export type Reclaim = (owner: string | undefined, hasRoom: () => boolean) => void;

export class ByteBudget {
  readonly limits: ByteBudgetLimits;
  readonly #byOwner = new Map<string, number>();
  #usedBytes = 0;
  #reclaim: Reclaim | undefined;

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

  /** Whoever keeps what can be had again says how it is let go. */
  reclaimWith(reclaim: Reclaim): void {
    this.#reclaim = reclaim;
  }

  /** Like `take`, but lets go what can be had again where there is no room otherwise. */
  demand(owner: string, bytes: number): boolean {
    if (this.take(owner, bytes)) return true;
    if (bytes > this.limits.ownerBytes || this.#reclaim === undefined) return false;
    this.#reclaim(this.isOwnerFull(owner, bytes) ? owner : undefined, () => this.#hasRoom(owner, bytes));
    return this.take(owner, bytes);
  }

  #hasRoom(owner: string, bytes: number): boolean {
    return !this.isOwnerFull(owner, bytes) && this.#usedBytes + bytes <= this.limits.totalBytes;
  }

  /** @returns false when there is no room; then nothing was taken */
  take(owner: string, bytes: number): boolean {
    if (!this.#hasRoom(owner, bytes)) return false;
    this.#byOwner.set(owner, this.usedBytesOf(owner) + bytes);
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
