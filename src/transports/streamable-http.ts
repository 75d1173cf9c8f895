/**
 * transports/streamable-http — a server behind one URL, in both eras of Streamable HTTP.
 *
 * Legacy: a session id the server may give, a standing stream for what it tells by itself, resumption of broken streams.
 * Modern: headers that mirror the body; a request is cancelled by closing its POST; nothing is resumed.
 * Owns: the exchanges that are open, the session id.
 * Knows nothing of: what messages mean, where credentials come from.
 *
 * @see MCP 2025-11-25 and 2026-07-28, basic/transports, "Streamable HTTP"
 */

import {
  LowAllocationMap,
  LowAllocationSet,
  type McpMuxError,
  type Timer,
  withTimeout,
} from '../base/index.ts';
import type { Era, Revision } from '../model/index.ts';
import { encodeHeaderValue } from '../protocol/index.ts';
import { transportError } from './errors.ts';
import { encodeEventId } from './event-id.ts';
import { HttpFetch, type IncomingHttpHeaders } from './http-fetch.ts';
import { notTaken, singleHeader } from './http-problems.ts';
import { type HttpTransportOptions, HttpWire } from './http-wire.ts';
import { MessageRateLimiter } from './message-rate-limiter.ts';
import { type ExchangeOwner, PostExchange } from './post-exchange.ts';
import { ReachCheck } from './reach-check.ts';
import { StandingStream, type StandingStreamOwner } from './standing-stream.ts';
import type { ClosedReason, OutgoingMessage, Transport, TransportEvents } from './transport.ts';

/** The session is lost: what is on its way may be answered, or refused for the same reason, for this long. */
const lostSessionGraceMs = 1_000;
/** The notification that ends the handshake is on its way: nothing waits longer for it than this. */
const initializedWithinMs = 1_000;
/** A server gets this long to say goodbye to a session. */
const goodbyeMs = 2_000;
const sessionIdPattern = /^[\x21-\x7e]{1,1024}$/;

export class StreamableHttpTransport implements Transport {
  readonly wire = 'http';
  readonly #http: HttpWire;
  readonly #intake: MessageRateLimiter;
  readonly #owner: ExchangeOwner & StandingStreamOwner;
  readonly #reach: ReachCheck;
  /** Those that wait for an answer, by id; those that do not, apart. */
  readonly #requests = new LowAllocationMap<number, PostExchange>();
  readonly #others = new LowAllocationSet<PostExchange>();
  readonly #streams = new Set<HttpFetch>();
  #standing: StandingStream | undefined;
  #events: TransportEvents | undefined;
  #era: Era | undefined;
  #revision: Revision | undefined;
  #sessionId: string | undefined;
  #postHeaders: readonly string[] = [];
  #streamHeaders: readonly string[] = [];
  /** While `notifications/initialized` is on its way, the rest waits: servers may refuse what comes before it. */
  #heldBack: OutgoingMessage[] | undefined;
  #handshakeTimer: Timer | undefined;
  #isHeld = false;
  /** Runs once the server has said that it has forgotten the session; nothing more is sent then. */
  #lostSession: Timer | undefined;
  #isEnded = false;
  #closing: Promise<void> | undefined;

  /** @throws transports.bad_url, transports.bad_header */
  constructor(options: HttpTransportOptions) {
    this.#http = new HttpWire(options);
    this.#intake = new MessageRateLimiter(
      {
        message: (bytes, causedBy) => this.#events?.message(bytes, causedBy),
        hold: () => {
          for (const stream of this.#streams) stream.pause();
        },
        go: () => {
          if (!this.#isHeld) for (const stream of this.#streams) stream.resume();
        },
        flooded: () =>
          this.#fail(transportError('flooded', { server: options.server, reason: this.#floodReason() })),
      },
      options.clock,
      this.#http.limits,
    );
    this.#owner = this.#asOwner();
    this.#reach = new ReachCheck({
      wire: this.#http,
      streamHeaders: this.#owner.streamHeaders,
      // What is on its way over a connection that still stands may yet be answered.
      gone: (error) => {
        if (this.#requests.size === 0) this.#fail(error);
      },
    });
    this.#buildHeaders();
  }

  get pid(): undefined {
    return undefined;
  }

  get bufferedBytes(): number {
    let bytes = this.#intake.bufferedBytes + (this.#standing?.bufferedBytes ?? 0);
    for (const exchange of this.#requests.values()) bytes += exchange.bufferedBytes;
    for (const exchange of this.#others.values()) bytes += exchange.bufferedBytes;
    return bytes;
  }

  async open(events: TransportEvents, signal: AbortSignal): Promise<void> {
    this.#events = events;
    this.#http.open();
    if (signal.aborted) {
      await this.close();
      throw transportError('cancelled', { server: this.#http.server });
    }
  }

  send(message: OutgoingMessage): void {
    if (this.#isEnded) throw transportError('closed', { server: this.#http.server });
    if (this.#lostSession !== undefined) throw transportError('session_lost', { server: this.#http.server });
    const waiting = this.#requests.size + this.#others.size + (this.#heldBack?.length ?? 0);
    if (waiting >= this.#http.limits.openPosts) {
      const reason = `${waiting} requests wait for its answer`;
      throw transportError('busy', { server: this.#http.server, reason });
    }
    if (this.#heldBack !== undefined) {
      this.#heldBack.push(message);
      return;
    }
    if (message.method === 'notifications/initialized' && this.#era === 'legacy') {
      this.#heldBack = [];
      this.#handshakeTimer = this.#http.clock.after(initializedWithinMs, () => this.#initialized());
    }
    this.#start(message);
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    for (const exchange of this.#requests.values()) exchange.hold(isHeld);
    for (const stream of this.#streams) {
      if (isHeld) stream.pause();
      else if (!this.#intake.isHolding) stream.resume();
    }
  }

  abandon(id: number): void {
    this.#requests.get(id)?.abandon();
    if (this.#heldBack !== undefined) this.#heldBack = this.#heldBack.filter((message) => message.id !== id);
  }

  agreed(era: Era, revision: Revision): void {
    this.#era = era;
    this.#revision = revision;
    if (era === 'modern') this.#sessionId = undefined;
    this.#buildHeaders();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  // ── sending ────────────────────────────────────────────────────────────────────────────────────

  #start(message: OutgoingMessage): void {
    const exchange = new PostExchange(this.#owner, message);
    if (message.id === undefined) this.#others.add(exchange);
    else {
      this.#requests.set(message.id, exchange);
      this.#intake.earn();
    }
    exchange.start();
  }

  /** The notification that ends the handshake was taken: what waited may go, and the server may talk by itself. */
  #initialized(): void {
    this.#handshakeTimer?.cancel();
    const waiting = this.#heldBack ?? [];
    this.#heldBack = undefined;
    if (this.#isEnded) return;
    for (const message of waiting) this.#start(message);
    // A stream would take the only connection there is.
    if (this.#standing !== undefined || this.#isEnded || this.#http.maxConnections === 1) return;
    this.#standing = new StandingStream(this.#owner);
    this.#standing.open();
  }

  #buildHeaders(): void {
    const shared: string[] = [];
    if (this.#revision !== undefined) shared.push('mcp-protocol-version', this.#revision);
    if (this.#sessionId !== undefined) shared.push('mcp-session-id', this.#sessionId);
    this.#postHeaders = [
      ...shared,
      'accept',
      'application/json, text/event-stream',
      'content-type',
      'application/json',
    ];
    this.#streamHeaders = [...shared, 'accept', 'text/event-stream'];
  }

  #headersFor(message: OutgoingMessage): string[] {
    const headers = this.#postHeaders.slice();
    if (this.#era !== 'modern') return headers;
    if (message.method !== undefined) headers.push('mcp-method', message.method);
    if (message.name !== undefined) headers.push('mcp-name', encodeHeaderValue(message.name));
    if (message.paramHeaders !== undefined) {
      for (const [name, value] of Object.entries(message.paramHeaders)) headers.push(name, value);
    }
    return headers;
  }

  // ── what exchanges and the standing stream tell ────────────────────────────────────────────────

  #asOwner(): ExchangeOwner & StandingStreamOwner {
    return {
      wire: this.#http,
      hasSession: () => this.#sessionId !== undefined,
      canResume: () => this.#era !== 'modern',
      postHeaders: (message) => this.#headersFor(message),
      streamHeaders: (lastEventId) => {
        const headers = this.#streamHeaders.slice();
        const id = encodeEventId(lastEventId);
        if (id !== undefined) headers.push('last-event-id', id);
        return headers;
      },
      sawHead: (message, headers) => this.#sawHead(message, headers),
      offer: (bytes, causedBy) => this.#intake.offer(bytes, causedBy),
      afterOffered: (act) => this.#intake.afterAll(act),
      answer: (bytes, id) => this.#events?.message(bytes, id),
      failed: (message, error) => this.#failed(message, error),
      sessionLost: () => this.#sessionLost(),
      gone: (error) => this.#fail(error),
      isHeld: () => this.#isHeld,
      streamOpened: (fetch) => this.#streamOpened(fetch),
      over: (exchange) => this.#over(exchange),
      note: (level, message, facts) => this.#events?.log(level, 'http', message, facts),
    };
  }

  #sawHead(message: OutgoingMessage, headers: IncomingHttpHeaders): void {
    // Nobody needs the rest of that answer, and some servers leave it open.
    if (message.method === 'notifications/initialized') return this.#initialized();
    if (message.method !== 'initialize') return;
    const sessionId = singleHeader(headers['mcp-session-id']);
    if (sessionId === undefined) return;
    if (!sessionIdPattern.test(sessionId)) {
      this.#events?.log(
        'warn',
        'http',
        'the server gave a session id that no header can carry; it is not used',
      );
      return;
    }
    this.#sessionId = sessionId;
    this.#buildHeaders();
  }

  #streamOpened(fetch: HttpFetch): void {
    for (const stream of this.#streams) if (stream.isDone) this.#streams.delete(stream);
    this.#streams.add(fetch);
    if (this.#intake.isHolding || this.#isHeld) fetch.pause();
  }

  #failed(message: OutgoingMessage, error: McpMuxError): void {
    if (this.#isEnded) return;
    if (message.id !== undefined) this.#events?.requestFailed(message.id, error);
    else this.#events?.log('warn', 'http', notTaken(message.method, error));
    // A handshake that fails is told by whoever waits for it.
    const isLost = error.code === 'transports.unreachable' || error.code === 'transports.cut';
    if (isLost && this.#era !== undefined) this.#reach.look();
  }

  #over(exchange: PostExchange): void {
    const { id, method } = exchange.message;
    if (id === undefined) this.#others.delete(exchange);
    else this.#requests.delete(id);
    // What became of this one is told first.
    if (this.#lostSession !== undefined) queueMicrotask(() => this.#endLostSession(false));
    if (method === 'notifications/initialized') this.#initialized();
  }

  /** One of several requests on their way hears of it first; each of the others hears its own answer or refusal. */
  #sessionLost(): void {
    if (this.#isEnded || this.#lostSession !== undefined) return;
    this.#standing?.close();
    this.#lostSession = this.#http.clock.after(lostSessionGraceMs, () => this.#endLostSession(true));
    for (const { id } of this.#heldBack?.splice(0) ?? [])
      if (id !== undefined)
        this.#events?.requestFailed(id, transportError('session_lost', { server: this.#http.server }));
    this.#endLostSession(false);
  }

  #endLostSession(isTimeUp: boolean): void {
    if (!isTimeUp && this.#requests.size > 0) return;
    for (const exchange of [...this.#requests.values()]) exchange.cut();
    this.#end({ kind: 'session-lost' });
  }

  // ── the end ────────────────────────────────────────────────────────────────────────────────────

  #floodReason(): string {
    return `it sent more than ${this.#http.limits.messagesPerSecond} messages a second for too long`;
  }

  #fail(error: McpMuxError): void {
    this.#end({ kind: 'failed', error });
  }

  #end(reason: ClosedReason): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#lostSession?.cancel();
    this.#handshakeTimer?.cancel();
    this.#intake.close();
    this.#standing?.close();
    this.#reach.close();
    for (const exchange of [...this.#requests.values(), ...this.#others.values()]) exchange.abandon();
    if (reason.kind === 'session-lost') this.#sessionId = undefined;
    this.#events?.closed(reason);
  }

  async #close(): Promise<void> {
    const wasReachable = !this.#isEnded;
    this.#end({ kind: 'asked' });
    try {
      if (wasReachable && this.#sessionId !== undefined) await this.#sayGoodbye();
    } finally {
      await this.#http.close();
    }
  }

  /** Tells the server that the session is over. Many do not care; none is waited for long. Never throws. */
  async #sayGoodbye(): Promise<void> {
    try {
      await withTimeout(this.#http.clock, goodbyeMs, this.#deleteSession(), () => new Error('no goodbye'));
    } catch {
      // Too slow, or there are no credentials for it any more: the session ends on its own there.
    }
  }

  async #deleteSession(): Promise<void> {
    const credentials = await this.#http.credentials();
    await new Promise<void>((resolve) => {
      const fetch = new HttpFetch({
        head: () => ({ kind: 'discard' }),
        ended: () => resolve(),
        tooLarge: () => resolve(),
        failed: () => resolve(),
      });
      this.#http.dispatch(
        'streams',
        { method: 'DELETE', headers: this.#streamHeaders.slice(), credentials },
        fetch,
      );
    });
  }
}
