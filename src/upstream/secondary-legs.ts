/**
 * upstream/secondary-legs — the legs of one server beside its primary one: the other era, and those of single clients.
 *
 * Opened when first needed, one attempt for all who wait. A leg that belongs to a session ends with it; one that belongs
 * to a name (modern clients and workspaces have no end that we see) ends when it was not used for a while.
 * Owns: these legs and how many there may be. Knows nothing of: how a leg is opened.
 */

import { type Clock, SingleFlight, type Timer } from '../base/index.ts';
import { transportError } from '../transports/index.ts';
import type { Leg } from './leg.ts';

/** Names are free to choose, and over a pipe each leg is a process. */
export const ownedLegsLimit = 32;
/** Longer than a person looks at an answer before asking on. */
export const unusedForMs = 600_000;
const lookEveryMs = 60_000;

interface Kept {
  readonly leg: Leg;
  /** Monotonic ms. */
  lastUsedAt: number;
  readonly endsWithSession: boolean;
}

export class SecondaryLegs {
  readonly #serverName: string;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();
  readonly #opening = new SingleFlight<string, Leg>();
  /** Legs that are being opened; aborted when nobody wants them any more. */
  readonly #awaited = new Map<
    string,
    { readonly owner: string | undefined; readonly abort: AbortController }
  >();
  #timer: Timer | undefined;

  constructor(serverName: string, clock: Clock) {
    this.#serverName = serverName;
    this.#clock = clock;
  }

  all(): readonly Leg[] {
    return [...this.#kept.values()].map(({ leg }) => leg);
  }

  /** The open leg of that key, if there is one. */
  find(key: string): Leg | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined || kept.leg.isClosed) return undefined;
    kept.lastUsedAt = this.#clock.monotonic();
    return kept.leg;
  }

  ofOwner(owner: string): readonly Leg[] {
    return this.all().filter((leg) => leg.owner === owner);
  }

  /**
   * Opens the leg of that key by `work`, once for all who ask meanwhile. Its signal aborts when nobody wants the leg any more.
   *
   * @throws transports.busy when there are too many legs of single clients, transports.closed when the owner is gone meanwhile
   */
  open(
    key: string,
    owner: { readonly name: string; readonly isSession: boolean } | undefined,
    work: (closed: () => void, signal: AbortSignal) => Promise<Leg>,
  ): Promise<Leg> {
    return this.#opening.run(key, async () => {
      if (owner !== undefined && this.#ownedCount >= ownedLegsLimit) {
        throw transportError('busy', {
          server: this.#serverName,
          reason: `${ownedLegsLimit} clients have a connection of their own already`,
        });
      }
      const abort = new AbortController();
      this.#awaited.set(key, { owner: owner?.name, abort });
      try {
        const leg = await work(() => this.#kept.delete(key), abort.signal);
        if (abort.signal.aborted) {
          await leg.close();
          throw transportError('closed', { server: this.#serverName });
        }
        this.#kept.set(key, {
          leg,
          lastUsedAt: this.#clock.monotonic(),
          endsWithSession: owner === undefined || owner.isSession,
        });
        this.#arm();
        return leg;
      } finally {
        this.#awaited.delete(key);
      }
    });
  }

  /** The owner is gone: its legs end, also those that are being opened. */
  async release(owner: string): Promise<void> {
    const closing: Promise<void>[] = [];
    for (const awaited of this.#awaited.values()) if (awaited.owner === owner) awaited.abort.abort();
    for (const [key, { leg }] of this.#kept) {
      if (leg.owner !== owner) continue;
      this.#kept.delete(key);
      closing.push(leg.close());
    }
    await Promise.allSettled(closing);
  }

  /** Forgets all of them; whoever calls closes what `all()` gave. */
  clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const { abort } of this.#awaited.values()) abort.abort();
    this.#kept.clear();
  }

  get #ownedCount(): number {
    let count = 0;
    for (const { owner } of this.#awaited.values()) if (owner !== undefined) count += 1;
    for (const { leg } of this.#kept.values()) if (leg.owner !== undefined) count += 1;
    return count;
  }

  #arm(): void {
    this.#timer ??= this.#clock.after(lookEveryMs, () => {
      this.#timer = undefined;
      this.#closeUnused();
      if (this.#kept.size > 0) this.#arm();
    });
  }

  #closeUnused(): void {
    const before = this.#clock.monotonic() - unusedForMs;
    for (const [key, { leg, lastUsedAt, endsWithSession }] of this.#kept) {
      if (endsWithSession || leg.inFlight > 0 || lastUsedAt > before) continue;
      this.#kept.delete(key);
      // A leg that does not close cleanly is gone from here all the same.
      leg.close().catch(() => {});
    }
  }
}

/** One leg for each era and owner. */
export function legKey(era: string, owner: string | undefined): string {
  return `${era}|${owner ?? ''}`;
}
