/**
 * downstream/create-downstream — puts the room together, so that whoever composes the daemon sees one thing.
 */

import { profileOf } from '../access/index.ts';
import { type ByteBudget, type Cancellation, type Clock, describeError, type Logger } from '../base/index.ts';
import type { CallHandler } from '../gateway/index.ts';
import type { HttpRoute } from '../http/index.ts';
import {
  type Ask,
  type AskReply,
  cannotAsk,
  type DomainEvents,
  type Principal,
  type SessionId,
  type SessionRepository,
} from '../model/index.ts';
import { missingForAsk } from '../protocol/index.ts';
import { CallKeepalive } from './call-keepalive.ts';
import { LegacyRequests } from './legacy-requests.ts';
import type { LegacySession } from './legacy-session.ts';
import { LegacySessions } from './legacy-sessions.ts';
import { mcpRoutes } from './mcp-endpoint.ts';
import { ModernListeners } from './modern-listeners.ts';
import { ModernRequests } from './modern-requests.ts';
import { Notifier } from './notifier.ts';
import { OldSseEndpoint, oldSseRoutes } from './old-sse-endpoint.ts';
import { PostHandler } from './post-handler.ts';
import { SessionRecords } from './session-records.ts';
import { SessionRequests } from './session-requests.ts';
import { SessionRoots } from './session-roots.ts';

export interface DownstreamOptions {
  readonly serve: CallHandler;
  readonly sessions: SessionRepository;
  readonly events: DomainEvents;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly bodyCapBytes: number;
  readonly sessionIdleMs: number;
  readonly maxSessions: number;
  /** What clients may make us keep: sessions, subscriptions, streams to come back to, bodies of calls. */
  readonly memory: ByteBudget;
  /** Can it matter in which folder a client works? */
  asksForFolders(): boolean;
  /** Follows links, and keeps what is not on this machine. */
  realFolders(uris: readonly string[]): Promise<readonly string[]>;
  /** A session ended: its private legs can go. */
  released(sessionKey: string): void;
  /** A client's own news (`roots/list_changed`) for the servers it works with alone. */
  tellOwnServers(sessionKey: string, method: string): void;
}

export interface Downstream {
  readonly routes: readonly HttpRoute[];
  readonly sessionCount: number;
  readonly listenerCount: number;
  /** Puts an ask that belongs to no call to the client of a session; undefined when there is no such session. */
  askSession(sessionKey: string, ask: Ask, cancellation: Cancellation): Promise<AskReply> | undefined;
  hasSession(sessionKey: string): boolean;
  /** Does the client of that session listen, or wait for an answer? */
  isPresent(sessionKey: string): boolean;
  close(): Promise<void>;
}

export function createDownstream(options: DownstreamOptions): Downstream {
  const { serve, clock, events } = options;
  const logger = options.logger.child({ room: 'downstream' });
  /** A session is back: its servers are asked again for what it wants to hear. */
  const subscribeAgain = async (session: LegacySession, uri: string): Promise<void> => {
    try {
      const subscribed = await serve.subscribe(session.caller, uri);
      if ('refusal' in subscribed) return;
      if (session.record.subscriptions.includes(uri)) session.hold(uri, subscribed.release);
      else subscribed.release();
    } catch (error) {
      logger.warn(
        { error: describeError(error) },
        'a subscription of an earlier session could not be renewed',
      );
    }
  };
  const records = new SessionRecords(options.sessions, clock, logger);
  const sessions = new LegacySessions({
    repository: records,
    clock,
    events,
    logger,
    idleMs: options.sessionIdleMs,
    maxSessions: options.maxSessions,
    memory: options.memory,
    closed: (session) => roots.closed(session),
    revived: (session) => {
      roots.opened(session);
      notifier.watch(session);
      if (session.logLevel !== undefined) serve.wantLogLevel(session.caller, session.logLevel);
      for (const uri of session.record.subscriptions) void subscribeAgain(session, uri);
    },
    released: (id) => options.released(id),
  });
  const listeners = new ModernListeners();
  const longCalls = new CallKeepalive(clock);
  const notifier = new Notifier({ serve, sessions, listeners, clock, events });
  const roots: SessionRoots = new SessionRoots({
    asksForFolders: () => options.asksForFolders(),
    realFolders: (uris) => options.realFolders(uris),
    changed: (session) => {
      notifier.resolutionChanged(session);
      serve.noteAccess(session.caller);
    },
    store: (session, uris) => sessions.change(session, () => ({ roots: uris })),
    asksListsOnce: ({ caller }) => {
      const name = caller.client.info?.['name'];
      return typeof name === 'string' && profileOf(name)?.followsLists === false;
    },
    clock,
    logger,
  });
  const unsubscribeFromAccess = events.subscribe(({ event }) => {
    if (event.type === 'access.changed') roots.accessChanged(sessions.all());
  });
  const requests = new SessionRequests({
    serve,
    sessions,
    longCalls,
    roots,
    tellOwnServers: (sessionKey, method) => options.tellOwnServers(sessionKey, method),
  });
  const legacy = new LegacyRequests({ serve, sessions, notifier, requests, roots, logger });
  const modern = new ModernRequests({ serve, listeners, notifier, longCalls });
  const intake = new PostHandler({ legacy, modern, bodyCapBytes: options.bodyCapBytes, logger });
  const oldSse = new OldSseEndpoint({
    legacy,
    requests,
    logger,
    bodyCapBytes: options.bodyCapBytes,
    exists: (principal, route) => serve.exists(principal, route),
  });
  // A credential that was taken away opens nothing any more; what it had opened ends.
  const unsubscribeFromKeys = events.subscribe(({ event }) => {
    if (event.type !== 'auth.access_ended') return;
    const { principalId, credentialId, reason } = event;
    const isTheirs = ({ id, credentialId: theirs }: Principal): boolean =>
      id === principalId && (credentialId === undefined || credentialId === theirs);
    longCalls.revokeAllOf(isTheirs);
    listeners.revokeAllOf(isTheirs);
    oldSse.endAllOf(isTheirs);
    sessions.closeAllOf(isTheirs, reason).catch((error: unknown) => {
      logger.warn(
        { error: describeError(error) },
        'sessions of a client that was shut out could not be removed',
      );
    });
  });
  return {
    routes: [
      ...mcpRoutes({
        intake,
        legacy,
        bodyCapBytes: options.bodyCapBytes,
        exists: (principal, route) => serve.exists(principal, route),
      }),
      ...oldSseRoutes(oldSse, options.bodyCapBytes),
    ],
    get sessionCount() {
      return sessions.size;
    },
    get listenerCount() {
      return listeners.size;
    },
    askSession(sessionKey, ask, cancellation) {
      const session = sessions.get(sessionKey as SessionId);
      if (session === undefined) return undefined;
      const missing = missingForAsk(ask.method, ask.params, session.caller.client.capabilities);
      if (missing !== undefined) return Promise.resolve(cannotAsk(ask, missing));
      return session.ask(ask, cancellation, undefined);
    },
    hasSession: (sessionKey) => sessions.get(sessionKey as SessionId) !== undefined,
    isPresent(sessionKey) {
      const session = sessions.get(sessionKey as SessionId);
      return session !== undefined && (session.hasStandingStream || session.callsInFlight > 0);
    },
    async close() {
      unsubscribeFromAccess();
      unsubscribeFromKeys();
      notifier.close();
      longCalls.close();
      listeners.endAll();
      await sessions.shutDown();
      await records.close();
    },
  };
}
