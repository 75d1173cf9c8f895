/**
 * downstream/legacy-requests — POST, GET and DELETE of the legacy era: sessions from `initialize` to the end.
 *
 * Knows nothing of: the modern era, servers, storage, what is said in a session.
 *
 * @see MCP 2025-11-25, basic/transports and basic/lifecycle
 */
import { describeError, type Logger, shortText } from '../base/index.ts';
import { type CallHandler, resultAnswer } from '../gateway/index.ts';
import { EventStream, type Exchange, sendEmpty, sendJson } from '../http/index.ts';
import type { Answer, Principal, Route } from '../model/index.ts';
import {
  type ClassifiedRequest,
  internalError,
  invalidParams,
  invalidRequest,
  type LegacyBatch,
  type LegacyNotification,
  type LegacyRequest,
  type LegacyResponse,
  type PostVerdict,
  type RawJson,
  type RequestId,
} from '../protocol/index.ts';
import { readClaims } from './claims.ts';
import type { LegacySession } from './legacy-session.ts';
import type { LegacySessions } from './legacy-sessions.ts';
import type { Notifier } from './notifier.ts';
import { maxInitializeBytes, readInitialize } from './read-initialize.ts';
import { readEventId } from './replay-buffer.ts';
import { acceptsEvents, Reply, refuseStream } from './reply.ts';
import type { SessionRequests } from './session-requests.ts';
import type { SessionRoots } from './session-roots.ts';
import { errorText } from './wire-text.ts';

/** What a client that lost its stream waits before it comes back. */
const retryMs = 2_000;
/** Not JSON-RPC's own; what servers answer for a session or a route that is not there. */
const noSuchServer = -32001;
/** What a session id may look like, ours or not. @see MCP 2025-11-25, basic/transports, Session Management */
const sessionIdPattern = /^[\x21-\x7e]{1,128}$/;

export type LegacyVerdict = Extract<PostVerdict, { era: 'legacy' }>;

interface Posted {
  readonly principal: Principal;
  readonly route: Route;
  readonly verdict: LegacyVerdict;
  readonly sessionId: string | undefined;
  readonly callId: string;
}

interface Opened {
  readonly session: LegacySession;
  readonly answer: Answer;
}

type ErrorAnswer = Extract<Answer, { kind: 'error' }>;

export class LegacyRequests {
  readonly #serve: CallHandler;
  readonly #sessions: LegacySessions;
  readonly #notifier: Notifier;
  readonly #requests: SessionRequests;
  readonly #roots: SessionRoots;
  readonly #logger: Logger;

  constructor(options: {
    readonly serve: CallHandler;
    readonly sessions: LegacySessions;
    readonly notifier: Notifier;
    readonly requests: SessionRequests;
    readonly roots: SessionRoots;
    readonly logger: Logger;
  }) {
    this.#serve = options.serve;
    this.#sessions = options.sessions;
    this.#notifier = options.notifier;
    this.#requests = options.requests;
    this.#roots = options.roots;
    this.#logger = options.logger;
  }

  /** @returns undefined when it is answered already */
  post(exchange: Exchange, posted: Posted): Promise<void> | undefined {
    const { verdict, principal, route, sessionId } = posted;
    if (verdict.kind === 'request' && verdict.method === 'initialize')
      return this.#initialize(exchange, posted, verdict);
    if (sessionId === undefined) {
      // The one request that may come before a session is there (2025-11-25, basic/lifecycle, Initialization).
      if (verdict.kind === 'request' && verdict.method === 'ping') {
        new Reply(exchange, {}).answer(verdict.id, resultAnswer({}));
        return undefined;
      }
      sendJson(
        exchange,
        400,
        errorText(idOf(verdict), {
          code: invalidRequest,
          message: 'Bad Request: Mcp-Session-Id is missing; begin with initialize',
        }),
      );
      return undefined;
    }
    if (!sessionIdPattern.test(sessionId)) {
      refuseMalformedId(exchange, idOf(verdict));
      return undefined;
    }
    const found = this.#sessions.find(sessionId, principal, route, exchange.path, () => readClaims(exchange));
    return found instanceof Promise
      ? found.then((session) => this.#postIn(session, exchange, verdict, posted.callId))
      : this.#postIn(found, exchange, verdict, posted.callId);
  }

  #postIn(
    session: LegacySession | undefined,
    exchange: Exchange,
    verdict: LegacyVerdict,
    callId: string,
  ): Promise<void> | undefined {
    if (session === undefined) {
      sendJson(
        exchange,
        404,
        errorText(idOf(verdict), { code: -32001, message: 'Session not found; begin again with initialize' }),
      );
      return undefined;
    }
    return verdict.kind === 'batch'
      ? this.#batch(exchange, session, verdict, callId)
      : this.#single(exchange, session, verdict, callId);
  }

  /** The standing stream, or the rest of a stream that was cut. */
  async get(exchange: Exchange, principal: Principal, route: Route): Promise<void> {
    const sessionId = exchange.header('mcp-session-id');
    if (sessionId === undefined) {
      sendEmpty(exchange, 405, { allow: 'POST' });
      return;
    }
    if (!sessionIdPattern.test(sessionId)) {
      refuseMalformedId(exchange, null);
      return;
    }
    if (!acceptsEvents(exchange)) {
      refuseStream(exchange, null);
      return;
    }
    const session = await this.#sessions.find(sessionId, principal, route, exchange.path, () =>
      readClaims(exchange),
    );
    if (session === undefined) {
      sendJson(exchange, 404, errorText(null, { code: -32001, message: 'Session not found' }));
      return;
    }
    const lastEventId = exchange.header('last-event-id');
    const resumed = lastEventId === undefined ? undefined : readEventId(lastEventId);
    const stream = new EventStream(exchange);
    const log = resumed === undefined ? undefined : session.findStream(resumed.streamId);
    stream.open({ 'mcp-session-id': session.record.id });
    stream.retry(retryMs);
    if (log !== undefined && resumed !== undefined) {
      log.attach(stream);
      log.replayAfter(resumed.number);
      // What came while nobody listened is on no stream yet.
      if (log === session.standingStream()) session.caughtUp();
      return;
    }
    // A client has one standing stream; a newer one takes the place of one it lost without our noticing.
    const standing = session.standingStream();
    standing.attach(stream);
    if (session.record.revision === '2025-11-25') standing.prime();
    session.caughtUp();
  }

  async delete(exchange: Exchange, principal: Principal, route: Route): Promise<void> {
    const sessionId = exchange.header('mcp-session-id');
    if (sessionId === undefined) {
      sendJson(
        exchange,
        400,
        errorText(null, { code: invalidRequest, message: 'Mcp-Session-Id is missing' }),
      );
      return;
    }
    if (!sessionIdPattern.test(sessionId)) {
      refuseMalformedId(exchange, null);
      return;
    }
    const session = await this.#sessions.find(sessionId, principal, route, exchange.path, () =>
      readClaims(exchange),
    );
    if (session === undefined) {
      sendJson(exchange, 404, errorText(null, { code: -32001, message: 'Session not found' }));
      return;
    }
    await this.#sessions.close(session, 'the client ended it');
    sendEmpty(exchange, 200);
  }

  async #initialize(
    exchange: Exchange,
    posted: Posted,
    request: LegacyRequest & ClassifiedRequest,
  ): Promise<void> {
    const { principal, route } = posted;
    const opened = await this.openSession(exchange, principal, route, request.params);
    if ('refusal' in opened) {
      const isMissing = opened.refusal.error.code === noSuchServer;
      sendJson(exchange, isMissing ? 404 : 400, errorText(request.id, opened.refusal.error));
      return;
    }
    new Reply(exchange, { headers: { 'mcp-session-id': opened.session.record.id } }).answer(
      request.id,
      opened.answer,
    );
  }

  /** Opens a session and says what `initialize` answers. @throws downstream.too_many_sessions, store.* */
  async openSession(
    exchange: Exchange,
    principal: Principal,
    route: Route,
    params: RawJson | undefined,
  ): Promise<Opened | { readonly refusal: ErrorAnswer }> {
    if (!this.#serve.exists(principal, route))
      return {
        refusal: { kind: 'error', error: { code: noSuchServer, message: 'There is no such server' } },
      };
    const facts = readInitialize(params);
    if (facts === undefined) {
      const message = `clientInfo and capabilities are larger than ${maxInitializeBytes} bytes`;
      return { refusal: { kind: 'error', error: { code: invalidParams, message } } };
    }
    const name = params?.object('clientInfo')?.text('name');
    const session = await this.#sessions.open(principal, route, exchange.path, facts, {
      name: typeof name === 'string' ? shortText(name) : 'unknown',
      claims: readClaims(exchange),
    });
    this.#roots.opened(session);
    this.#notifier.watch(session);
    const serverInfo = this.#serve.describeServerTo(session.caller);
    return {
      session,
      answer: resultAnswer({
        protocolVersion: facts.revision,
        capabilities: serverInfo?.capabilities ?? {},
        serverInfo: this.#serve.serverInfo,
        ...(serverInfo?.instructions !== undefined && { instructions: serverInfo.instructions }),
      }),
    };
  }

  async endSession(session: LegacySession, reason: string): Promise<void> {
    await this.#sessions.close(session, reason);
  }

  #single(
    exchange: Exchange,
    session: LegacySession,
    message: LegacyRequest | LegacyNotification | LegacyResponse,
    callId: string,
  ): Promise<void> {
    return message.kind === 'request'
      ? this.#requests.run(session, message, this.#newReply(exchange, session, 1, false), callId)
      : this.#requests.note(session, message).then(() => sendEmpty(exchange, 202));
  }

  async #batch(
    exchange: Exchange,
    session: LegacySession,
    batch: LegacyBatch,
    callId: string,
  ): Promise<void> {
    if (session.record.revision !== '2025-03-26') {
      sendJson(
        exchange,
        400,
        errorText(null, {
          code: invalidRequest,
          message: `Batches belong to revision 2025-03-26; this session speaks ${session.record.revision}`,
        }),
      );
      return;
    }
    const requests = batch.messages.filter(
      (message): message is ClassifiedRequest => message.kind === 'request',
    );
    for (const message of batch.messages) {
      if (message.kind !== 'request') await this.#requests.note(session, message);
    }
    if (requests.length === 0) {
      sendEmpty(exchange, 202);
      return;
    }
    const reply = this.#newReply(exchange, session, requests.length, true);
    await Promise.all(
      requests.map((request) =>
        this.#requests.run(session, request, reply, callId).catch((error: unknown) => {
          // The others of the batch are still to be answered.
          this.#logger.error({ call: callId, error: describeError(error) }, 'request failed');
          reply.answer(request.id, {
            kind: 'error',
            error: {
              code: internalError,
              message: 'the gateway failed on this request; its log says more',
              data: { source: 'gateway', call: callId },
            },
          });
        }),
      ),
    );
  }

  #newReply(exchange: Exchange, session: LegacySession, expected: number, isBatch: boolean): Reply {
    return new Reply(exchange, {
      expected,
      isBatch,
      headers: { 'mcp-session-id': session.record.id },
      makeLog: () => session.newStream(),
      isPrimed: session.record.revision === '2025-11-25',
    });
  }
}

function idOf(verdict: LegacyVerdict): RequestId | null {
  return verdict.kind === 'request' ? verdict.id : null;
}

function refuseMalformedId(exchange: Exchange, id: RequestId | null): void {
  sendJson(
    exchange,
    400,
    errorText(id, { code: invalidRequest, message: 'Bad Request: Mcp-Session-Id is no session id' }),
  );
}
