/**
 * downstream/old-sse-endpoint — the endpoint pair of the HTTP+SSE transport, for clients that know nothing newer.
 *
 *     GET  /sse        a stream; its first event names the URL to post to
 *     POST /messages   202; the answer comes on the stream
 *
 * A session lives as long as its stream. Underneath it is a legacy session like any other.
 * Knows nothing of: message contents.
 *
 * @see MCP 2024-11-05, basic/transports, HTTP with SSE
 */
import { describeError, type Logger, McpMuxError, nextCallId, randomText } from '../base/index.ts';
import {
  EventStream,
  type Exchange,
  type HttpRoute,
  type RoutePolicy,
  readBody,
  sendJson,
  sendText,
} from '../http/index.ts';
import type { Principal, Route } from '../model/index.ts';
import {
  type ClassifiedMessage,
  type ClassifiedRequest,
  classifyMessage,
  inspectRequest,
  internalError,
  invalidRequest,
  type RequestId,
} from '../protocol/index.ts';
import type { LegacyRequests } from './legacy-requests.ts';
import type { LegacySession } from './legacy-session.ts';
import { ReplayBuffer } from './replay-buffer.ts';
import { nothingAt, routePaths } from './route-paths.ts';
import type { SessionRequests } from './session-requests.ts';
import { StreamReply } from './stream-reply.ts';
import { errorText } from './wire-text.ts';

const noBatches: ClassifiedMessage = {
  kind: 'invalid',
  id: null,
  reason: 'a batch is not accepted here; send one message a request',
};

interface OpenStream {
  readonly principal: Principal;
  readonly route: Route;
  readonly messagesPath: string;
  readonly stream: EventStream;
  readonly log: ReplayBuffer;
  /** One stream is one session: a second `initialize` is refused, also while the first is at work. */
  isOpening: boolean;
  session: LegacySession | undefined;
}

export interface OldSseOptions {
  readonly legacy: Pick<LegacyRequests, 'openSession' | 'endSession'>;
  readonly requests: Pick<SessionRequests, 'run' | 'note'>;
  readonly logger: Logger;
  readonly bodyCapBytes: number;
  exists(principal: Principal, route: Route): boolean;
}

/** The routes of the pair, for the door's table. */
export function oldSseRoutes(endpoint: OldSseEndpoint, bodyCapBytes: number): readonly HttpRoute[] {
  const policy = (name: string, method: 'GET' | 'POST'): RoutePolicy => ({
    name,
    auth: 'client',
    rate: 'client',
    isExposed: true,
    methods: [method],
    bodyCapBytes: method === 'POST' ? bodyCapBytes : 0,
    contentTypes: method === 'POST' ? ['application/json'] : [],
    refusalShape: 'json-rpc',
  });
  return routePaths.flatMap(({ path, name, routeOf }): HttpRoute[] => [
    {
      path: `${path}/sse`,
      policy: policy(name.replace('mcp', 'sse'), 'GET'),
      handle: (exchange) => endpoint.open(exchange, routeOf(exchange)),
    },
    {
      path: `${path}/messages`,
      policy: policy(name.replace('mcp', 'messages'), 'POST'),
      handle: (exchange) => endpoint.post(exchange),
    },
  ]);
}

export class OldSseEndpoint {
  readonly #options: OldSseOptions;
  readonly #streams = new Map<string, OpenStream>();

  constructor(options: OldSseOptions) {
    this.#options = options;
  }

  open(exchange: Exchange, route: Route): void {
    if (!this.#options.exists(exchange.principal as Principal, route)) {
      sendJson(exchange, 404, errorText(null, { code: -32001, message: nothingAt(route) }));
      return;
    }
    const id = randomText(32);
    const messagesPath = exchange.path.replace(/sse$/, 'messages');
    const stream = new EventStream(exchange);
    stream.open();
    stream.send({ event: 'endpoint', data: `${relativeMessages(exchange)}?sessionId=${id}` });
    const log = new ReplayBuffer(randomText(12), { hasIds: false });
    log.attach(stream);
    const open: OpenStream = {
      principal: exchange.principal as Principal,
      route,
      messagesPath,
      stream,
      log,
      isOpening: false,
      session: undefined,
    };
    this.#streams.set(id, open);
    stream.onClose(() => {
      this.#streams.delete(id);
      this.#end(open);
    });
  }

  /** Nobody may act for this principal any more: its streams end, and their sessions with them. */
  endAllOf(isTheirs: (principal: Principal) => boolean): void {
    for (const open of [...this.#streams.values()]) if (isTheirs(open.principal)) open.stream.end();
  }

  /** The session of a stream that is over. */
  #end(open: OpenStream): void {
    const { session } = open;
    open.session = undefined;
    if (session === undefined) return;
    this.#options.legacy.endSession(session, 'its stream was closed').catch((error: unknown) => {
      this.#options.logger.warn({ error: describeError(error) }, 'a session could not be removed');
    });
  }

  async post(exchange: Exchange): Promise<void> {
    const open = this.#streams.get(new URLSearchParams(exchange.query).get('sessionId') ?? '');
    if (
      open === undefined ||
      open.principal.id !== exchange.principal?.id ||
      open.messagesPath !== exchange.path
    ) {
      sendJson(
        exchange,
        404,
        errorText(null, { code: -32001, message: 'Session not found; open /sse first' }),
      );
      return;
    }
    let message: ClassifiedMessage;
    try {
      const body = await readBody(exchange, this.#options.bodyCapBytes);
      const inspected = await inspectRequest(body);
      if (!inspected.ok) {
        sendJson(exchange, 400, errorText(null, { code: inspected.code, message: inspected.reason }));
        return;
      }
      message = inspected.isBatch ? noBatches : classifyMessage(inspected.bytes, inspected.messages[0]);
    } catch (error) {
      if (error instanceof McpMuxError && error.kind === 'unavailable') throw error;
      const text = error instanceof Error ? error.message : 'the body could not be read';
      sendJson(exchange, 400, errorText(null, { code: invalidRequest, message: text }));
      return;
    }
    await this.#take(exchange, open, message);
  }

  async #take(exchange: Exchange, open: OpenStream, message: ClassifiedMessage): Promise<void> {
    if (message.kind === 'invalid') {
      sendJson(exchange, 400, errorText(message.id, { code: invalidRequest, message: message.reason }));
      return;
    }
    const reply = new StreamReply(open.log);
    if (message.kind === 'request' && message.method === 'initialize' && open.session === undefined) {
      sendText(exchange, 202, 'Accepted');
      await this.#answering(message.id, reply, () => this.#initialize(exchange, open, message, reply));
      return;
    }
    const session = open.session;
    if (session === undefined) {
      sendJson(
        exchange,
        400,
        errorText(message.kind === 'request' ? message.id : null, {
          code: invalidRequest,
          message: 'The session is not initialized; begin with initialize',
        }),
      );
      return;
    }
    sendText(exchange, 202, 'Accepted');
    const { requests } = this.#options;
    if (message.kind === 'request')
      await this.#answering(message.id, reply, () => requests.run(session, message, reply, nextCallId()));
    else await requests.note(session, message);
  }

  async #initialize(
    exchange: Exchange,
    open: OpenStream,
    request: ClassifiedRequest,
    reply: StreamReply,
  ): Promise<void> {
    if (open.isOpening) {
      const message = 'The session is being initialized already';
      reply.answer(request.id, { kind: 'error', error: { code: invalidRequest, message } });
      return;
    }
    open.isOpening = true;
    try {
      const opened = await this.#options.legacy.openSession(
        exchange,
        open.principal,
        open.route,
        request.params,
      );
      if ('refusal' in opened) {
        reply.answer(request.id, opened.refusal);
        return;
      }
      open.session = opened.session;
      if (!open.stream.isOpen) {
        // It was closed while the session was opened, and nobody else will end it.
        this.#end(open);
        return;
      }
      opened.session.useAsStandingStream(open.log);
      reply.answer(request.id, opened.answer);
    } finally {
      open.isOpening = false;
    }
  }

  /** The POST has been answered by now: what goes wrong is told on the stream, where the client waits. */
  async #answering(id: RequestId, reply: StreamReply, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#options.logger.error({ error: describeError(error) }, 'request failed');
      const message =
        error instanceof McpMuxError && error.kind === 'unavailable'
          ? error.message
          : 'the gateway failed on this request; its log says more';
      reply.answer(id, {
        kind: 'error',
        error: { code: internalError, message, data: { source: 'gateway' } },
      });
    }
  }
}

/**
 * Where to post to, as seen from the stream's own URL: right also behind a proxy that adds a path in front.
 *
 * @see RFC 3986 §5
 */
function relativeMessages({ request }: Exchange): string {
  const [path = ''] = (request.url ?? '').split('?');
  return path.endsWith('/') ? '../messages' : 'messages';
}
