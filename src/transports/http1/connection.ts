/**
 * transports/http1/connection — one socket to an origin, with at most one request on its way.
 *
 *   (tunnel through a proxy ─→) connecting ─→ free ─run→ busy ─answer complete→ free (or closed, when it cannot be used again)
 *   any ─error, end, abort, close→ gone
 *
 * Reads into one piece of memory again and again: no allocation for a read, and the body is copied once, by its owner.
 * Owns: the socket. Tells its owner when it is free and when it is gone, each exactly when it happens.
 * Knows nothing of: other connections, queues, what a request means.
 */
import { type LookupAddress, lookup as lookupName } from 'node:dns';
import {
  connect as connectTcp,
  isIP,
  type LookupFunction,
  type OnReadOpts,
  type Socket,
  type TcpNetConnectOpts,
} from 'node:net';
import { type ConnectionOptions, connect as connectTls, type SecureContext } from 'node:tls';
import { type HttpProxy, openTunnel, proxyUnreachable } from '../../network/index.ts';
import { receivedBytes } from '../received-bytes.ts';
import { AnswerReader } from './answer-reader.ts';
import { HttpClientError } from './http-client-error.ts';
import type { AnswerHandler, RequestText } from './request.ts';

export interface Origin {
  readonly isTls: boolean;
  /** Without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Goes between: as a tunnel for TLS, else it takes the requests themselves. */
  readonly proxy?: HttpProxy | undefined;
  readonly secureContext?: SecureContext | undefined;
  /** For a proxy that is reached by TLS. */
  readonly proxyContext?: SecureContext | undefined;
  /** Until a connection is ready for its first request. */
  readonly connectTimeoutMs?: number | undefined;
  /** How names become addresses; default: the system's way. */
  readonly lookup?: LookupFunction | undefined;
}

export interface ConnectionOwner {
  /** The last TLS session with this origin; makes the next handshake shorter. */
  tlsSession: Buffer | undefined;
  /** The address that a connection was made to last, of the several that a name may have. */
  lastAddress: string | undefined;
  /** It can take a request for `reuseMs` ms. */
  free(connection: Connection, reuseMs: number): void;
  gone(connection: Connection, error: Error): void;
}

/** A request on its way. `handler` is told nothing any more when it is undefined. */
export interface ActiveRequest {
  readonly wire: RequestText;
  handler: AnswerHandler | undefined;
}

const defaultConnectTimeoutMs = 10_000;
/** A connection that was opened for a request that nobody wants any more waits this long for another. */
const freeAtFirstMs = 4_000;
/**
 * A name with several addresses: how long each gets before it is given up for the next. Node's 250 ms are less than a slow
 * link needs for one round, and an address that was given up is not tried again.
 */
const attempts = { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 2_500 } as const;
const readBytes = 64 * 1024;
const tcpKeepAliveMs = 60_000;

export class Connection {
  readonly #owner: ConnectionOwner;
  readonly #connectTimeoutMs: number;
  readonly #reader: AnswerReader;
  /** Undefined while a proxy makes the way to it. */
  #socket: Socket | undefined;
  #tunnel: AbortController | undefined;
  #running: ActiveRequest | undefined;
  #error: Error | undefined;
  #isPaused = false;
  /** Monotonic ms until which a free one is good; the owner's affair. */
  freeUntil = 0;

  constructor(origin: Origin, owner: ConnectionOwner) {
    this.#owner = owner;
    this.#connectTimeoutMs = origin.connectTimeoutMs ?? defaultConnectTimeoutMs;
    this.#reader = new AnswerReader({
      head: (status, headers) => this.#running?.handler?.onHead(status, headers),
      data: (view) => this.#running?.handler?.onData(view),
      complete: (reuseMs) => this.#completed(reuseMs),
      broken: (error) => this.destroy(error),
    });
    const { proxy } = origin;
    if (origin.isTls && proxy !== undefined) this.#openTunnel(origin, proxy);
    else this.#open(origin);
  }

  /** Also when its owner was not told yet: the system closes a socket at the end of a turn of the loop. */
  get isGone(): boolean {
    return this.#socket?.destroyed ?? this.#tunnel?.signal.aborted ?? true;
  }

  /** Sends a request. The connection is free. */
  run(request: ActiveRequest): void {
    const socket = this.#socket!;
    this.#running = request;
    this.#reader.expect();
    const { text, rest } = request.wire;
    if (rest.length === 0) socket.write(text, 'latin1');
    else {
      socket.cork();
      socket.write(text, 'latin1');
      for (const piece of rest) socket.write(piece, 'latin1');
      socket.uncork();
    }
    request.handler?.onSent();
  }

  isRunning(request: ActiveRequest): boolean {
    return this.#running === request;
  }

  /** What came in one piece with what was read already is still told. */
  pause(): void {
    this.#isPaused = true;
    this.#socket?.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket?.resume();
  }

  /** Closes it at once. Whoever waits is told `error`. */
  destroy(error: Error): void {
    if (this.#socket !== undefined) this.#socket.destroy(error);
    else {
      this.#error = error;
      this.#tunnel?.abort();
    }
  }

  // ── opening ────────────────────────────────────────────────────────────────────────────────────

  #open(origin: Origin): void {
    const { proxy } = origin;
    const memory = Buffer.allocUnsafeSlow(readBytes);
    const onread: OnReadOpts = {
      buffer: memory,
      callback: (bytes) => {
        this.#received(bytes === readBytes ? memory : memory.subarray(0, bytes));
        return true;
      },
    };
    const next = proxy ?? origin;
    const place = {
      host: next.hostname,
      port: next.port,
      onread,
      lookup: lookupFrom(this.#owner, origin.lookup),
      ...attempts,
    };
    if (!next.isTls) return this.#watch(openTcp(place), 'connect', proxy);
    const isProxy = proxy !== undefined;
    const secureContext = isProxy ? origin.proxyContext : origin.secureContext;
    this.#watch(
      this.#openTls({ ...place, ...tlsOptions(next.hostname, secureContext) }, isProxy),
      'secureConnect',
      proxy,
    );
  }

  #openTunnel(origin: Origin, proxy: HttpProxy): void {
    const tunnel = new AbortController();
    this.#tunnel = tunnel;
    const { hostname, port, proxyContext: secureContext } = origin;
    openTunnel({
      proxy,
      hostname,
      port,
      timeoutMs: this.#connectTimeoutMs,
      signal: tunnel.signal,
      secureContext,
    }).then(
      (through) => {
        const socket = this.#openTls(
          { socket: through, ...tlsOptions(hostname, origin.secureContext) },
          false,
        );
        // A socket over another one does not read into memory of ours.
        socket.on('data', (chunk) => this.#received(chunk));
        this.#watch(socket, 'secureConnect');
        if (tunnel.signal.aborted) socket.destroy();
      },
      (error: Error) => this.#closed(this.#error ?? error),
    );
  }

  /** @param isProxy the other side is a proxy, with whom no session is kept */
  #openTls(options: ConnectionOptions & { readonly onread?: OnReadOpts }, isProxy: boolean): Socket {
    const session = isProxy ? undefined : this.#owner.tlsSession;
    const socket = connectTls({ ...options, ...(session !== undefined && { session }) });
    if (!isProxy)
      socket.on('session', (next) => {
        this.#owner.tlsSession = next;
      });
    socket.setNoDelay(true).setKeepAlive(true, tcpKeepAliveMs);
    return socket;
  }

  /** @param proxy whom it leads to */
  #watch(socket: Socket, opened: 'connect' | 'secureConnect', proxy?: HttpProxy): void {
    this.#socket = socket;
    let isOpen = false;
    let isInHandshake = false;
    const timer = setTimeout(
      () => socket.destroy(isInHandshake ? tlsTimedOut() : connectTimedOut()),
      this.#connectTimeoutMs,
    );
    if (opened === 'secureConnect') {
      if (socket.connecting) socket.once('connect', () => (isInHandshake = true));
      else isInHandshake = true;
    }
    socket.once(opened, () => {
      isInHandshake = false;
      isOpen = true;
      clearTimeout(timer);
      this.#owner.lastAddress = socket.remoteAddress;
      this.#owner.free(this, freeAtFirstMs);
    });
    socket.on('end', () => {
      this.#reader.ended();
      socket.destroy();
    });
    socket.on('error', (error) => {
      this.#error = isInHandshake && isReset(error) ? tlsCut(error) : error;
    });
    socket.once('close', () => {
      clearTimeout(timer);
      const error =
        this.#error ??
        (isInHandshake ? tlsCut() : new HttpClientError('cut', 'the server closed the connection'));
      this.#closed(proxy === undefined || isOpen ? error : proxyUnreachable(proxy, error));
    });
  }

  #closed(error: Error): void {
    this.#reader.stop();
    const request = this.#running;
    this.#running = undefined;
    this.#owner.gone(this, error);
    request?.handler?.onError(error);
  }

  #received(view: Buffer): void {
    receivedBytes.add(view.length);
    if (this.#reader.isReading) this.#reader.push(view);
    // Nobody asked for it.
    else this.#socket?.destroy();
  }

  #completed(reuseMs: number): void {
    const socket = this.#socket!;
    const request = this.#running;
    this.#running = undefined;
    // Who held it cannot let it go any more, and the next request must not hang for that.
    this.resume();
    // An answer that came before the request had left: the rest of that would be taken for the next one.
    const canStay = reuseMs > 0 && socket.writableLength === 0 && !socket.destroyed;
    if (!canStay) socket.destroy();
    else this.#owner.free(this, reuseMs);
    request?.handler?.onEnd();
  }
}

function openTcp(place: TcpNetConnectOpts): Socket {
  return connectTcp({ ...place, noDelay: true, keepAlive: true, keepAliveInitialDelay: tcpKeepAliveMs });
}

/** Addresses of a name as the system gives them, but for the one that worked last: that is tried first. */
function lookupFrom(owner: ConnectionOwner, lookup: LookupFunction = lookupName): LookupFunction {
  return (hostname, options, answer) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null || typeof found === 'string') return answer(error, found);
      const rank = ({ address }: LookupAddress): number => (address === owner.lastAddress ? 0 : 1);
      const addresses = [...found].sort((a, b) => rank(a) - rank(b));
      if (options.all === true) answer(null, addresses);
      else answer(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}

function isReset(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}

function connectTimedOut(): HttpClientError {
  return new HttpClientError('connect_timed_out', 'the connection was not taken in time');
}

function tlsTimedOut(): HttpClientError {
  return new HttpClientError('tls_timed_out', 'the TLS handshake was not finished in time');
}

function tlsCut(cause?: Error): HttpClientError {
  return new HttpClientError('tls_cut', 'the connection was closed during the TLS handshake', {
    ...(cause && { cause }),
  });
}

function tlsOptions(host: string, secureContext: SecureContext | undefined): ConnectionOptions {
  return {
    ALPNProtocols: ['http/1.1'],
    // An address is no server name. @see RFC 6066, "Server Name Indication"
    ...(isIP(host) === 0 && { servername: host }),
    ...(secureContext !== undefined && { secureContext }),
  };
}
