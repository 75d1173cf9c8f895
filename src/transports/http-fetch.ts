/**
 * transports/http-fetch — one HTTP request and its answer, as bytes.
 *
 * Hears what its connection tells: no streams, no promises; a body is copied once, to its place where its length is known.
 * Knows nothing of: JSON-RPC, sessions, sign-in, what a status means.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { LowAllocationSetMember } from '../base/index.ts';
import { ChunkBuffer } from '../protocol/index.ts';
import { BodyDecoder, codingOf } from './body-decoder.ts';
import { type AnswerHandler, HttpClientError, type RequestControl } from './http1/index.ts';

export type { IncomingHttpHeaders };

/**
 * What is to be done with the body. `collect`: whole, up to a cap that must not be passed. `sample`: its beginning is
 * enough. `stream`: chunk by chunk. `discard`: not looked at.
 */
export type BodyPlan =
  | { readonly kind: 'sample'; readonly maxBytes: number }
  | { readonly kind: 'collect'; readonly maxBytes: number }
  | { readonly kind: 'stream' }
  | { readonly kind: 'discard' };

export interface FetchSink {
  /** The request leaves for the server now: from here on it may have been executed. */
  sent?(): void;
  head(status: number, headers: IncomingHttpHeaders): BodyPlan;
  /** `stream` only. The memory is used again: who keeps the bytes, copies them. */
  chunk?(bytes: Buffer): void;
  /** The answer is complete. `body` is empty unless it was collected. */
  ended(body: Buffer): void;
  /** The body passed the cap of `collect`; the connection is closed. */
  tooLarge(): void;
  /** It did not come to an end. `wasSent` false: the server never saw the request. */
  failed(error: Error, wasSent: boolean): void;
}

const empty = Buffer.alloc(0);
/** Memory for a body of a known length is taken at once up to here; a server may say any length and send nothing. */
const placedBytes = 2 * 1024 * 1024;

export class HttpFetch implements AnswerHandler, LowAllocationSetMember {
  readonly #sink: FetchSink;
  #control: RequestControl | undefined;
  #plan: BodyPlan | undefined;
  /** A collected body: in its place when its length is known, gathered when not. */
  #place: Buffer | undefined;
  #placed = 0;
  #body: ChunkBuffer | undefined;
  #decoder: BodyDecoder | undefined;
  #isPaused = false;
  #wasSent = false;
  #isDone = false;
  /** Monotonic ms of the last byte; the one who watches idle streams reads it. */
  lastByteAt = 0;
  /** For the one who watches: how long it may be silent, and what then. */
  idleMs = Number.POSITIVE_INFINITY;
  onIdle: (() => void) | undefined;
  /** Hears of cookies that the answer sets. */
  onCookies: ((lines: string | readonly string[]) => void) | undefined;
  churnPlace = -1;

  constructor(sink: FetchSink) {
    this.#sink = sink;
  }

  get bufferedBytes(): number {
    return this.#placed + (this.#body?.bytes ?? 0) + (this.#decoder?.bufferedBytes ?? 0);
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** It was handed to the connections; from here on it can be held and ended. */
  begin(control: RequestControl): void {
    if (this.#isDone) control.abort();
    else this.#control = control;
  }

  /** Ends it without a word to the sink. */
  abort(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#decoder?.close();
    this.#control?.abort();
  }

  pause(): void {
    this.#isPaused = true;
    this.#decoder?.pause();
    this.#control?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#decoder?.resume();
    this.#control?.resume();
  }

  // ── the connection tells ───────────────────────────────────────────────────────────────────────

  onSent(): void {
    this.#wasSent = true;
    this.#sink.sent?.();
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    if (this.#isDone) return;
    this.lastByteAt = performance.now();
    const cookies = headers['set-cookie'];
    if (cookies !== undefined) this.onCookies?.(cookies);
    const plan = this.#sink.head(status, headers);
    this.#plan = plan;
    const coding = codingOf(headers['content-encoding']);
    if (coding !== undefined && plan.kind !== 'discard') this.#decoder = this.#openDecoder(coding);
    if (plan.kind !== 'collect' || coding !== undefined) return;
    const length = Number(headers['content-length']);
    if (length > 0 && length <= Math.min(placedBytes, plan.maxBytes))
      this.#place = Buffer.allocUnsafe(length);
  }

  onData(view: Buffer): void {
    if (this.#isDone) return;
    this.lastByteAt = performance.now();
    if (this.#decoder === undefined) this.#take(view);
    else this.#decoder.push(view);
  }

  /** Of the body, as it is meant. */
  #take(view: Buffer): void {
    if (this.#place !== undefined) {
      // The connection counts: there are never more than the length said.
      this.#placed += view.copy(this.#place, this.#placed);
      return;
    }
    const plan = this.#plan;
    if (plan?.kind === 'stream') return this.#sink.chunk?.(view);
    if (plan === undefined || plan.kind === 'discard') return;
    this.#body ??= new ChunkBuffer(plan.maxBytes);
    if (this.#body.bytes + view.length > plan.maxBytes) this.#passedCap(plan.kind);
    else this.#body.push(view);
  }

  onEnd(): void {
    if (this.#isDone) return;
    if (this.#decoder === undefined) this.#end();
    else this.#decoder.end();
  }

  #end(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#sink.ended(this.#takeBody());
  }

  onError(error: Error): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#decoder?.close();
    this.#takeBody();
    this.#sink.failed(error, this.#wasSent);
  }

  #openDecoder(coding: string): BodyDecoder {
    return new BodyDecoder(coding, {
      data: (bytes) => {
        if (!this.#isDone) this.#take(bytes);
      },
      ended: () => this.#end(),
      broken: (error) => {
        this.#control?.abort();
        this.onError(new HttpClientError('bad_coding', error.message));
      },
      full: () => this.#control?.pause(),
      ready: () => {
        if (!this.#isPaused) this.#control?.resume();
      },
    });
  }

  #passedCap(kind: 'collect' | 'sample'): void {
    this.abort();
    const body = this.#takeBody();
    if (kind === 'sample') this.#sink.ended(body);
    else this.#sink.tooLarge();
  }

  #takeBody(): Buffer {
    const body = this.#place ?? this.#body?.take() ?? empty;
    this.#place = undefined;
    this.#placed = 0;
    this.#body = undefined;
    return body;
  }
}
