/**
 * raw/http-server — an MCP server over HTTP made by hand: plays a script, remembers every request, can misbehave.
 *
 * In the legacy era it keeps sessions and a standing GET stream. `onRequest` takes an exchange over altogether.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deferred } from '../deferred.ts';
import { Inbox } from './inbox.ts';
import { eraOf, play, type RawScript, refuseEra, type ServerCall } from './script.ts';
import { isResponse, type Json, type RpcId, type RpcMessage } from './wire.ts';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body as JSON, when it is. */
  readonly message: RpcMessage | undefined;
  readonly at: number;
}

export interface RawHttpServerOptions extends RawScript {
  readonly port?: number;
  /** False: the legacy era without sessions. */
  readonly sessions?: boolean;
  /** True: answers every request on an event stream. */
  readonly alwaysStream?: boolean;
  /** Returns true when it has taken over the exchange. */
  readonly onRequest?: (
    received: ReceivedRequest,
    response: ServerResponse,
    request: IncomingMessage,
  ) => boolean | Promise<boolean>;
}

export interface RawHttpServer {
  readonly url: string;
  readonly port: number;
  readonly received: Inbox<ReceivedRequest>;
  /** Ids of the sessions that are alive. */
  readonly sessions: Set<string>;
  /** Sends a message on every standing GET stream; says how many there were. */
  push(message: RpcMessage): number;
  /** How many standing GET streams are open. */
  standingStreams(): number;
  close(): Promise<void>;
}

export async function startRawHttpServer(options: RawHttpServerOptions): Promise<RawHttpServer> {
  const received = new Inbox<ReceivedRequest>();
  const sessions = new Set<string>();
  const standing = new Set<ServerResponse>();
  const asked = new Map<RpcId, (answer: RpcMessage) => void>();
  const running = new Map<string, () => void>();
  const keepsSessions = options.sessions !== false;
  const sessionObjects = new Map<string, object>();
  const sessionOf = (id: unknown): object => {
    const key = String(id);
    const known = sessionObjects.get(key) ?? {};
    sessionObjects.set(key, known);
    return known;
  };

  const listener = createServer((request, response) => {
    void serve(request, response).catch((error: unknown) => {
      process.stderr.write(`raw server: ${String(error)}\n`);
      response.destroy();
    });
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const one: ReceivedRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body,
      message: parse(body),
      at: performance.now(),
    };
    received.push(one);
    if (await options.onRequest?.(one, response, request)) return;
    if (one.method === 'GET') return openStanding(one, response);
    if (one.method === 'DELETE') {
      sessions.delete(String(one.headers['mcp-session-id']));
      response.writeHead(200).end();
      return;
    }
    if (one.method !== 'POST' || one.message === undefined) {
      response.writeHead(one.method === 'POST' ? 400 : 405).end();
      return;
    }
    await post(one.message, one, response);
  }

  function openStanding(one: ReceivedRequest, response: ServerResponse): void {
    const session = one.headers['mcp-session-id'];
    const isKnown = !keepsSessions || (typeof session === 'string' && sessions.has(session));
    if (!options.eras.includes('legacy') || !isKnown) {
      response.writeHead(options.eras.includes('legacy') ? 404 : 405).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': open\n\n');
    standing.add(response);
    response.on('close', () => standing.delete(response));
  }

  async function post(message: RpcMessage, one: ReceivedRequest, response: ServerResponse): Promise<void> {
    if (isResponse(message)) {
      asked.get(message.id ?? null)?.(message);
      response.writeHead(202).end();
      return;
    }
    if (message.id === undefined) {
      if (message.method === 'notifications/cancelled') running.get(keyOf(message.params?.['requestId']))?.();
      response.writeHead(202).end();
      return;
    }
    const refusal = refuseEra(options, message);
    if (refusal !== undefined) {
      json(response, 400, { jsonrpc: '2.0', id: message.id, error: refusal });
      return;
    }
    const headers: Record<string, string> = {};
    if (eraOf(message) === 'legacy' && keepsSessions) {
      const session = one.headers['mcp-session-id'];
      if (message.method === 'initialize') {
        const id = randomUUID();
        sessions.add(id);
        headers['mcp-session-id'] = id;
      } else if (typeof session !== 'string' || !sessions.has(session)) {
        const error = { code: -32001, message: 'Session not found' };
        json(response, session === undefined ? 400 : 404, { jsonrpc: '2.0', id: message.id, error });
        return;
      }
    }
    const session = sessionOf(headers['mcp-session-id'] ?? one.headers['mcp-session-id']);
    const call = new HttpServerCall(
      message,
      response,
      headers,
      options.alwaysStream === true,
      asked,
      session,
    );
    const key = keyOf(message.id);
    running.set(key, () => call.cancel());
    response.on('close', () => {
      running.delete(key);
      call.cancel();
    });
    await play(options, call);
  }

  const port = await new Promise<number>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(options.port ?? 0, '127.0.0.1', () => resolve((listener.address() as AddressInfo).port));
  });
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    port,
    received,
    sessions,
    push(message) {
      for (const stream of standing) writeEvent(stream, message);
      return standing.size;
    },
    standingStreams: () => standing.size,
    async close() {
      const closed = new Promise((resolve) => listener.close(resolve));
      listener.closeAllConnections();
      await closed;
    },
  };
}

class HttpServerCall implements ServerCall {
  readonly wire = 'http';
  readonly session: object;
  readonly era: ServerCall['era'];
  readonly id: RpcId;
  readonly method: string;
  readonly params: Json;
  readonly message: RpcMessage;
  readonly #response: ServerResponse;
  readonly #headers: Record<string, string>;
  readonly #alwaysStream: boolean;
  readonly #asked: Map<RpcId, (answer: RpcMessage) => void>;
  readonly #cancelled = deferred<void>();

  constructor(
    message: RpcMessage,
    response: ServerResponse,
    headers: Record<string, string>,
    alwaysStream: boolean,
    asked: Map<RpcId, (answer: RpcMessage) => void>,
    session: object,
  ) {
    this.session = session;
    this.message = message;
    this.era = eraOf(message);
    this.id = message.id ?? null;
    this.method = message.method ?? '';
    this.params = message.params ?? {};
    this.#response = response;
    this.#headers = headers;
    this.#alwaysStream = alwaysStream;
    this.#asked = asked;
  }

  get cancelled(): Promise<void> {
    return this.#cancelled.promise;
  }

  cancel(): void {
    this.#cancelled.resolve();
  }

  reply(result: unknown, extra: Json = {}): void {
    this.#answer({ jsonrpc: '2.0', id: this.id, result: result as Json, ...extra });
  }

  fail(error: RpcMessage['error']): void {
    this.#answer({ jsonrpc: '2.0', id: this.id, ...(error === undefined ? {} : { error }) });
  }

  raw(bytes: string | Buffer): void {
    if (!this.#response.headersSent) {
      this.#response.writeHead(200, { 'content-type': 'application/json', ...this.#headers });
    }
    this.#response.end(bytes);
  }

  rawCut(bytes: string | Buffer): void {
    // Announced are more bytes than come: a whole answer on a connection that then ends would be another fault, which
    // hits whoever uses the connection next.
    const announced = { 'content-length': Buffer.byteLength(bytes) + 100 };
    this.#response.writeHead(200, { 'content-type': 'application/json', ...this.#headers, ...announced });
    this.#response.write(bytes, () => this.breakOff());
  }

  write(bytes: string | Buffer): void {
    this.#openStream();
    this.#response.write(bytes);
  }

  end(): void {
    this.#response.end();
  }

  breakOff(): void {
    this.#response.destroy();
  }

  notify(method: string, params?: Json): void {
    this.#event({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) });
  }

  ask(method: string, params: Json = {}): Promise<RpcMessage> {
    const id = randomUUID();
    const answer = deferred<RpcMessage>();
    this.#asked.set(id, (message) => {
      this.#asked.delete(id);
      answer.resolve(message);
    });
    this.#event({ jsonrpc: '2.0', id, method, params });
    return answer.promise;
  }

  #event(message: RpcMessage): void {
    this.#openStream();
    writeEvent(this.#response, message);
  }

  #openStream(): void {
    if (this.#response.headersSent) return;
    this.#response.writeHead(200, { 'content-type': 'text/event-stream', ...this.#headers });
  }

  #answer(message: RpcMessage): void {
    if (this.#response.headersSent || this.#alwaysStream) {
      this.#event(message);
      this.#response.end();
      return;
    }
    json(this.#response, 200, message, this.#headers);
  }
}

function writeEvent(response: ServerResponse, message: RpcMessage): void {
  if (!response.destroyed && !response.writableEnded)
    response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
}

function json(
  response: ServerResponse,
  status: number,
  message: RpcMessage,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(message));
}

function parse(text: string): RpcMessage | undefined {
  try {
    return JSON.parse(text) as RpcMessage;
  } catch {
    // Not JSON: the test looks at the text.
    return undefined;
  }
}

/** Ids 1 and "1" are two ids. */
function keyOf(id: unknown): string {
  return JSON.stringify(id ?? null);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
