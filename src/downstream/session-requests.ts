/**
 * downstream/session-requests — what is said in a session: requests to the servers or to ourselves, notifications, answers.
 *
 * Knows nothing of: HTTP, how a session begins and ends.
 */
import { heapBytesOf, shortText } from '../base/index.ts';
import {
  type CallHandler,
  invalidParamsAnswer,
  resultAnswer,
  unknownMethodAnswer,
} from '../gateway/index.ts';
import type { Answer } from '../model/index.ts';
import {
  type ClassifiedNotification,
  type ClassifiedRequest,
  type ClassifiedResponse,
  internalError,
  invalidRequest,
  isLogLevel,
  readProgressToken,
} from '../protocol/index.ts';
import type { CallKeepalive } from './call-keepalive.ts';
import { LegacyScope } from './call-scopes.ts';
import { downstreamError } from './errors.ts';
import type { LegacySession } from './legacy-session.ts';
import type { LegacySessions } from './legacy-sessions.ts';
import type { ReplyChannel } from './reply.ts';
import type { SessionRoots } from './session-roots.ts';

/** Bytes of the longest id that a request may have. */
const longestId = 64 * 1024;
/** Subscriptions of one session. */
const maxSubscriptions = 1_000;

/** What a client that has not said where it works would see empty. */
const lists: ReadonlySet<string> = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
]);

export class SessionRequests {
  readonly #serve: CallHandler;
  readonly #sessions: LegacySessions;
  readonly #longCalls: CallKeepalive;
  readonly #roots: SessionRoots;
  /** Passes a client's own news (`roots/list_changed`) to the servers it works with alone. */
  readonly #tellOwnServers: (sessionKey: string, method: string) => void;

  constructor(options: {
    readonly serve: CallHandler;
    readonly sessions: LegacySessions;
    readonly longCalls: CallKeepalive;
    readonly roots: SessionRoots;
    readonly tellOwnServers: (sessionKey: string, method: string) => void;
  }) {
    this.#serve = options.serve;
    this.#sessions = options.sessions;
    this.#longCalls = options.longCalls;
    this.#roots = options.roots;
    this.#tellOwnServers = options.tellOwnServers;
  }

  /** Answers one request of a session. */
  async run(
    session: LegacySession,
    request: ClassifiedRequest,
    reply: ReplyChannel,
    callId: string,
  ): Promise<void> {
    const own = session.isOpen(request.id) ? undefined : this.#ownAnswer(session, request);
    if (own !== undefined) {
      reply.answer(request.id, own instanceof Promise ? await own : own);
      return;
    }
    const cancellation = session.begin(request.id);
    if (cancellation === undefined) {
      reply.answer(request.id, {
        kind: 'error',
        error: {
          code: invalidRequest,
          message: `A request with id ${shortText(JSON.stringify(request.id))} is open already`,
        },
      });
      return;
    }
    if (lists.has(request.method)) await this.#roots.settled(session, reply);
    const scope = new LegacyScope(
      callId,
      request.id,
      session,
      cancellation,
      reply,
      readProgressToken(request.params),
      this.#longCalls,
    );
    const answer = await this.#serve.answer({ method: request.method, params: request.params, scope });
    session.end(request.id);
    const isCancelled = cancellation.isCancelled;
    scope.finish();
    // A request that its client has cancelled gets no answer.
    if (isCancelled && !session.isClosed) reply.drop();
    else if (isCancelled) reply.answer(request.id, sessionEndedAnswer);
    else reply.answer(request.id, answer);
  }

  /** What we answer ourselves. */
  #ownAnswer(session: LegacySession, request: ClassifiedRequest): Answer | Promise<Answer> | undefined {
    switch (request.method) {
      case 'ping':
        return resultAnswer({});
      case 'initialize':
        return {
          kind: 'error',
          error: { code: invalidRequest, message: 'The session is initialized already' },
        };
      case 'logging/setLevel':
        return this.#setLevel(session, request);
      case 'resources/subscribe':
        return this.#subscribe(session, request);
      case 'resources/unsubscribe':
        return this.#unsubscribe(session, request);
      case 'server/discover':
      case 'subscriptions/listen':
        return unknownMethodAnswer(request.method);
      default:
        return undefined;
    }
  }

  async #setLevel(session: LegacySession, request: ClassifiedRequest): Promise<Answer> {
    const level = request.params?.text('level');
    if (!isLogLevel(level)) {
      const given = request.params?.member('level')?.toText() ?? 'none';
      return invalidParamsAnswer(`Invalid log level: ${shortText(given)}`);
    }
    await this.#sessions.change(session, () => ({ logLevel: level }));
    this.#serve.wantLogLevel(session.caller, level);
    return resultAnswer({});
  }

  async #subscribe(session: LegacySession, request: ClassifiedRequest): Promise<Answer> {
    const uri = request.params?.text('uri');
    if (uri === undefined) return invalidParamsAnswer('resources/subscribe needs a uri');
    let answer: Answer = resultAnswer({});
    await this.#sessions
      .change(session, async ({ subscriptions }) => {
        if (subscriptions.includes(uri)) return undefined;
        if (subscriptions.length >= maxSubscriptions) {
          answer = invalidParamsAnswer(
            `The session has ${maxSubscriptions} subscriptions already; end some with resources/unsubscribe`,
          );
          return undefined;
        }
        if (!session.memory.take(heapBytesOf(uri))) {
          answer = memoryFullAnswer();
          return undefined;
        }
        const subscribed = await this.#serve.subscribe(session.caller, uri);
        if ('refusal' in subscribed) {
          session.memory.give(heapBytesOf(uri));
          answer = subscribed.refusal;
          return undefined;
        }
        session.hold(uri, subscribed.release);
        return { subscriptions: [...subscriptions, uri] };
      })
      .catch((error: unknown) => {
        // What could not be stored is not held either.
        if (!session.record.subscriptions.includes(uri)) session.letGo(uri);
        throw error;
      });
    return answer;
  }

  async #unsubscribe(session: LegacySession, request: ClassifiedRequest): Promise<Answer> {
    const uri = request.params?.text('uri');
    if (uri === undefined) return invalidParamsAnswer('resources/unsubscribe needs a uri');
    await this.#sessions.change(session, ({ subscriptions }) => {
      if (!subscriptions.includes(uri)) return undefined;
      session.letGo(uri);
      session.memory.give(heapBytesOf(uri));
      return { subscriptions: subscriptions.filter((other) => other !== uri) };
    });
    return resultAnswer({});
  }

  /** Notifications and answers of the client: nobody waits for a reply. */
  async note(session: LegacySession, message: ClassifiedNotification | ClassifiedResponse): Promise<void> {
    if (message.kind === 'response') {
      session.answered(message.id, message.result, message.error);
      return;
    }
    switch (message.method) {
      case 'notifications/initialized':
        session.isInitialized = true;
        this.#roots.initialized(session);
        return;
      case 'notifications/cancelled': {
        const id = message.params?.read('requestId', longestId);
        if (typeof id === 'string' || typeof id === 'number') {
          session.cancel(id, message.params?.text('reason') ?? 'the client cancelled');
        }
        return;
      }
      case 'notifications/roots/list_changed':
        this.#roots.listChanged(session);
        this.#tellOwnServers(session.record.id, message.method);
        return;
      default:
        return;
    }
  }
}

const sessionEndedAnswer: Answer = {
  kind: 'error',
  error: { code: -32001, message: 'The session was ended while this call was open' },
};

/** Too much is kept already; nothing was begun, so it may be sent again. */
export function memoryFullAnswer(): Answer {
  const { message, code } = downstreamError('memory_full', { whom: 'one key' });
  return {
    kind: 'error',
    error: { code: internalError, message, data: { source: 'gateway', reason: code, retry: 'safe' } },
  };
}
