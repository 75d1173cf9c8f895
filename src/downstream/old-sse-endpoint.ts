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
import { isJsonObject, nextCallId, randomText } from '../base/index.ts';
import {
  EventStream,
  type Exchange,
  type HttpRoute,
  type RoutePolicy,
  readBody,
  sendJson,
  sendText,
} from '../http/index.ts';
import { defaultSpaceId, type Principal, type Route } from '../model/index.ts';
import { classifyMessage, inspectRequest, invalidRequest, negotiateLegacy } from '../protocol/index.ts';
import type { LegacyRequests } from './legacy-requests.ts';
import type { LegacySession } from './legacy-session.ts';
import { StreamLog } from './stream-log.ts';
import { StreamReply } from './stream-reply.ts';
import { errorText } from './wire-text.ts';

interface OpenStream {
  readonly principal: Principal;
  readonly route: Route;
  readonly messagesPath: string;
  readonly log: StreamLog;
  session: LegacySession | undefined;
}

export interface OldSseOptions {
  readonly legacy: LegacyRequests;
  readonly bodyCapBytes: number;
  exists(route: Route): boolean;
}

export function oldSseRoutes(options: OldSseOptions): readonly HttpRoute[] {
  const endpoint = new OldSseEndpoint(options);
  const policy = (name: string, method: 'GET' | 'POST'): RoutePolicy => ({
    name,
    auth: 'client',
    methods: [method],
    bodyCapBytes: method === 'POST' ? options.bodyCapBytes : 0,
    contentTypes: method === 'POST' ? ['application/json'] : [],
    refusalShape: 'json-rpc',
  });
  const all = (): Route => ({ kind: 'all', spaceId: defaultSpaceId });
  const one = (exchange: Exchange): Route => ({
    kind: 'server',
    spaceId: defaultSpaceId,
    alias: exchange.parameters['alias'] ?? '',
  });
  return [
    { path: '/sse', policy: policy('sse', 'GET'), handle: (exchange) => endpoint.open(exchange, all()) },
    { path: '/messages', policy: policy('messages', 'POST'), handle: (exchange) => endpoint.post(exchange) },
    {
      path: '/servers/:alias/sse',
      policy: policy('server-sse', 'GET'),
      handle: (exchange) => endpoint.open(exchange, one(exchange)),
    },
    {
      path: '/servers/:alias/messages',
      policy: policy('server-messages', 'POST'),
      handle: (exchange) => endpoint.post(exchange),
    },
  ];
}

class OldSseEndpoint {
  readonly #options: OldSseOptions;
  readonly #streams = new Map<string, OpenStream>();

  constructor(options: OldSseOptions) {
    this.#options = options;
  }

  open(exchange: Exchange, route: Route): void {
    if (!this.#options.exists(route)) {
      sendJson(
        exchange,
        404,
        errorText(null, { code: -32001, message: 'There is no such server; see: mcpmux list' }),
      );
      return;
    }
    const id = randomText(32);
    const messagesPath = exchange.path.replace(/sse$/, 'messages');
    const stream = new EventStream(exchange);
    stream.open();
    stream.send({ event: 'endpoint', data: `${messagesPath}?sessionId=${id}` });
    const log = new StreamLog(randomText(12), 'message');
    log.attach(stream);
    const open: OpenStream = {
      principal: exchange.principal as Principal,
      route,
      messagesPath,
      log,
      session: undefined,
    };
    this.#streams.set(id, open);
    stream.onClose(() => {
      this.#streams.delete(id);
      if (open.session !== undefined)
        void this.#options.legacy.endSession(open.session, 'its stream was closed');
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
    let message: unknown;
    try {
      const body = await readBody(exchange, this.#options.bodyCapBytes);
      const inspected = inspectRequest(body);
      if (!inspected.ok) {
        sendJson(exchange, 400, errorText(null, { code: inspected.code, message: inspected.reason }));
        return;
      }
      message = JSON.parse(body.toString('utf8'));
    } catch (error) {
      const text = error instanceof Error ? error.message : 'the body could not be read';
      sendJson(exchange, 400, errorText(null, { code: invalidRequest, message: text }));
      return;
    }
    await this.#take(exchange, open, message);
  }

  async #take(exchange: Exchange, open: OpenStream, posted: unknown): Promise<void> {
    const message = classifyMessage(posted);
    if (message.kind === 'invalid') {
      sendJson(exchange, 400, errorText(message.id, { code: invalidRequest, message: message.reason }));
      return;
    }
    const { legacy } = this.#options;
    const reply = new StreamReply(open.log);
    if (message.kind === 'request' && message.method === 'initialize') {
      const params = message.params ?? {};
      const opened = await legacy.openSession(exchange, open.principal, open.route, {
        revision: negotiateLegacy(params['protocolVersion']),
        clientInfo: isJsonObject(params['clientInfo']) ? params['clientInfo'] : undefined,
        capabilities: isJsonObject(params['capabilities']) ? params['capabilities'] : {},
      });
      sendText(exchange, 202, 'Accepted');
      if (opened === undefined) return;
      open.session = opened.session;
      opened.session.useAsStandingStream(open.log);
      reply.answer(message.id, opened.answer);
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
    if (message.kind === 'request') await legacy.run(session, message, reply, nextCallId());
    else await legacy.note(session, message);
  }
}
