/**
 * transports/http-sse — the old HTTP+SSE transport (2024-11-05): one event stream down, POSTs up.
 *
 * GET opens the stream; its first event, `endpoint`, says where to POST. Every answer comes on the stream, so the stream's
 * end is the wire's end: there is nothing to resume.
 * Knows nothing of: what messages mean, the newer HTTP transport.
 *
 * @see MCP 2024-11-05, basic/transports, "HTTP with SSE"
 */

import { isMcpMuxError, type McpMuxError, type Secret, type Timer } from '../base/index.ts';
import { SseParser } from '../protocol/index.ts';
import { transportError } from './errors.ts';
import { type BodyPlan, type FetchSink, HttpFetch, type IncomingHttpHeaders } from './http-fetch.ts';
import {
  connectionProblem,
  judgeRefusal,
  maxProblemBytes,
  maxRenewals,
  notTaken,
  singleHeader,
} from './http-problems.ts';
import { type HttpTransportOptions, HttpWire } from './http-wire.ts';
import { MessageRateLimiter } from './message-rate-limiter.ts';
import type { ClosedReason, OutgoingMessage, Transport, TransportEvents } from './transport.ts';

const maxRedirects = 3;
/** The notification that ends the handshake is on its way: nothing waits longer for it than this. */
const initializedWithinMs = 1_000;

interface Opening {
  resolve(): void;
  reject(error: McpMuxError): void;
}

export class HttpSseTransport implements Transport {
  readonly wire = 'sse';
  readonly #http: HttpWire;
  readonly #intake: MessageRateLimiter;
  readonly #posts = new Map<HttpFetch, OutgoingMessage>();
  #events: TransportEvents | undefined;
  #opening: Opening | undefined;
  #stream: HttpFetch | undefined;
  #parser: SseParser | undefined;
  #endpoint: string | undefined;
  #revision: string | undefined;
  /** POSTs go one after the other until the handshake is over: servers may refuse what comes before its end. */
  #heldBack: OutgoingMessage[] | undefined;
  #handshakeTimer: Timer | undefined;
  #isHeld = false;
  #isEnded = false;

  /** @throws transports.bad_url, transports.bad_header */
  constructor(options: HttpTransportOptions) {
    // Its stream takes one for itself.
    const { maxConnections } = options;
    this.#http = new HttpWire({
      ...options,
      maxConnections: maxConnections === undefined ? undefined : Math.max(2, maxConnections),
    });
    this.#intake = new MessageRateLimiter(
      {
        message: (bytes) => this.#events?.message(bytes, undefined),
        hold: () => this.#stream?.pause(),
        go: () => {
          if (!this.#isHeld) this.#stream?.resume();
        },
        flooded: () =>
          this.#fail(
            transportError('flooded', {
              server: options.server,
              reason: `it sent more than ${this.#http.limits.messagesPerSecond} messages a second for too long`,
            }),
          ),
      },
      options.clock,
      this.#http.limits,
    );
  }

  get pid(): undefined {
    return undefined;
  }

  get bufferedBytes(): number {
    return this.#intake.bufferedBytes + (this.#parser?.bufferedBytes ?? 0);
  }

  /**
   * Opens the stream and waits for its `endpoint` event.
   *
   * @throws transports.unreachable, transports.needs_sign_in, transports.http_refused, transports.not_mcp, transports.cancelled
   */
  async open(events: TransportEvents, signal: AbortSignal): Promise<void> {
    this.#events = events;
    const { server } = this.#http;
    this.#http.open();
    const cancelled = () => this.#failOpening(transportError('cancelled', { server }));
    try {
      const credentials = await this.#http.credentials();
      await new Promise<void>((resolve, reject) => {
        this.#opening = { resolve, reject };
        signal.addEventListener('abort', cancelled, { once: true });
        if (signal.aborted) cancelled();
        else this.#get(new StreamSink(this.#streamHost(), credentials));
      });
    } catch (error) {
      this.#isEnded = true;
      await this.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', cancelled);
    }
  }

  send(message: OutgoingMessage): void {
    if (this.#isEnded || this.#endpoint === undefined) {
      throw transportError('closed', { server: this.#http.server });
    }
    if (this.#heldBack !== undefined) {
      this.#heldBack.push(message);
      return;
    }
    if (message.method === 'notifications/initialized') {
      this.#heldBack = [];
      this.#handshakeTimer = this.#http.clock.after(initializedWithinMs, () => this.#taken(message));
    }
    if (message.id !== undefined) this.#intake.earn();
    this.#withCredentials(message, (credentials) => this.#post(message, credentials, 0));
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (isHeld) this.#stream?.pause();
    else if (!this.#intake.isHolding) this.#stream?.resume();
  }

  abandon(): void {
    // The POST is long answered with 202; there is nothing to abort.
  }

  agreed(_: unknown, revision: string): void {
    this.#revision = revision;
  }

  close(): Promise<void> {
    this.#end({ kind: 'asked' });
    return this.#http.close();
  }

  // ── the stream ─────────────────────────────────────────────────────────────────────────────────

  #get(sink: StreamSink): void {
    const fetch = new HttpFetch(sink);
    this.#stream = fetch;
    this.#http.dispatch(
      'streams',
      { method: 'GET', headers: ['accept', 'text/event-stream'], credentials: sink.credentials },
      fetch,
    );
  }

  #streamHost(): StreamHost {
    return {
      wire: this.#http,
      opened: () => {
        const { streamIdleMs, maxMessageBytes } = this.#http.limits;
        const stream = this.#stream!;
        this.#http.watch(stream, streamIdleMs, () => {
          // Heartbeats are not promised here, so silence alone is no end; it is only worth a note.
          this.#events?.log('debug', 'http', 'the event stream has been silent for long');
        });
        this.#parser = new SseParser(
          {
            event: (event) => this.#event(event.type, event.data),
            tooLarge: () =>
              this.#fail(
                transportError('too_large', { server: this.#http.server, limitBytes: maxMessageBytes }),
              ),
          },
          maxMessageBytes,
        );
      },
      chunk: (bytes) => this.#parser?.push(bytes),
      again: (sink) => {
        if (!this.#isEnded) this.#get(sink);
      },
      ended: (error) => this.#intake.afterAll(() => this.#fail(error)),
    };
  }

  #event(type: string | undefined, data: Buffer): void {
    if (type === 'endpoint') return this.#gotEndpoint(data.toString('utf8').trim());
    if (data.length > 0 && (type === undefined || type === 'message')) this.#intake.offer(data, undefined);
  }

  #gotEndpoint(text: string): void {
    const { server, url } = this.#http;
    const endpoint = URL.canParse(text, url.href) ? new URL(text, url.href) : undefined;
    // Credentials go to the origin a person named, and nowhere else.
    if (endpoint?.origin !== url.origin) {
      return this.#fail(
        transportError('not_mcp', { server, reason: 'its event stream names an endpoint on another origin' }),
      );
    }
    this.#endpoint = endpoint.pathname + endpoint.search;
    this.#opening?.resolve();
    this.#opening = undefined;
  }

  // ── posting ────────────────────────────────────────────────────────────────────────────────────

  #withCredentials(message: OutgoingMessage, act: (credentials: Secret | undefined) => void): void {
    const credentials = this.#http.credentials();
    if (!(credentials instanceof Promise)) return act(credentials);
    credentials.then(act, (error: unknown) =>
      this.#refused(
        message,
        isMcpMuxError(error) ? error : this.#http.credentialsProblem(401, undefined, error),
      ),
    );
  }

  #post(message: OutgoingMessage, credentials: Secret | undefined, renewals: number): void {
    if (this.#isEnded) return;
    const { server, url, clock } = this.#http;
    let status = 0;
    let answerHeaders: IncomingHttpHeaders = {};
    const fetch: HttpFetch = new HttpFetch({
      head: (code, received) => {
        status = code;
        answerHeaders = received;
        if (code >= 200 && code < 300) this.#taken(message);
        return code >= 200 && code < 300
          ? { kind: 'discard' }
          : { kind: 'sample', maxBytes: maxProblemBytes };
      },
      ended: (body) => {
        this.#posts.delete(fetch);
        if (status >= 200 && status < 300) return this.#taken(message);
        const refusal = judgeRefusal(
          { server, url, id: message.id, hadSession: true, mayRedirect: false, now: clock.now() },
          status,
          answerHeaders,
          body,
        );
        switch (refusal.kind) {
          case 'message':
            this.#events?.message(refusal.bytes, message.id);
            return this.#taken(message);
          case 'session-lost':
            this.#refused(message, transportError('session_lost', { server }));
            return this.#end({ kind: 'session-lost' });
          case 'credentials':
            if (renewals >= maxRenewals(refusal.status)) {
              return this.#refused(message, this.#http.credentialsProblem(refusal.status, refusal.challenge));
            }
            this.#http.renewCredentials(credentials, refusal.status, refusal.challenge).then(
              (renewed) => this.#post(message, renewed, renewals + 1),
              (error: McpMuxError) => this.#refused(message, error),
            );
            return;
          case 'redirect':
          case 'error':
            return this.#refused(
              message,
              refusal.kind === 'error' ? refusal.error : transportError('http_refused', { server, status }),
            );
        }
      },
      tooLarge: () => {},
      failed: (error, wasSent) => {
        this.#posts.delete(fetch);
        this.#refused(message, connectionProblem(server, url, error, wasSent));
      },
    });
    this.#posts.set(fetch, message);
    const headers = ['content-type', 'application/json', 'accept', 'application/json, text/event-stream'];
    if (this.#revision !== undefined) headers.push('mcp-protocol-version', this.#revision);
    this.#http.dispatch(
      'calls',
      { method: 'POST', headers, body: message.pieces, credentials, path: this.#endpoint! },
      fetch,
    );
  }

  #taken(message: OutgoingMessage): void {
    if (message.method !== 'notifications/initialized') return;
    this.#handshakeTimer?.cancel();
    const waiting = this.#heldBack ?? [];
    this.#heldBack = undefined;
    for (const next of waiting) if (!this.#isEnded) this.send(next);
  }

  #refused(message: OutgoingMessage, error: McpMuxError): void {
    if (this.#isEnded) return;
    if (message.id !== undefined) this.#events?.requestFailed(message.id, error);
    else this.#events?.log('warn', 'http', notTaken(message.method, error));
    this.#taken(message);
  }

  // ── the end ────────────────────────────────────────────────────────────────────────────────────

  #failOpening(error: McpMuxError): void {
    const opening = this.#opening;
    this.#opening = undefined;
    this.#stream?.abort();
    opening?.reject(error);
  }

  #fail(error: McpMuxError): void {
    if (this.#opening !== undefined) return this.#failOpening(error);
    this.#end({ kind: 'failed', error });
  }

  #end(reason: ClosedReason): void {
    this.#stream?.abort();
    for (const fetch of this.#posts.keys()) fetch.abort();
    this.#posts.clear();
    this.#intake.close();
    this.#handshakeTimer?.cancel();
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#events?.closed(reason);
  }
}

interface StreamHost {
  readonly wire: HttpWire;
  opened(): void;
  chunk(bytes: Buffer): void;
  again(sink: StreamSink): void;
  ended(error: McpMuxError): void;
}

/** Judges the answer to the GET that opens the stream: sign-in and redirects are followed, the rest is an error. */
class StreamSink implements FetchSink {
  readonly credentials: Secret | undefined;
  readonly #host: StreamHost;
  readonly #renewals: number;
  readonly #redirects: number;
  #isOpen = false;
  #status = 0;
  #headers: IncomingHttpHeaders = {};

  constructor(host: StreamHost, credentials: Secret | undefined, renewals = 0, redirects = 0) {
    this.#host = host;
    this.credentials = credentials;
    this.#renewals = renewals;
    this.#redirects = redirects;
  }

  head(status: number, headers: IncomingHttpHeaders): BodyPlan {
    this.#status = status;
    this.#headers = headers;
    const type = (singleHeader(headers['content-type']) ?? '').toLowerCase();
    if (status !== 200 || !type.startsWith('text/event-stream'))
      return { kind: 'sample', maxBytes: maxProblemBytes };
    this.#isOpen = true;
    this.#host.opened();
    return { kind: 'stream' };
  }

  chunk(bytes: Buffer): void {
    this.#host.chunk(bytes);
  }

  ended(body: Buffer): void {
    const { wire } = this.#host;
    const { server } = wire;
    if (this.#isOpen) return this.#host.ended(transportError('cut', { server }));
    if (this.#status >= 200 && this.#status < 300) {
      const type = singleHeader(this.#headers['content-type']) ?? 'nothing';
      return this.#host.ended(
        transportError('not_mcp', { server, reason: `GET answers with ${type}, not with an event stream` }),
      );
    }
    const refusal = judgeRefusal(
      {
        server,
        url: wire.url,
        id: undefined,
        hadSession: false,
        mayRedirect: this.#redirects < maxRedirects,
        now: wire.clock.now(),
      },
      // A GET may be redirected by any of the codes.
      this.#status === 301 || this.#status === 302 ? 307 : this.#status,
      this.#headers,
      body,
    );
    switch (refusal.kind) {
      case 'redirect':
        wire.moveTo(refusal.location);
        return this.#host.again(
          new StreamSink(this.#host, this.credentials, this.#renewals, this.#redirects + 1),
        );
      case 'credentials':
        return this.#renew(refusal.status, refusal.challenge);
      case 'error':
        return this.#host.ended(refusal.error);
      case 'message':
      case 'session-lost':
        return this.#host.ended(transportError('http_refused', { server, status: this.#status }));
    }
  }

  tooLarge(): void {
    // Only samples and streams are asked for.
  }

  failed(error: Error, wasSent: boolean): void {
    const { server, url } = this.#host.wire;
    // To ask for a stream executes nothing, so the words for a lost connection are the truer ones.
    this.#host.ended(
      this.#isOpen
        ? transportError('cut', { server }, error)
        : connectionProblem(server, url, error, wasSent && this.#isOpen),
    );
  }

  #renew(status: 401 | 403, challenge: string | undefined): void {
    const { wire } = this.#host;
    if (this.#renewals >= maxRenewals(status))
      return this.#host.ended(wire.credentialsProblem(status, challenge));
    wire.renewCredentials(this.credentials, status, challenge).then(
      (renewed) => this.#host.again(new StreamSink(this.#host, renewed, this.#renewals + 1, this.#redirects)),
      (error: McpMuxError) => this.#host.ended(error),
    );
  }
}
