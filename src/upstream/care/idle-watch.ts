/**
 * upstream/care/idle-watch — which servers nobody has used for as long as they may stay idle.
 *
 * Looks at how many calls a server has had, so that a call itself costs nothing.
 * Knows nothing of: how a server is stopped.
 */

/** What is known of a server at one look. */
export interface IdleFacts<Key> {
  readonly key: Key;
  /** 0 = it is kept running. */
  readonly idleStopMs: number;
  readonly isReady: boolean;
  /** Somebody waits for it or listens to it. */
  readonly isInUse: boolean;
  /** Calls so far. */
  readonly requests: number;
}

export class IdleWatch<Key> {
  readonly #quiet = new Map<Key, { readonly since: number; readonly requests: number }>();

  /**
   * @param all every server there is; what is missing is forgotten
   * @param now monotonic ms
   * @returns   those to stop, with how long they have been idle
   */
  look(all: readonly IdleFacts<Key>[], now: number): { readonly key: Key; readonly forMs: number }[] {
    const stop: { key: Key; forMs: number }[] = [];
    const seen = new Set<Key>();
    for (const { key, idleStopMs, isReady, isInUse, requests } of all) {
      if (idleStopMs <= 0 || !isReady) continue;
      seen.add(key);
      const quiet = this.#quiet.get(key);
      if (quiet === undefined || isInUse || quiet.requests !== requests) {
        this.#quiet.set(key, { since: now, requests });
      } else if (now - quiet.since >= idleStopMs) {
        seen.delete(key);
        stop.push({ key, forMs: Math.round(now - quiet.since) });
      }
    }
    for (const key of this.#quiet.keys()) if (!seen.has(key)) this.#quiet.delete(key);
    return stop;
  }
}
