/**
 * upstream/secondary-legs — the legs of one server beside its primary one: the other era, and those of single clients.
 *
 *   (none) ─first needed→ opening ─agreed→ open
 *             opening ─the owner is gone | all are closed→ (none)
 *             open ─the owner is gone | all are closed | its wire ends→ (none)
 *             open ─unused for a while and nobody of its sessions is there→ (none)
 *             open ─the longest unused, and another owner needs room→ (none)
 *
 * One attempt for all who wait. What was closed is opened again by the next call.
 * Owns: these legs and how many there may be. Knows nothing of: how a leg is opened.
 *
 * @see docs/decisions/private-legs.md
 */

import { type Clock, SingleFlight, type Timer } from '../base/index.ts';
import { transportError } from '../transports/index.ts';
import type { Leg } from './leg.ts';

/** Names are free to choose, and over a pipe each leg is a process. */
export const ownedLegsLimit = 32;
/** Longer than a person looks at an answer before asking on. */
export const unusedForMs = 600_000;
const lookEveryMs = 60_000;

/** For whom a leg is opened. */
export interface LegUser {
  readonly owner: string;
  /** The legacy session that calls; while it is there, its leg is kept. */
  readonly sessionKey: string | undefined;
}

interface Kept {
  readonly leg: Leg;
  /** Monotonic ms. */
  lastUsedAt: number;
  readonly sessions: Set<string>;
}

export class SecondaryLegs {
  readonly #serverName: string;
  readonly #clock: Clock;
  readonly #isPresent: (sessionKey: string) => boolean;
  readonly #kept = new Map<string, Kept>();
  readonly #opening = new SingleFlight<string, Leg>();
  /** Legs that are being opened; aborted when nobody wants them any more. */
  readonly #awaited = new Map<
    string,
    { readonly owner: string | undefined; readonly abort: AbortController }
  >();
  #timer: Timer | undefined;

  /** @param isPresent is that session's client there now: does it listen, or wait for an answer? */
  constructor(serverName: string, clock: Clock, isPresent: (sessionKey: string) => boolean) {
    this.#serverName = serverName;
    this.#clock = clock;
    this.#isPresent = isPresent;
  }

  all(): readonly Leg[] {
    return [...this.#kept.values()].map(({ leg }) => leg);
  }

  /** The open leg of that key, if there is one. */
  find(key: string, sessionKey?: string): Leg | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined || kept.leg.isClosed) return undefined;
    kept.lastUsedAt = this.#clock.monotonic();
    if (sessionKey !== undefined) kept.sessions.add(sessionKey);
    return kept.leg;
  }

  ofOwner(owner: string): readonly Leg[] {
    return this.all().filter((leg) => leg.owner === owner);
  }

  /**
   * Opens the leg of that key by `work`, once for all who ask meanwhile. Its signal aborts when nobody wants the leg any more.
   *
   * @param user undefined = the leg is shared
   * @throws transports.busy when the legs of single clients are all at work, transports.closed when the owner is gone meanwhile
   */
  open(
    key: string,
    user: LegUser | undefined,
    work: (closed: () => void, signal: AbortSignal) => Promise<Leg>,
  ): Promise<Leg> {
    return this.#opening.run(key, async () => {
      if (user !== undefined) this.#makeRoom();
      const abort = new AbortController();
      this.#awaited.set(key, { owner: user?.owner, abort });
      try {
        let opened: Leg | undefined;
        // It may end before it was ever open.
        const leg = await work(() => {
          if (opened !== undefined && this.#kept.get(key)?.leg === opened) this.#kept.delete(key);
        }, abort.signal);
        opened = leg;
        if (abort.signal.aborted) {
          await leg.close();
          throw transportError('closed', { server: this.#serverName });
        }
        this.#kept.set(key, {
          leg,
          lastUsedAt: this.#clock.monotonic(),
          sessions: new Set(user?.sessionKey === undefined ? [] : [user.sessionKey]),
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
    for (const [key, { leg, sessions }] of this.#kept) {
      sessions.delete(owner);
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

  /** One leg of a client more: when there is no room, the one that is longest unused goes. */
  #makeRoom(): void {
    let count = 0;
    for (const { owner } of this.#awaited.values()) if (owner !== undefined) count += 1;
    const idle: { key: string; kept: Kept; isPresent: boolean }[] = [];
    for (const [key, kept] of this.#kept) {
      if (kept.leg.owner === undefined) continue;
      count += 1;
      if (kept.leg.inFlight === 0) idle.push({ key, kept, isPresent: this.#hasPresent(kept) });
    }
    if (count < ownedLegsLimit) return;
    idle.sort((a, b) => Number(a.isPresent) - Number(b.isPresent) || a.kept.lastUsedAt - b.kept.lastUsedAt);
    const longestUnused = idle[0];
    if (longestUnused === undefined) {
      throw transportError('busy', {
        server: this.#serverName,
        reason: `${ownedLegsLimit} clients have a connection of their own, and all of them are at work`,
      });
    }
    this.#end(longestUnused.key, longestUnused.kept.leg);
  }

  #hasPresent(kept: Kept): boolean {
    for (const sessionKey of kept.sessions) if (this.#isPresent(sessionKey)) return true;
    return false;
  }

  #arm(): void {
    this.#timer ??= this.#clock.after(lookEveryMs, () => {
      this.#timer = undefined;
      this.#closeUnused();
      if (this.#kept.size > 0) this.#arm();
    });
  }

  #closeUnused(): void {
    const now = this.#clock.monotonic();
    for (const [key, kept] of this.#kept) {
      const { leg, lastUsedAt } = kept;
      if (leg.owner === undefined) continue;
      if (leg.inFlight > 0 || this.#hasPresent(kept)) kept.lastUsedAt = now;
      else if (now - lastUsedAt >= unusedForMs) this.#end(key, leg);
    }
  }

  #end(key: string, leg: Leg): void {
    this.#kept.delete(key);
    // A leg that does not close cleanly is gone from here all the same.
    leg.close().catch(() => {});
  }
}

/** One leg for each era and owner. */
export function legKey(era: string, owner: string | undefined): string {
  return `${era}|${owner ?? ''}`;
}
