/**
 * downstream/legacy-sessions — all legacy sessions: opened, found, remembered over a restart, ended, expired.
 *
 * The store is written before the client learns a session's id, because some clients never initialise again.
 * Another principal's session, or one of another URL, is unknown.
 * Knows nothing of: what is done in a session.
 */
import {
  type Clock,
  describeError,
  type JsonObject,
  type Logger,
  randomText,
  SingleFlight,
  type Timer,
} from '../base/index.ts';
import type {
  DomainEvents,
  LegacyRevision,
  Principal,
  Route,
  SessionId,
  SessionRecord,
  SessionRepository,
} from '../model/index.ts';
import { downstreamError } from './errors.ts';
import { LegacySession } from './legacy-session.ts';

const writeUsesEveryMs = 10_000;
const expireEveryMs = 60_000;

export interface SessionsOptions {
  readonly repository: SessionRepository;
  readonly clock: Clock;
  readonly events: DomainEvents;
  readonly logger: Logger;
  /** A session that was not used for this long is forgotten. */
  readonly idleMs: number;
  readonly maxSessions: number;
  /** A session of an earlier life of the daemon is back in memory. */
  revived(session: LegacySession): void;
  /** It is gone for good; what was held for it can go. */
  closed(session: LegacySession): void;
}

export class LegacySessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<SessionId, LegacySession>();
  readonly #used = new Set<LegacySession>();
  readonly #loading = new SingleFlight<SessionId, SessionRecord | undefined>();
  #timers: Timer[] = [];

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#armTimers();
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

  /** @throws downstream.too_many_sessions, store.* */
  async open(
    principal: Principal,
    route: Route,
    routePath: string,
    told: {
      readonly revision: LegacyRevision;
      readonly clientInfo: JsonObject | undefined;
      readonly capabilities: JsonObject;
      readonly workspace: string | undefined;
    },
  ): Promise<LegacySession> {
    const { maxSessions, clock, repository } = this.#options;
    if (this.#sessions.size >= maxSessions) this.#evictIdle();
    if (this.#sessions.size >= maxSessions)
      throw downstreamError('too_many_sessions', { limit: maxSessions });
    const now = clock.now();
    const record: SessionRecord = {
      id: randomText(32) as SessionId,
      principalId: principal.id,
      routePath,
      revision: told.revision,
      clientInfo: told.clientInfo,
      capabilities: told.capabilities,
      logLevel: undefined,
      subscriptions: [],
      createdAt: now,
      lastUsedAt: now,
    };
    await repository.insert(record);
    const session = new LegacySession(record, principal, route, clock, false, told.workspace);
    this.#sessions.set(record.id, session);
    const name = told.clientInfo?.['name'];
    this.#options.events.publish({
      type: 'downstream.session_opened',
      sessionId: record.id,
      client: typeof name === 'string' ? name : 'unknown',
    });
    return session;
  }

  /**
   * The session, at once when it is in memory.
   *
   * @returns undefined for an unknown id, another principal's, or another URL's
   */
  find(
    id: string,
    principal: Principal,
    route: Route,
    routePath: string,
  ): LegacySession | undefined | Promise<LegacySession | undefined> {
    const known = this.#sessions.get(id as SessionId);
    if (known === undefined) return this.#revive(id as SessionId, principal, route, routePath);
    if (known.record.principalId !== principal.id || known.record.routePath !== routePath) return undefined;
    known.lastUsedAt = this.#options.clock.now();
    this.#used.add(known);
    return known;
  }

  async #revive(
    id: SessionId,
    principal: Principal,
    route: Route,
    routePath: string,
  ): Promise<LegacySession | undefined> {
    const record = await this.#loading.run(id, () => this.#options.repository.get(id));
    if (record === undefined || record.principalId !== principal.id || record.routePath !== routePath)
      return undefined;
    const now = this.#options.clock.now();
    if (record.lastUsedAt < now - this.#options.idleMs) return undefined;
    const already = this.#sessions.get(id);
    if (already !== undefined) return already;
    const session = new LegacySession(record, principal, route, this.#options.clock, true);
    session.lastUsedAt = now;
    this.#sessions.set(id, session);
    this.#used.add(session);
    this.#options.revived(session);
    return session;
  }

  /** Stores a changed record. */
  async change(
    session: LegacySession,
    change: Partial<Pick<SessionRecord, 'logLevel' | 'subscriptions'>>,
  ): Promise<void> {
    const record = { ...session.record, ...change, lastUsedAt: session.lastUsedAt };
    await this.#options.repository.update(record);
    session.record = record;
  }

  async close(session: LegacySession, reason: string): Promise<void> {
    await this.#options.repository.delete(session.record.id);
    this.#forget(session, reason);
  }

  /** The daemon stops: last uses are written, connections end, sessions stay in the store. */
  async shutDown(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    await this.#writeUses();
    for (const session of this.#sessions.values()) session.detach();
  }

  #forget(session: LegacySession, reason: string): void {
    this.#sessions.delete(session.record.id);
    this.#used.delete(session);
    session.close(reason);
    this.#options.closed(session);
    this.#options.events.publish({ type: 'downstream.session_closed', sessionId: session.record.id, reason });
  }

  /** Makes room: the session that has been idle longest goes from memory (its record stays). */
  #evictIdle(): void {
    let oldest: LegacySession | undefined;
    for (const session of this.#sessions.values()) {
      if (session.callsInFlight > 0 || session.hasStandingStream || session.record.subscriptions.length > 0)
        continue;
      if (oldest === undefined || session.lastUsedAt < oldest.lastUsedAt) oldest = session;
    }
    if (oldest !== undefined) this.#sessions.delete(oldest.record.id);
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
    }
  }
}
