/**
 * downstream/legacy-sessions — all legacy sessions: opened, found, remembered over a restart, ended, expired.
 *
 * A session is bounded by number and by bytes. At a bound the one that was unused longest makes room: it goes from memory,
 * and comes back from the store when its client does.
 * The store is written before the client learns a session's id, because some clients never initialise again.
 * Another principal's session, or one of another URL, is unknown.
 * Knows nothing of: what is done in a session.
 */
import {
  type ByteBudget,
  type Clock,
  describeError,
  heapBytesOf,
  type Logger,
  randomText,
  SingleFlight,
  type Timer,
} from '../base/index.ts';
import type {
  DomainEvents,
  Principal,
  Route,
  SessionId,
  SessionRecord,
  SessionRepository,
} from '../model/index.ts';
import type { Claims } from './claims.ts';
import { downstreamError } from './errors.ts';
import { KeptBytes } from './kept-bytes.ts';
import { LegacySession } from './legacy-session.ts';
import type { InitializeFacts } from './read-initialize.ts';

const writeUsesEveryMs = 10_000;
const expireEveryMs = 60_000;
/** What a session takes beside its texts: objects, maps, timers. */
const sessionOverheadBytes = 2_048;
/** A bound on the work of one request that needs room. */
const evictionsAtMost = 256;

/** What of a session's record changes while it lives. */
export type RecordChange = Partial<Pick<SessionRecord, 'logLevel' | 'subscriptions' | 'roots'>>;

export interface SessionsOptions {
  readonly repository: SessionRepository;
  readonly clock: Clock;
  readonly events: DomainEvents;
  readonly logger: Logger;
  /** A session that was not used for this long is forgotten. */
  readonly idleMs: number;
  readonly maxSessions: number;
  /** What all clients together, and each principal, may make us keep. */
  readonly memory: ByteBudget;
  /** A session of an earlier life of the daemon is back in memory. */
  revived(session: LegacySession): void;
  /** It is gone for good, or from memory until its client comes back: what was held for it can go. */
  released(id: SessionId): void;
  /** The session object is done with; what waits for it need not. */
  closed?(session: LegacySession): void;
}

export class LegacySessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<SessionId, LegacySession>();
  readonly #used = new Set<LegacySession>();
  /** Those whose record is being written. */
  #opening = 0;
  readonly #loading = new SingleFlight<SessionId, SessionRecord | undefined>();
  #timers: Timer[] = [];

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#armTimers();
    // A large request needs room too, and finds sessions that nobody uses in its way.
    options.memory.reclaimWith((owner, hasRoom) => {
      for (let evictions = 0; evictions < evictionsAtMost && !hasRoom(); evictions += 1) {
        const session = this.#longestUnused(owner);
        if (session === undefined) return;
        this.#evict(session);
      }
    });
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(id: SessionId): LegacySession | undefined {
    return this.#sessions.get(id);
  }

  all(): Iterable<LegacySession> {
    return this.#sessions.values();
  }

  /** @throws downstream.too_many_sessions, downstream.memory_full, store.* */
  async open(
    principal: Principal,
    route: Route,
    routePath: string,
    facts: InitializeFacts,
    client: { readonly name: string; readonly claims: Claims },
  ): Promise<LegacySession> {
    const { clock, repository } = this.#options;
    const now = clock.now();
    const record: SessionRecord = {
      id: randomText(32) as SessionId,
      principalId: principal.id,
      routePath,
      ...facts,
      logLevel: undefined,
      subscriptions: [],
      workspace: client.claims.workspace,
      bridgeFolder: client.claims.bridgeFolder,
      roots: undefined,
      createdAt: now,
      lastUsedAt: now,
    };
    const memory = this.#makeRoom(record);
    // Others come while the store writes: the place is taken before.
    this.#opening += 1;
    try {
      await repository.insert(record);
    } catch (error) {
      memory.close();
      throw error;
    } finally {
      this.#opening -= 1;
    }
    const session = new LegacySession(record, principal, route, clock, false, memory);
    this.#sessions.set(record.id, session);
    this.#options.events.publish({
      type: 'downstream.session_opened',
      sessionId: record.id,
      client: client.name,
    });
    return session;
  }

  /**
   * The session, at once when it is in memory.
   *
   * @param claims of the request; asked when the session is not in memory, and counts where nothing is stored
   * @returns undefined for an unknown id, another principal's, or another URL's
   * @throws  downstream.too_many_sessions, downstream.memory_full, when it is not in memory and cannot be
   */
  find(
    id: string,
    principal: Principal,
    route: Route,
    routePath: string,
    claims: () => Claims,
  ): LegacySession | undefined | Promise<LegacySession | undefined> {
    const known = this.#sessions.get(id as SessionId);
    if (known === undefined) return this.#revive(id as SessionId, principal, route, routePath, claims());
    if (known.record.principalId !== principal.id || known.record.routePath !== routePath) return undefined;
    // The same client may come with its next key; the session goes with the one that it uses now.
    if (known.caller.principal !== principal) known.adoptPrincipal(principal);
    known.lastUsedAt = this.#options.clock.now();
    this.#used.add(known);
    return known;
  }

  async #revive(
    id: SessionId,
    principal: Principal,
    route: Route,
    routePath: string,
    claims: Claims,
  ): Promise<LegacySession | undefined> {
    const stored = await this.#loading.run(id, () => this.#options.repository.get(id));
    if (stored === undefined || stored.principalId !== principal.id || stored.routePath !== routePath)
      return undefined;
    const now = this.#options.clock.now();
    if (stored.lastUsedAt < now - this.#options.idleMs) return undefined;
    const already = this.#sessions.get(id);
    if (already !== undefined) return already;
    const memory = this.#makeRoom(stored);
    const record: SessionRecord = {
      ...stored,
      workspace: stored.workspace ?? claims.workspace,
      bridgeFolder: stored.bridgeFolder ?? claims.bridgeFolder,
    };
    const session = new LegacySession(record, principal, route, this.#options.clock, true, memory);
    session.lastUsedAt = now;
    this.#sessions.set(id, session);
    this.#used.add(session);
    this.#options.revived(session);
    return session;
  }

  /**
   * Changes what is stored of a session, one change after the other.
   *
   * @param decide sees the record as the change before left it. Undefined: there is nothing to store
   * @throws       store.*, and what `decide` throws
   */
  change(
    session: LegacySession,
    decide: (record: SessionRecord) => RecordChange | undefined | Promise<RecordChange | undefined>,
  ): Promise<void> {
    return session.inTurn(async () => {
      const change = await decide(session.record);
      // A session that was ended meanwhile has no record any more.
      if (change === undefined || session.isClosed) return;
      const record = { ...session.record, ...change, lastUsedAt: session.lastUsedAt };
      await this.#options.repository.update(record);
      session.record = record;
    });
  }

  /** Ends a session. It ends in memory even when the store fails. @throws store.* */
  async close(session: LegacySession, reason: string): Promise<void> {
    try {
      await this.#options.repository.delete(session.record.id);
    } finally {
      this.#forget(session, reason);
    }
  }

  /** Nobody may act as these principals any more: all that they have open ends. */
  async closeAllOf(isTheirs: (principal: Principal) => boolean, reason: string): Promise<void> {
    const theirs = [...this.#sessions.values()].filter((session) => isTheirs(session.caller.principal));
    await Promise.all(theirs.map((session) => this.close(session, reason)));
  }

  /** The daemon stops: last uses are written, connections end, sessions stay in the store. */
  async shutDown(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    await this.#writeUses();
    for (const session of this.#sessions.values()) session.detach();
  }

  #forget(session: LegacySession, reason: string): void {
    if (!this.#sessions.delete(session.record.id)) return;
    this.#used.delete(session);
    this.#options.closed?.(session);
    session.close(reason);
    this.#options.released(session.record.id);
    this.#options.events.publish({ type: 'downstream.session_closed', sessionId: session.record.id, reason });
  }

  /**
   * Takes a place and the bytes of a session, at once; sessions that are not used make room for it.
   *
   * @throws downstream.too_many_sessions, downstream.memory_full
   */
  #makeRoom(record: SessionRecord): KeptBytes {
    const { maxSessions, memory: budget } = this.#options;
    const owner = record.principalId;
    const memory = new KeptBytes(budget, owner);
    const bytes = bytesOf(record);
    for (let evictions = 0; ; evictions += 1) {
      const hasPlace = this.#sessions.size + this.#opening < maxSessions;
      if (hasPlace && memory.take(bytes)) return memory;
      // Whoever has used up their own share makes room themselves.
      const isOwnerFull = hasPlace && budget.isOwnerFull(owner, bytes);
      const evicted =
        evictions < evictionsAtMost ? this.#longestUnused(isOwnerFull ? owner : undefined) : undefined;
      if (evicted !== undefined) this.#evict(evicted);
      else if (!hasPlace) throw downstreamError('too_many_sessions', { limit: maxSessions });
      else throw downstreamError('memory_full', { whom: isOwnerFull ? 'one key' : 'all of them' });
    }
  }

  /** Of those that are not at work; those that listen to nothing go first. */
  #longestUnused(owner: string | undefined): LegacySession | undefined {
    let longest: LegacySession | undefined;
    let longestListens = true;
    for (const session of this.#sessions.values()) {
      if (session.isBusy || (owner !== undefined && session.record.principalId !== owner)) continue;
      const listens = session.hasStandingStream || session.record.subscriptions.length > 0;
      if (listens && !longestListens) continue;
      if (longest !== undefined && listens === longestListens && session.lastUsedAt >= longest.lastUsedAt)
        continue;
      longest = session;
      longestListens = listens;
    }
    return longest;
  }

  /** It goes from memory; its record stays, and its client finds it again with the next request. */
  #evict(session: LegacySession): void {
    this.#sessions.delete(session.record.id);
    this.#options.closed?.(session);
    session.close('its place was needed by another session');
    this.#options.released(session.record.id);
  }

  #armTimers(): void {
    const repeat = (everyMs: number, act: () => Promise<void>): void => {
      const timer = this.#options.clock.after(everyMs, () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
        act()
          .catch((error: unknown) => {
            this.#options.logger.warn({ error: describeError(error) }, 'sessions could not be tended');
          })
          .finally(() => repeat(everyMs, act));
      });
      this.#timers.push(timer);
    };
    repeat(writeUsesEveryMs, () => this.#writeUses());
    repeat(expireEveryMs, () => this.#expire());
  }

  async #writeUses(): Promise<void> {
    if (this.#used.size === 0) return;
    const uses = [...this.#used].map((session) => ({
      id: session.record.id,
      lastUsedAt: session.lastUsedAt,
    }));
    this.#used.clear();
    await this.#options.repository.touch(uses);
  }

  async #expire(): Promise<void> {
    const before = this.#options.clock.now() - this.#options.idleMs;
    // An open stream or a running call is use, even when nothing was sent lately.
    for (const session of this.#sessions.values()) {
      if (session.hasStandingStream || session.callsInFlight > 0) {
        session.lastUsedAt = this.#options.clock.now();
        this.#used.add(session);
      }
    }
    await this.#writeUses();
    for (const id of await this.#options.repository.deleteUnusedSince(before)) {
      const session = this.#sessions.get(id);
      if (session !== undefined) this.#forget(session, 'it was not used for a long time');
      else this.#options.released(id);
    }
  }
}

function bytesOf({
  clientInfoText = '',
  capabilitiesText,
  subscriptions,
  workspace = '',
  bridgeFolder = '',
}: SessionRecord): number {
  let bytes =
    sessionOverheadBytes +
    heapBytesOf(workspace) +
    heapBytesOf(bridgeFolder) +
    heapBytesOf(clientInfoText) +
    heapBytesOf(capabilitiesText);
  for (const uri of subscriptions) bytes += heapBytesOf(uri);
  return bytes;
}
