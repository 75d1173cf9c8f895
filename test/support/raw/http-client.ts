/**
 * raw/http-client — an MCP client over Streamable HTTP made by hand, in either era.
 *
 * Every answer keeps its status, headers and text. Requests of the server are answered by the handlers given, on the
 * stream they came on being irrelevant: the answer is a POST of its own. Nothing is repaired and nothing is retried.
 */
import { Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { withDeadline } from '../deadline.ts';
import { deferred } from '../deferred.ts';
import { Inbox } from './inbox.ts';
import { type SseEvent, SseReader } from './sse.ts';
import {
  answerWith,
  type Era,
  type Identity,
  isRequest,
  isResponse,
  type Json,
  LATEST_LEGACY_REVISION,
  MODERN_REVISION,
  modernHeaders,
  modernParams,
  type RpcError,
  type RpcId,
  type RpcMessage,
  withoutUndefined,
} from './wire.ts';

export type HeaderMap = Readonly<Record<string, string | undefined>>;

export interface RawHttpOptions {
  readonly url: string;
  readonly era: Era;
  /** Sent with every request: the credential, for one. */
  readonly headers?: HeaderMap;
  readonly revision?: string;
  readonly clientInfo?: Json;
  readonly capabilities?: Json;
  /** What to answer when the server asks, by method. Throw an RpcRefusal to answer with an error; undefined: stay silent. */
  readonly handlers?: Readonly<Record<string, (params: Json, message: RpcMessage) => unknown>>;
  readonly timeoutMs?: number;
}

export interface CallOptions {
  readonly id?: RpcId;
  /** Added to the usual headers; undefined removes one. */
  readonly headers?: HeaderMap;
  /** Added to `_meta`; undefined removes a key. */
  readonly meta?: Json;
  readonly timeoutMs?: number;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The JSON-RPC response, when there was one. */
  readonly message: RpcMessage | undefined;
  readonly result: Json | undefined;
  readonly error: RpcError | undefined;
  /** The whole body, as received. */
  readonly text: string;
}

export interface RawEvent extends SseEvent {
  readonly message: RpcMessage | undefined;
}

/** A request on its way. Its stream can be watched and cut while it runs. */
export interface RawCall {
  readonly id: RpcId;
  /** Messages on this call's own stream, the response included. */
  readonly inbox: Inbox<RpcMessage>;
  readonly events: Inbox<RawEvent>;
  readonly comments: Inbox<string>;
  /** Settles with the response, or with what else ended the exchange. */
  readonly answer: Promise<RawAnswer>;
  /** The head of the response: before the body. */
  readonly head: Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders }>;
  /** Settles when the stream has ended, whoever ended it. */
  readonly ended: Promise<void>;
  /** Cuts the connection. */
  abort(): void;
  /** Stops and goes on reading: a slow client. */
  pause(): void;
  resume(): void;
}

const DEFAULT_TIMEOUT_MS = 15_000;

export class RawHttpClient {
  readonly options: RawHttpOptions;
  readonly identity: Identity;
  /** Everything that came on any stream of this client. */
  readonly inbox = new Inbox<RpcMessage>();
  /** Requests of the server, in order. */
  readonly asked = new Inbox<RpcMessage>();
  sessionId: string | undefined;
  /** What `initialize` answered. */
  initializeResult: Json | undefined;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #open = new Set<RawCall>();
  #nextId = 1;

  constructor(options: RawHttpOptions) {
    this.options = options;
    this.identity = {
      clientInfo: options.clientInfo ?? { name: 'raw-client', version: '1.0.0' },
      capabilities: options.capabilities ?? {},
      revision: options.revision ?? (options.era === 'modern' ? MODERN_REVISION : LATEST_LEGACY_REVISION),
    };
  }

  /** A client that is ready to call: in the legacy era, after the handshake. */
  static async connect(options: RawHttpOptions): Promise<RawHttpClient> {
    const client = new RawHttpClient(options);
    if (options.era === 'legacy') await client.initialize();
    return client;
  }

  async initialize(params: Json = {}): Promise<RawAnswer> {
    const answer = await this.request('initialize', {
      protocolVersion: this.identity.revision,
      capabilities: this.identity.capabilities,
      clientInfo: this.identity.clientInfo,
      ...params,
    });
    const session = answer.headers['mcp-session-id'];
    if (typeof session === 'string') this.sessionId = session;
    this.initializeResult = answer.result;
    if (answer.result !== undefined) await this.notify('notifications/initialized');
    return answer;
  }

  /** Sends a request and waits for its answer. */
  request(method: string, params?: Json, options: CallOptions = {}): Promise<RawAnswer> {
    return this.open(method, params, options).answer;
  }

  /** The result of a request; an error answer fails the test. */
  async result(method: string, params?: Json, options: CallOptions = {}): Promise<Json> {
    const answer = await this.request(method, params, options);
    if (answer.result === undefined) {
      throw new Error(`${method} answered HTTP ${answer.status}: ${answer.text.slice(0, 2_000)}`);
    }
    return answer.result;
  }

  callTool(
    name: string,
    args: Json = {},
    options: CallOptions & { readonly params?: Json } = {},
  ): Promise<RawAnswer> {
    return this.request('tools/call', { name, arguments: args, ...options.params }, options);
  }

  /** Sends a request and gives a handle on it at once. */
  open(method: string, params?: Json, options: CallOptions = {}): RawCall {
    const id = options.id === undefined ? this.#nextId++ : options.id;
    const message = { jsonrpc: '2.0', id, method, ...this.#paramsOf(params, options.meta) };
    return this.send(JSON.stringify(message), {
      id,
      headers: { ...this.#headersOf(method, params), ...options.headers },
      timeoutMs: options.timeoutMs,
    });
  }

  async notify(method: string, params?: Json, options: CallOptions = {}): Promise<RawAnswer> {
    const message = { jsonrpc: '2.0', method, ...this.#paramsOf(params, options.meta) };
    const headers = { ...this.#headersOf(method, params), ...options.headers };
    return this.send(JSON.stringify(message), { headers }).answer;
  }

  /** Legacy: tells the server to stop. Modern clients cut the stream instead: `call.abort()`. */
  cancel(requestId: RpcId, reason = 'no longer needed'): Promise<RawAnswer> {
    return this.notify('notifications/cancelled', { requestId, reason });
  }

  /** A modern subscription; the call stays open until it is aborted. */
  listen(notifications: Json, options: CallOptions = {}): RawCall {
    return this.open('subscriptions/listen', { notifications }, { timeoutMs: 0, ...options });
  }

  /** The standing GET stream of a legacy session, or the continuation of a broken stream. */
  openStream(options: { readonly lastEventId?: string; readonly headers?: HeaderMap } = {}): RawCall {
    return this.send(undefined, {
      method: 'GET',
      timeoutMs: 0,
      headers: {
        ...this.#sessionHeaders(),
        'content-type': undefined,
        accept: 'text/event-stream',
        'last-event-id': options.lastEventId,
        ...options.headers,
      },
    });
  }

  /** Ends the legacy session. */
  terminate(headers: HeaderMap = {}): Promise<RawAnswer> {
    return this.send(undefined, { method: 'DELETE', headers: { ...this.#sessionHeaders(), ...headers } })
      .answer;
  }

  /** Sends exactly this body with these headers and nothing of its own but content-type and accept. */
  send(
    body: string | Buffer | undefined,
    options: {
      readonly method?: string;
      readonly headers?: HeaderMap;
      readonly id?: RpcId;
      readonly timeoutMs?: number | undefined;
    } = {},
  ): RawCall {
    const url = new URL(this.options.url);
    const timeoutMs = options.timeoutMs ?? this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const headers = withoutUndefined({
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...this.options.headers,
      ...options.headers,
    }) as Record<string, string>;

    const exchange = new Exchange(options.id ?? null, (message) => this.#arrived(message));
    const sent = httpRequest(
      {
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port,
        path: `${url.pathname}${url.search}`,
        method: options.method ?? 'POST',
        agent: this.#agent,
        headers: body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) },
      },
      (response) => exchange.attach(response),
    );
    exchange.onAbort = () => sent.destroy();
    sent.on('error', (error) => exchange.fail(error));
    sent.end(body);

    const call = exchange.call(timeoutMs);
    this.#open.add(call);
    void call.ended.then(() => this.#open.delete(call));
    return call;
  }

  /** The other end was killed: no request goes out on a connection whose end has not been noticed yet. */
  forgetConnections(): void {
    this.#agent.destroy();
  }

  /** Cuts whatever is open. A legacy session is left to the server: use `terminate()` to end it. */
  close(): void {
    for (const call of this.#open) call.abort();
    this.#agent.destroy();
  }

  #paramsOf(params: Json | undefined, meta: Json | undefined): { params?: Json } {
    if (this.options.era === 'modern') return { params: modernParams(params, this.identity, meta) };
    if (meta === undefined) return params === undefined ? {} : { params };
    return { params: { ...params, _meta: withoutUndefined({ ...(params?.['_meta'] as Json), ...meta }) } };
  }

  #headersOf(method: string, params: Json | undefined): HeaderMap {
    if (this.options.era === 'modern') return modernHeaders(method, params, this.identity.revision);
    return method === 'initialize' ? {} : this.#sessionHeaders();
  }

  #sessionHeaders(): HeaderMap {
    const agreed = this.initializeResult?.['protocolVersion'];
    return {
      'mcp-session-id': this.sessionId,
      'mcp-protocol-version': typeof agreed === 'string' ? agreed : this.identity.revision,
    };
  }

  #arrived(message: RpcMessage): void {
    this.inbox.push(message);
    if (!isRequest(message)) return;
    this.asked.push(message);
    void this.#answer(message);
  }

  async #answer(message: RpcMessage): Promise<void> {
    const method = message.method ?? '';
    const handler = this.options.handlers?.[method];
    const answer = await answerWith(
      message.id ?? null,
      handler === undefined ? undefined : () => handler(message.params ?? {}, message),
      method,
    );
    // Where the other end is gone, the test looks at that itself.
    if (answer !== undefined) await this.respond(answer).catch(() => {});
  }

  /** Posts a response by hand. */
  respond(answer: RpcMessage, headers: HeaderMap = {}): Promise<RawAnswer> {
    return this.send(JSON.stringify(answer), { headers: { ...this.#sessionHeaders(), ...headers } }).answer;
  }
}

/** One HTTP exchange, taken apart while it arrives. */
class Exchange {
  readonly #id: RpcId;
  readonly #arrived: (message: RpcMessage) => void;
  readonly #inbox = new Inbox<RpcMessage>();
  readonly #events = new Inbox<RawEvent>();
  readonly #comments = new Inbox<string>();
  readonly #answer = deferred<RawAnswer>();
  readonly #head = deferred<{ status: number; headers: IncomingHttpHeaders }>();
  readonly #ended = deferred<void>();
  readonly #chunks: Buffer[] = [];
  #response: IncomingMessage | undefined;
  onAbort: () => void = () => {};

  constructor(id: RpcId, arrived: (message: RpcMessage) => void) {
    this.#id = id;
    this.#arrived = arrived;
    // Whoever does not look at one of these must not be ended by it.
    this.#answer.promise.catch(() => {});
    this.#head.promise.catch(() => {});
  }

  call(timeoutMs: number): RawCall {
    const answer =
      timeoutMs === 0
        ? this.#answer.promise
        : withDeadline(
            this.#answer.promise,
            timeoutMs,
            () =>
              `no answer to request ${String(this.#id)} within ${timeoutMs} ms; so far: ${this.#text().slice(0, 2_000)}`,
          );
    answer.catch(() => {});
    return {
      id: this.#id,
      inbox: this.#inbox,
      events: this.#events,
      comments: this.#comments,
      answer,
      head: this.#head.promise,
      ended: this.#ended.promise,
      abort: () => this.onAbort(),
      pause: () => {
        this.#response?.pause();
      },
      resume: () => {
        this.#response?.resume();
      },
    };
  }

  attach(response: IncomingMessage): void {
    this.#response = response;
    this.#head.resolve({ status: response.statusCode ?? 0, headers: response.headers });
    const isStream = response.headers['content-type']?.startsWith('text/event-stream') ?? false;
    const reader = new SseReader(
      (event) => this.#event(event),
      (comment) => this.#comments.push(comment),
    );
    response.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      if (isStream) reader.push(chunk);
    });
    response.on('end', () => {
      if (isStream) reader.end();
      else this.#body();
      this.#settle(undefined);
      this.#ended.resolve();
    });
    response.on('error', (error) => this.fail(error));
  }

  fail(error: Error): void {
    this.#answer.reject(error);
    this.#head.reject(error);
    this.#ended.resolve();
  }

  #event(event: SseEvent): void {
    const message = parseMessage(event.data);
    this.#events.push({ ...event, message });
    if (message !== undefined) this.#message(message);
  }

  #body(): void {
    const parsed = parseJson(this.#text());
    const messages = Array.isArray(parsed) ? parsed : [parsed];
    for (const message of messages) {
      if (typeof message === 'object' && message !== null) this.#message(message as RpcMessage);
    }
  }

  #message(message: RpcMessage): void {
    this.#inbox.push(message);
    this.#arrived(message);
    if (isResponse(message)) this.#settle(message);
  }

  #settle(message: RpcMessage | undefined): void {
    this.#answer.resolve({
      status: this.#response?.statusCode ?? 0,
      headers: this.#response?.headers ?? {},
      message,
      result: message?.result,
      error: message?.error,
      text: this.#text(),
    });
  }

  #text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

function parseMessage(text: string): RpcMessage | undefined {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null ? (value as RpcMessage) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the test looks at the text itself.
    return undefined;
  }
}
