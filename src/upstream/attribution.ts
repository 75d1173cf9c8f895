/**
 * upstream/attribution — which call of a client a server can mean, on a wire that does not say it.
 *
 * Over a pipe what a server asks names no call. It is put to a client only when no other client can be meant: when all
 * open calls are of one legacy session, or there is one open call, and no call of somebody else was given up shortly
 * before, which the server may still be working on.
 * Knows nothing of: messages, wires.
 *
 * @see MCP 2026-07-28, basic/index, Statelessness; SEP-2260
 */
import type { CallScope } from '../model/index.ts';

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

  /** Its late answer came: the server is done with it. */
  answered(id: number): void {
    this.#calls.delete(id);
  }

  /** May the server still be working for another client than that of `scope`? */
  areOfOthers(scope: CallScope, now: number): boolean {
    if (this.#calls.size === 0) return false;
    this.#forget(now);
    for (const call of this.#calls.values()) if (!isLikelySameClient(call.scope, scope)) return true;
    return false;
  }

  #forget(now: number): void {
    for (const [id, call] of this.#calls) {
      if (call.until > now) return;
      this.#calls.delete(id);
    }
  }
}

/** Certain only of legacy sessions: two programs may come with one credential and one name in the modern era. */
export function isSameSession(one: CallScope, other: CallScope): boolean {
  return one.caller.sessionKey !== undefined && one.caller.sessionKey === other.caller.sessionKey;
}

/** Good enough for a client that gives one call up and makes the next. */
function isLikelySameClient(one: CallScope, other: CallScope): boolean {
  if (one.caller.sessionKey !== undefined || other.caller.sessionKey !== undefined) {
    return isSameSession(one, other);
  }
  return (
    one.caller.principal.id === other.caller.principal.id &&
    one.caller.client.info?.['name'] === other.caller.client.info?.['name']
  );
}
