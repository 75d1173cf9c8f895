/**
 * transports/http1/pool — the connections to one origin: at most so many, the one used last is used next.
 *
 * A request is sent once. What fails is told; whether to ask again is for those who know what was asked.
 * Owns: the connections, the queue of those who wait for one.
 * Knows nothing of: what a request means.
 */
import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { HttpProxy } from '../../network/index.ts';
import { type ActiveRequest, Connection, type ConnectionOwner, type Origin } from './connection.ts';
import { HttpClientError } from './http-client-error.ts';
import {
  type AnswerHandler,
  type HttpRequest,
  type RequestControl,
  type RequestTarget,
  type RequestText,
  requestText,
} from './request.ts';

export interface PoolOptions {
  /** Connections at once; infinite for streams that stay open. */
  readonly connections: number;
  readonly proxy?: HttpProxy | undefined;
  /** Whom to trust, and who we are; undefined: what Node.js does by itself. */
  readonly secureContext?: SecureContext | undefined;
  /** For a proxy that is reached by TLS. */
  readonly proxyContext?: SecureContext | undefined;
  /** For tests. */
  readonly connectTimeoutMs?: number | undefined;
  readonly lookup?: LookupFunction | undefined;
}

const sweepEveryMs = 1_000;

/** A request from `dispatch` to its end: waiting, bound to a connection that opens, or running on one. */
class PooledRequest implements ActiveRequest, RequestControl {
  readonly wire: RequestText;
  handler: AnswerHandler | undefined;
  connection: Connection | undefined;

  constructor(wire: RequestText, handler: AnswerHandler) {
    this.wire = wire;
    this.handler = handler;
  }

  get isWanted(): boolean {
    return this.handler !== undefined;
  }

  abort(): void {
    if (this.handler === undefined) return;
    this.handler = undefined;
    if (this.connection?.isRunning(this) === true)
      this.connection.destroy(new HttpClientError('closed', 'nobody waits for this request'));
  }

  pause(): void {
    if (this.connection?.isRunning(this) === true) this.connection.pause();
  }

  resume(): void {
    if (this.connection?.isRunning(this) === true) this.connection.resume();
  }
}

export class Pool implements ConnectionOwner {
  readonly #origin: Origin;
  readonly #target: RequestTarget;
  readonly #maxConnections: number;
  readonly #all = new Set<Connection>();
  /** Free ones, the one used last at the end. */
  #free: Connection[] = [];
  /** Those for whom a connection is being opened, each with its own. */
  readonly #opening = new Map<Connection, PooledRequest>();
  #waiting: PooledRequest[] = [];
  /** Of this turn of the event loop. */
  #dispatched: PooledRequest[] = [];
  #sweep: NodeJS.Timeout | undefined;
  #isClosed = false;
  #closed: Promise<void> | undefined;
  #allGone: (() => void) | undefined;
  tlsSession: Buffer | undefined = undefined;
  lastAddress: string | undefined = undefined;

  /** @param origin an http: or https: URL; its path does not matter */
  constructor(origin: string, options: PoolOptions) {
    const url = new URL(origin);
    const isTls = url.protocol === 'https:';
    const { proxy, secureContext, proxyContext, connectTimeoutMs, lookup } = options;
    const isAbsolute = proxy !== undefined && !isTls;
    this.#target = {
      host: url.host,
      prefix: isAbsolute ? url.origin : '',
      proxyHeaders: isAbsolute ? proxy.headers() : [],
    };
    this.#origin = {
      isTls,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
      proxy,
      secureContext,
      proxyContext,
      connectTimeoutMs,
      lookup,
    };
    this.#maxConnections = options.connections;
  }

  /**
   * Sends a request as soon as there is a connection for it, at the earliest when this turn of the event loop has told all
   * that has happened: that a server has ended a free connection may be told after what made us want to use it.
   * The handler is never called before this has returned.
   */
  dispatch(request: HttpRequest, handler: AnswerHandler): RequestControl {
    let wire: RequestText;
    try {
      wire = requestText(this.#target, request);
    } catch (error) {
      return failLater(handler, error as Error);
    }
    if (this.#isClosed) return failLater(handler, closedError());
    const pooled = new PooledRequest(wire, handler);
    this.#dispatched.push(pooled);
    if (this.#dispatched.length === 1) setImmediate(() => this.#send());
    return pooled;
  }

  #send(): void {
    for (const pooled of this.#dispatched.splice(0)) {
      if (!pooled.isWanted) continue;
      const free = this.#takeFree();
      if (free !== undefined) run(free, pooled);
      else if (this.#all.size < this.#maxConnections) this.#open(pooled);
      else this.#waiting.push(pooled);
    }
  }

  /** Closes all connections; whoever still waits is told. Safe to call twice. Resolves when the last one is closed. */
  destroy(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#allGone = resolve;
      this.#close();
      if (this.#all.size === 0) resolve();
    });
    return this.#closed;
  }

  #close(): void {
    this.#isClosed = true;
    clearInterval(this.#sweep);
    const error = closedError();
    for (const pooled of [...this.#dispatched.splice(0), ...this.#waiting.splice(0)])
      pooled.handler?.onError(error);
    for (const connection of this.#all) connection.destroy(error);
  }

  // ── connections tell ───────────────────────────────────────────────────────────────────────────

  free(connection: Connection, reuseMs: number): void {
    const first = this.#opening.get(connection);
    this.#opening.delete(connection);
    const next = first?.isWanted === true ? first : this.#nextWaiting();
    if (next !== undefined) return run(connection, next);
    connection.freeUntil = performance.now() + reuseMs;
    this.#free.push(connection);
    this.#sweep ??= setInterval(() => this.#closeStale(), sweepEveryMs).unref();
  }

  gone(connection: Connection, error: Error): void {
    this.#all.delete(connection);
    if (this.#all.size === 0) this.#allGone?.();
    const at = this.#free.indexOf(connection);
    if (at !== -1) this.#free.splice(at, 1);
    const first = this.#opening.get(connection);
    this.#opening.delete(connection);
    if (!this.#isClosed && this.#all.size < this.#maxConnections) {
      const next = this.#nextWaiting();
      if (next !== undefined) this.#open(next);
    }
    first?.handler?.onError(error);
  }

  #open(pooled: PooledRequest): void {
    const connection = new Connection(this.#origin, this);
    this.#all.add(connection);
    this.#opening.set(connection, pooled);
  }

  #nextWaiting(): PooledRequest | undefined {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      if (next.isWanted) return next;
    return undefined;
  }

  #takeFree(): Connection | undefined {
    const now = performance.now();
    for (let free = this.#free.pop(); free !== undefined; free = this.#free.pop()) {
      if (free.isGone) continue;
      if (free.freeUntil > now) return free;
      free.destroy(staleError());
    }
    return undefined;
  }

  #closeStale(): void {
    const now = performance.now();
    const stale = this.#free.filter(({ freeUntil }) => freeUntil <= now);
    this.#free = this.#free.filter(({ freeUntil }) => freeUntil > now);
    for (const connection of stale) connection.destroy(staleError());
    if (this.#free.length > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }
}

function run(connection: Connection, pooled: PooledRequest): void {
  pooled.connection = connection;
  connection.run(pooled);
}

/** Told later: whoever sends must not be answered before `dispatch` has returned. */
function failLater(handler: AnswerHandler, error: Error): RequestControl {
  let told: AnswerHandler | undefined = handler;
  queueMicrotask(() => told?.onError(error));
  const abort = (): void => {
    told = undefined;
  };
  return { abort, pause() {}, resume() {} };
}

function closedError(): HttpClientError {
  return new HttpClientError('closed', 'the connections to this server were closed');
}

/** Told to nobody: a free connection has no request. */
function staleError(): HttpClientError {
  return new HttpClientError('closed', 'the connection was not used for long');
}
