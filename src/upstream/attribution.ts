/**
 * upstream/attribution — calls that nobody waits for any more, and whose client a server may still mean.
 *
 * Over a pipe what a server asks names no call. A call that was given up shortly before can be meant too: the server may
 * still be working on it.
 * Knows nothing of: messages, wires.
 *
 * @see MCP 2026-07-28, basic/index, Statelessness; SEP-2260
 */
import { type CallScope, isSameClient } from '../model/index.ts';

/** How long a server may need to notice that a call was given up, if it never answers it. */
const staleForMs = 10_000;
/** More than this are not remembered; then nothing is certain for a while. */
const maxGivenUp = 1_000;

/** Calls that nobody waits for any more, until their late answer comes or some time has passed. */
export class AbandonedCalls {
  readonly #calls = new Map<number, { readonly scope: CallScope; readonly until: number }>();

  get size(): number {
    return this.#calls.size;
  }

  /** @param now monotonic ms */
  note(id: number, scope: CallScope, now: number): void {
    this.#forget(now);
    if (this.#calls.size < maxGivenUp) this.#calls.set(id, { scope, until: now + staleForMs });
  }

  /** The calls of which no late answer came yet. */
  scopes(now: number): ReadonlyMap<number, CallScope> {
    this.#forget(now);
    return new Map([...this.#calls].map(([id, { scope }]) => [id, scope]));
  }

  has(id: number): boolean {
    return this.#calls.has(id);
  }

  /** Its late answer came: the server is done with it. */
  answered(id: number): void {
    this.#calls.delete(id);
  }

  /** May the server still be working for another client than that of `scope`? */
  areOfOthers(scope: CallScope, now: number): boolean {
    if (this.#calls.size === 0) return false;
    this.#forget(now);
    for (const call of this.#calls.values()) if (!isSameClient(call.scope.caller, scope.caller)) return true;
    return false;
  }

  #forget(now: number): void {
    for (const [id, call] of this.#calls) {
      if (call.until > now) return;
      this.#calls.delete(id);
    }
  }
}
