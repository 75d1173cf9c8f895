/**
 * transports/post-exchange — one message sent by POST, until its answer came or it is certain that none will.
 *
 *   posting ─JSON→ over                      posting ─401→ renewing ─→ posting (once)
 *           ─event stream→ streaming ─answer, end→ over
 *                          streaming ─end without answer, ids were given→ waiting ─retry time→ resuming ─→ streaming
 *                          streaming ─end without answer→ over (cut)
 *           ─307, 308→ posting (same origin, three times at most)
 *           ─refusal→ over
 *
 * A request that reached the server is never sent again, except when the server refused it before it began (401, redirect).
 * Knows nothing of: what the message means, other messages.
 */

import {
  isMcpMuxError,
  type LowAllocationSetMember,
  type McpMuxError,
  type Secret,
  type Timer,
} from '../base/index.ts';
import { SseParser } from '../protocol/index.ts';
import { isAnswerTo } from './answer-probe.ts';
import { withoutByteOrderMark } from './byte-order-mark.ts';
import { transportError } from './errors.ts';
import { encodeEventId } from './event-id.ts';
import { type BodyPlan, type FetchSink, HttpFetch, type IncomingHttpHeaders } from './http-fetch.ts';
import {
  connectionProblem,
  judgeRefusal,
  maxProblemBytes,
  maxRenewals,
  singleHeader,
} from './http-problems.ts';
import type { HttpWire } from './http-wire.ts';
import type { OutgoingMessage } from './transport.ts';

/** Whom an exchange belongs to: the transport. */
export interface ExchangeOwner {
  readonly wire: HttpWire;
  /** Does the server know us by a session? Then a 404 means that it forgot us. */
  hasSession(): boolean;
  /** May a broken stream be taken up again (legacy era)? */
  canResume(): boolean;
  /** Headers of a POST of this message, flat; a fresh list. */
  postHeaders(message: OutgoingMessage): string[];
  /** Headers of a GET that opens or resumes a stream, flat; a fresh list. */
  streamHeaders(lastEventId: string | undefined): string[];
  /** The head of a successful answer. */
  sawHead(message: OutgoingMessage, headers: IncomingHttpHeaders): void;
  /** A message of a stream; may be held back for a while. */
  offer(bytes: Buffer, causedBy: number | undefined): void;
  /** Runs when all messages offered so far have been handed on. */
  afterOffered(act: () => void): void;
  /** The answer, on its own. */
  answer(bytes: Buffer, id: number): void;
  failed(message: OutgoingMessage, error: McpMuxError): void;
  sessionLost(): void;
  streamOpened(fetch: HttpFetch): void;
  /** Nothing of this server is read now. */
  isHeld(): boolean;
  over(exchange: PostExchange): void;
}

type Mode = 'json' | 'stream' | 'problem' | 'not-mcp' | 'nothing';

const maxRedirects = 3;
/** Attempts to take a stream up again that brought nothing. */
const maxFruitlessResumes = 5;
const defaultRetryMs = 1_000;
const maxRetryMs = 60_000;
/** Whatever the server asks for: the first time it may be soon, later no more than once a second. */
const soonestRetryMs = 125;
const minRetryMs = 1_000;
/** The answer is there and the server does not end the stream: that is all the time it gets. */
const lingerMs = 5_000;

export class PostExchange implements FetchSink, LowAllocationSetMember {
  readonly message: OutgoingMessage;
  churnPlace = -1;
  readonly #owner: ExchangeOwner;
  #fetch: HttpFetch | undefined;
  #mode: Mode = 'nothing';
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #used: Secret | undefined;
  #renewals = 0;
  #redirects = 0;
  #parser: SseParser | undefined;
  #lastEventId: string | undefined;
  #retryMs = defaultRetryMs;
  #fruitlessResumes = 0;
  #resumes = 0;
  #isResuming = false;
  #isAnswered = false;
  #timer: Timer | undefined;
  #isOver = false;

  constructor(owner: ExchangeOwner, message: OutgoingMessage) {
    this.#owner = owner;
    this.message = message;
  }

  get bufferedBytes(): number {
    return (this.#fetch?.bufferedBytes ?? 0) + (this.#parser?.bufferedBytes ?? 0);
  }

  /** Stops reading a JSON answer that is on its way, or goes on. Streams are held by their owner. */
  hold(isHeld: boolean): void {
    if (this.#mode !== 'json') return;
    if (isHeld) this.#fetch?.pause();
    else this.#fetch?.resume();
  }

  start(): void {
    this.#withCredentials((credentials) => this.#post(credentials));
  }

  /** Nobody waits for it any more. Nothing is told. */
  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    if (this.#fetch !== undefined) {
      this.#owner.wire.unwatch(this.#fetch);
      this.#fetch.abort();
    }
    this.#owner.over(this);
  }

  /** Its answer cannot come any more. */
  cut(): void {
    this.#failCut(undefined);
  }

  // ── asking ─────────────────────────────────────────────────────────────────────────────────────

  #withCredentials(act: (credentials: Secret | undefined) => void): void {
    const credentials = this.#owner.wire.credentials();
    if (!(credentials instanceof Promise)) return act(credentials);
    credentials.then(
      (value) => {
        if (!this.#isOver) act(value);
      },
      (error: unknown) =>
        this.#fail(
          isMcpMuxError(error)
            ? error
            : transportError('needs_sign_in', { server: this.#owner.wire.server }, error),
        ),
    );
  }

  #post(credentials: Secret | undefined): void {
    this.#used = credentials;
    const fetch = new HttpFetch(this);
    this.#fetch = fetch;
    this.#owner.wire.dispatch(
      'calls',
      {
        method: 'POST',
        headers: this.#owner.postHeaders(this.message),
        body: this.message.pieces,
        credentials,
      },
      fetch,
    );
  }

  #resume(): void {
    this.#timer = undefined;
    this.#isResuming = true;
    this.#withCredentials((credentials) => {
      this.#used = credentials;
      const fetch = new HttpFetch(this);
      this.#fetch = fetch;
      this.#owner.wire.dispatch(
        'streams',
        { method: 'GET', headers: this.#owner.streamHeaders(this.#lastEventId), credentials },
        fetch,
      );
    });
  }

  // ── the answer ─────────────────────────────────────────────────────────────────────────────────

  head(status: number, headers: IncomingHttpHeaders): BodyPlan {
    this.#status = status;
    this.#headers = headers;
    if (status < 200 || status >= 300) {
      this.#mode = 'problem';
      return { kind: 'sample', maxBytes: maxProblemBytes };
    }
    this.#owner.sawHead(this.message, headers);
    const type = (singleHeader(headers['content-type']) ?? '').toLowerCase();
    if (type.startsWith('text/event-stream')) return this.#openStream();
    if (this.message.id === undefined || status === 202 || status === 204) {
      this.#mode = 'nothing';
      return { kind: 'discard' };
    }
    if (type !== '' && !/^application\/(?:[\w.-]+\+)?json\b/.test(type)) {
      this.#mode = 'not-mcp';
      return { kind: 'sample', maxBytes: 0 };
    }
    this.#mode = 'json';
    const { wire } = this.#owner;
    const { maxMessageBytes, bodyIdleMs } = wire.limits;
    if (Number(headers['content-length'] ?? 0) > maxMessageBytes) {
      this.tooLarge();
      return { kind: 'discard' };
    }
    wire.watch(this.#fetch!, bodyIdleMs, () =>
      this.#fail(transportError('cut', { server: wire.server, reason: 'idle' })),
    );
    if (this.#owner.isHeld()) this.#fetch?.pause();
    return { kind: 'collect', maxBytes: maxMessageBytes };
  }

  chunk(bytes: Buffer): void {
    this.#parser?.push(bytes);
  }

  ended(body: Buffer): void {
    if (this.#isOver) return;
    switch (this.#mode) {
      case 'json':
        return this.#endedJson(body);
      case 'stream':
        return this.#endedStream(undefined);
      case 'problem':
        return this.#isResuming ? this.#resumeRefused() : this.#refused(body);
      case 'not-mcp':
        return this.#fail(
          transportError('not_mcp', {
            server: this.#owner.wire.server,
            reason: `it answers with "${singleHeader(this.#headers['content-type'])}", not with JSON or an event stream`,
          }),
        );
      case 'nothing':
        if (this.message.id === undefined) return this.#finish();
        return this.#fail(
          this.#badAnswer(`HTTP ${this.#status} without an answer to ${this.message.method ?? 'a request'}`),
        );
    }
  }

  tooLarge(): void {
    const { server, limits } = this.#owner.wire;
    this.#fail(transportError('too_large', { server, limitBytes: limits.maxMessageBytes }));
  }

  failed(error: Error, wasSent: boolean): void {
    if (this.#isOver) return;
    if (this.#mode === 'stream') return this.#endedStream(error);
    if (this.#isResuming) return this.#waitToResume(error);
    const { server, url } = this.#owner.wire;
    this.#fail(connectionProblem(server, url, error, wasSent, this.message.method));
  }

  // ── a JSON answer ──────────────────────────────────────────────────────────────────────────────

  #endedJson(whole: Buffer): void {
    const body = withoutByteOrderMark(whole);
    const id = this.message.id!;
    const first = firstMeaningfulByte(body);
    // 0x7b is '{', 0x5b is '['.
    if (first !== 0x7b && first !== 0x5b) {
      return this.#fail(this.#badAnswer(body.length === 0 ? 'the body is empty' : 'the body is not JSON'));
    }
    const isAnswer = isAnswerTo(id, body);
    this.#owner.answer(body, id);
    if (isAnswer) this.#finish();
    else this.#fail(this.#badAnswer('it answers something else'));
  }

  // ── an event stream ────────────────────────────────────────────────────────────────────────────

  #openStream(): BodyPlan {
    const { wire } = this.#owner;
    const fetch = this.#fetch!;
    this.#mode = 'stream';
    this.#isResuming = false;
    this.#parser = new SseParser(
      {
        event: (event) => this.#event(event.type, event.data),
        retry: (delayMs) => {
          this.#retryMs = Math.min(delayMs, maxRetryMs);
        },
        tooLarge: () => this.tooLarge(),
      },
      wire.limits.maxMessageBytes,
      this.#lastEventId,
    );
    // A call may be silent for as long as it likes, it has its own deadline. What listens for changes has none.
    if (this.message.method === 'subscriptions/listen') {
      wire.watch(fetch, wire.limits.streamIdleMs, () =>
        this.#fail(transportError('cut', { server: wire.server, reason: 'idle' })),
      );
    }
    this.#owner.streamOpened(fetch);
    return { kind: 'stream' };
  }

  #event(type: string | undefined, data: Buffer): void {
    this.#fruitlessResumes = 0;
    // Empty data carries only an id to resume from.
    if (data.length === 0 || (type !== undefined && type !== 'message')) return;
    const { id } = this.message;
    if (id !== undefined && !this.#isAnswered && isAnswerTo(id, data)) {
      this.#isAnswered = true;
      const fetch = this.#fetch!;
      this.#owner.wire.watch(fetch, lingerMs, () => this.abandon());
    }
    this.#owner.offer(data, id);
  }

  #endedStream(error: Error | undefined): void {
    if (this.#parser !== undefined) this.#lastEventId = this.#parser.lastEventId;
    this.#parser = undefined;
    this.#owner.afterOffered(() => {
      if (this.#isOver) return;
      if (this.#isAnswered || this.message.id === undefined) this.#finish();
      else if (this.#owner.canResume() && encodeEventId(this.#lastEventId) !== undefined)
        this.#waitToResume(error);
      else this.#failCut(error);
    });
  }

  #waitToResume(error: Error | undefined): void {
    this.#fruitlessResumes += 1;
    if (this.#fruitlessResumes > maxFruitlessResumes) return this.#failCut(error);
    const pauseMs = Math.max(this.#retryMs, Math.min(minRetryMs, soonestRetryMs * 2 ** this.#resumes));
    this.#resumes += 1;
    this.#timer = this.#owner.wire.clock.after(pauseMs, () => this.#resume());
  }

  #resumeRefused(): void {
    if (this.#status === 404 && this.#owner.hasSession()) return this.#lostSession();
    this.#failCut(undefined);
  }

  #failCut(cause: Error | undefined): void {
    this.#fail(transportError('cut', { server: this.#owner.wire.server }, cause));
  }

  // ── a refusal ──────────────────────────────────────────────────────────────────────────────────

  #refused(body: Buffer): void {
    const { wire } = this.#owner;
    const refusal = judgeRefusal(
      {
        server: wire.server,
        url: wire.url,
        id: this.message.id,
        hadSession: this.#owner.hasSession(),
        mayRedirect: this.#redirects < maxRedirects,
        now: wire.clock.now(),
      },
      this.#status,
      this.#headers,
      body,
    );
    switch (refusal.kind) {
      case 'message':
        this.#owner.answer(refusal.bytes, this.message.id!);
        return this.#finish();
      case 'session-lost':
        return this.#lostSession();
      case 'redirect':
        this.#redirects += 1;
        wire.moveTo(refusal.location);
        return this.start();
      case 'credentials':
        return this.#renew(refusal.status, refusal.challenge);
      case 'error':
        return this.#fail(
          this.#status === 403 && wire.hasFixedAuthorization
            ? wire.credentialsProblem(403, undefined, refusal.error)
            : refusal.error,
        );
    }
  }

  #renew(status: 401 | 403, challenge: string | undefined): void {
    const { wire } = this.#owner;
    if (this.#renewals >= maxRenewals(status)) return this.#fail(wire.credentialsProblem(status, challenge));
    this.#renewals += 1;
    wire.renewCredentials(this.#used, status, challenge).then(
      (renewed) => {
        if (!this.#isOver) this.#post(renewed);
      },
      (error: McpMuxError) => this.#fail(error),
    );
  }

  #lostSession(): void {
    // The server refused before it began: whoever waits may ask again on a new session.
    const error = transportError('session_lost', { server: this.#owner.wire.server });
    this.#fail(error);
    this.#owner.sessionLost();
  }

  // ── the end ────────────────────────────────────────────────────────────────────────────────────

  #badAnswer(reason: string): McpMuxError {
    return transportError('bad_answer', { server: this.#owner.wire.server, reason });
  }

  #fail(error: McpMuxError): void {
    if (this.#isOver) return;
    const wasAnswered = this.#isAnswered;
    this.abandon();
    if (!wasAnswered) this.#owner.failed(this.message, error);
  }

  #finish(): void {
    this.abandon();
  }
}

function firstMeaningfulByte(bytes: Buffer): number | undefined {
  for (const byte of bytes) {
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return byte;
  }
  return undefined;
}
