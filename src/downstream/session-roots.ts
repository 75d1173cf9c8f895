/**
 * downstream/session-roots — asks the client of a session in which folders it works, where that can decide what it sees.
 *
 *     nothing ─can decide─→ pending ─answer─→ arrived ─roots/list_changed─→ asked again, what it said counts till then
 *                              └─grace─→ lapsed ─a late answer─→ arrived
 *
 * pending: it sees nothing yet. lapsed: it is taken for a client without folders. Many clients answer late or only when they
 * listen, so it is asked again on a schedule, and on the reply of a list that it waits for.
 * Nobody is asked while no rule depends on folders.
 * Knows nothing of: what follows from a folder.
 *
 * @see MCP 2025-11-25, client/roots
 */
import { Cancellation, type Clock, type Logger, type Timer } from '../base/index.ts';
import type { ReportedRoots } from '../model/index.ts';
import { hasRoots, type RawJson } from '../protocol/index.ts';
import type { LegacySession } from './legacy-session.ts';
import type { ReplyChannel } from './reply.ts';

/** After `notifications/initialized`, ms: soon for those that are quick, and again for those that are not. */
export const askAfterMs: readonly number[] = [100, 300, 800, 2_000, 5_000];
/** From then on it is taken for a client without folders. */
export const graceMs = 5_000;
/** How long a list waits for the answer; the next ones come by themselves when it is there. */
const listWaitsMs = 300;
/** Folders of one client, and the bytes of its answer. */
const maxRoots = 64;
const maxAnswerBytes = 64 * 1024;

interface Watch {
  readonly timers: Timer[];
  /** The ask that is open. */
  asking: Promise<void> | undefined;
}

export interface SessionRootsOptions {
  /** Can it matter in which folder a client works? */
  readonly asksForFolders: () => boolean;
  /** Follows links; what is not on this machine comes back as it is. */
  readonly realFolders: (uris: readonly string[]) => Promise<readonly string[]>;
  /** What the session sees may be something else now. */
  readonly changed: (session: LegacySession) => void;
  /** Stored with the session, so that it is known again after a restart. */
  readonly store: (session: LegacySession, roots: readonly string[]) => Promise<void>;
  /** Does this client wait for its first list in vain, because it never asks again? Then it is made to wait longer. */
  readonly asksListsOnce: (session: LegacySession) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class SessionRoots {
  readonly #options: SessionRootsOptions;
  readonly #watches = new WeakMap<LegacySession, Watch>();

  constructor(options: SessionRootsOptions) {
    this.#options = options;
  }

  /** A session is there, new or again. */
  opened(session: LegacySession): void {
    if (!this.#mayAsk(session) || session.caller.roots !== undefined) return;
    session.reportRoots({ state: 'pending' });
    if (session.isInitialized) this.initialized(session);
  }

  /** It can be asked from here on. */
  initialized(session: LegacySession): void {
    if (session.caller.roots?.state !== 'pending' || this.#watches.has(session)) return;
    const { clock } = this.#options;
    const watch: Watch = { timers: [], asking: undefined };
    this.#watches.set(session, watch);
    for (const afterMs of askAfterMs)
      watch.timers.push(clock.after(afterMs, () => void this.#ask(session, watch, undefined)));
    watch.timers.push(
      clock.after(graceMs, () => {
        if (session.caller.roots?.state === 'pending') this.#report(session, { state: 'lapsed' });
      }),
    );
  }

  /** The client says that its folders are others now. */
  listChanged(session: LegacySession): void {
    if (!this.#mayAsk(session)) return;
    const watch = this.#watches.get(session) ?? { timers: [], asking: undefined };
    this.#watches.set(session, watch);
    void this.#ask(session, watch, undefined, true);
  }

  /** What decides is another now: it may depend on folders from here on. */
  accessChanged(sessions: Iterable<LegacySession>): void {
    if (!this.#options.asksForFolders()) return;
    for (const session of sessions) this.opened(session);
  }

  /** Before a list is answered: a client that has not said yet where it works may do so on this very reply. */
  async settled(session: LegacySession, reply: ReplyChannel): Promise<void> {
    if (session.caller.roots?.state !== 'pending') return;
    const { clock, asksListsOnce } = this.#options;
    this.initialized(session);
    const watch = this.#watches.get(session);
    if (watch === undefined) return;
    const waitMs = asksListsOnce(session) ? graceMs : listWaitsMs;
    let timer: Timer | undefined;
    const waited = new Promise<void>((resolve) => {
      timer = clock.after(waitMs, resolve);
    });
    const on = session.hasStandingStream || !reply.canSay ? undefined : reply;
    await Promise.race([this.#ask(session, watch, on), waited]);
    timer?.cancel();
  }

  /** The session is over. */
  closed(session: LegacySession): void {
    for (const timer of this.#watches.get(session)?.timers ?? []) timer.cancel();
  }

  #mayAsk(session: LegacySession): boolean {
    return hasRoots(session.caller.client.capabilities) && this.#options.asksForFolders();
  }

  #ask(session: LegacySession, watch: Watch, on: ReplyChannel | undefined, isAnew = false): Promise<void> {
    if (session.isClosed || (session.caller.roots?.state === 'arrived' && !isAnew)) return Promise.resolve();
    if (watch.asking !== undefined && !isAnew) return watch.asking;
    const asking = this.#askOnce(session, on).finally(() => {
      if (watch.asking === asking) watch.asking = undefined;
    });
    watch.asking = asking;
    return asking;
  }

  async #askOnce(session: LegacySession, on: ReplyChannel | undefined): Promise<void> {
    const reply = await session.ask({ method: 'roots/list', params: undefined }, new Cancellation(), on);
    if (session.isClosed) return;
    if (reply.kind !== 'result') {
      // It says that it cannot, in spite of what it declared: a client without folders.
      if (reply.kind === 'error' && session.caller.roots?.state === 'pending' && reply.error.code === -32601)
        this.#report(session, { state: 'arrived', uris: [] });
      return;
    }
    const uris = await this.#options.realFolders(readRoots(reply.result));
    if (session.isClosed) return;
    this.#report(session, { state: 'arrived', uris });
    await this.#options.store(session, uris).catch((error: unknown) => {
      // It is asked again after a restart.
      this.#options.logger.debug({ error: String(error) }, 'the folders of a session were not stored');
    });
  }

  #report(session: LegacySession, roots: ReportedRoots): void {
    session.reportRoots(roots);
    this.#options.changed(session);
  }
}

/** The addresses in a `roots/list` result, in the client's order. */
export function readRoots(result: RawJson): readonly string[] {
  const listed = result.member('roots');
  if (listed?.isArray !== true || result.byteLength > maxAnswerBytes) return [];
  return listed
    .elements()
    .slice(0, maxRoots)
    .flatMap((root) => (root.isObject ? (root.text('uri') ?? []) : []));
}
