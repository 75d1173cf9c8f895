/**
 * transports/http1/connection — one socket to an origin, with at most one request on its way.
 *
 *   connecting ─→ free ─run→ busy ─answer complete→ free (or closed, when it cannot be used again)
 *   any ─error, end, abort, close→ gone
 *
 * Reads into one piece of memory again and again: no allocation for a read, and the body is copied once, by its owner.
 * Owns: the socket. Tells its owner when it is free and when it is gone, each exactly when it happens.
 * Knows nothing of: other connections, queues, what a request means.
 */
import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { receivedBytes } from '../received-bytes.ts';
import { AnswerReader } from './answer-reader.ts';
import { HttpClientError } from './http-client-error.ts';
import type { AnswerHandler, RequestText } from './request.ts';

export interface Origin {
  readonly isTls: boolean;
  /** Without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Certificates to trust beside the usual ones, PEM. */
  readonly ca?: string | undefined;
}

export interface ConnectionOwner {
  /** The last TLS session with this origin; makes the next handshake shorter. */
  tlsSession: Buffer | undefined;
  /** It can take a request for `reuseMs` ms. */
  free(connection: Connection, reuseMs: number): void;
  gone(connection: Connection, error: Error): void;
}

/** A request on its way. `handler` is told nothing any more when it is undefined. */
export interface ActiveRequest {
  readonly wire: RequestText;
  handler: AnswerHandler | undefined;
}

const connectTimeoutMs = 10_000;
/** A connection that was opened for a request that nobody wants any more waits this long for another. */
const freeAtFirstMs = 4_000;
const readBytes = 64 * 1024;
const tcpKeepAliveMs = 60_000;

export class Connection {
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #reader: AnswerReader;
  #running: ActiveRequest | undefined;
  #error: Error | undefined;
  #isPaused = false;
  /** Monotonic ms until which a free one is good; the owner's affair. */
  freeUntil = 0;

  constructor(origin: Origin, owner: ConnectionOwner) {
    this.#owner = owner;
    this.#reader = new AnswerReader({
      head: (status, headers) => this.#running?.handler?.onHead(status, headers),
      data: (view) => this.#running?.handler?.onData(view),
      complete: (reuseMs) => this.#completed(reuseMs),
      broken: (error) => this.#socket.destroy(error),
    });
    const memory = Buffer.allocUnsafeSlow(readBytes);
    const onread: OnReadOpts = {
      buffer: memory,
      callback: (bytes) => {
        this.#received(bytes === readBytes ? memory : memory.subarray(0, bytes));
        return true;
      },
    };
    this.#socket = origin.isTls ? this.#openTls(origin, onread) : openTcp(origin, onread);
    this.#watch(origin.isTls ? 'secureConnect' : 'connect');
  }

  /** Also when its owner was not told yet: the system closes a socket at the end of a turn of the loop. */
  get isGone(): boolean {
    return this.#socket.destroyed;
  }

  /** Sends a request. The connection is free. */
  run(request: ActiveRequest): void {
    this.#running = request;
    this.#reader.expect();
    const { text, rest } = request.wire;
    if (rest.length === 0) this.#socket.write(text, 'latin1');
    else {
      this.#socket.cork();
      this.#socket.write(text, 'latin1');
      for (const piece of rest) this.#socket.write(piece, 'latin1');
      this.#socket.uncork();
    }
    request.handler?.onSent();
  }

  isRunning(request: ActiveRequest): boolean {
    return this.#running === request;
  }

  /** What came in one piece with what was read already is still told. */
  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  /** Closes it at once. Whoever waits is told `error`. */
  destroy(error: Error): void {
    this.#socket.destroy(error);
  }

  #openTls(origin: Origin, onread: OnReadOpts): Socket {
    const { hostname: host, port, ca } = origin;
    const session = this.#owner.tlsSession;
    const options: ConnectionOptions & { readonly onread: OnReadOpts } = {
      host,
      port,
      onread,
      ALPNProtocols: ['http/1.1'],
      // An address is no server name. @see RFC 6066, "Server Name Indication"
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca !== undefined && { ca }),
      ...(session !== undefined && { session }),
    };
    const socket = connectTls(options);
    socket.on('session', (next) => {
      this.#owner.tlsSession = next;
    });
    socket.setNoDelay(true).setKeepAlive(true, tcpKeepAliveMs);
    return socket;
  }

  #watch(opened: 'connect' | 'secureConnect'): void {
    const socket = this.#socket;
    const timer = setTimeout(
      () => socket.destroy(new HttpClientError('connect_timed_out', 'the connection was not taken in time')),
      connectTimeoutMs,
    );
    socket.once(opened, () => {
      clearTimeout(timer);
      this.#owner.free(this, freeAtFirstMs);
    });
    socket.on('end', () => {
      this.#reader.ended();
      socket.destroy();
    });
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.once('close', () => {
      clearTimeout(timer);
      this.#reader.stop();
      const error = this.#error ?? new HttpClientError('cut', 'the server closed the connection');
      const request = this.#running;
      this.#running = undefined;
      this.#owner.gone(this, error);
      request?.handler?.onError(error);
    });
  }

  #received(view: Buffer): void {
    receivedBytes.add(view.length);
    if (this.#reader.isReading) this.#reader.push(view);
    // Nobody asked for it.
    else this.#socket.destroy();
  }

  #completed(reuseMs: number): void {
    const request = this.#running;
    this.#running = undefined;
    // Who held it cannot let it go any more, and the next request must not hang for that.
    this.resume();
    // An answer that came before the request had left: the rest of that would be taken for the next one.
    const canStay = reuseMs > 0 && this.#socket.writableLength === 0 && !this.#socket.destroyed;
    if (!canStay) this.#socket.destroy();
    else this.#owner.free(this, reuseMs);
    request?.handler?.onEnd();
  }
}

function openTcp({ hostname: host, port }: Origin, onread: OnReadOpts): Socket {
  return connectTcp({
    host,
    port,
    onread,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: tcpKeepAliveMs,
  });
}
