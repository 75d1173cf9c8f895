/**
 * upstream/transports/http-fetch — one HTTP request and its answer, as bytes.
 *
 * A handler for undici's dispatch: no streams, no promises, no copies on the way of a small answer.
 * Knows nothing of: JSON-RPC, sessions, sign-in, what a status means.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { ChurnMember } from '../../base/index.ts';
import { ByteGatherer } from '../../protocol/index.ts';

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
  /** `stream` only. */
  chunk?(bytes: Buffer): void;
  /** The answer is complete. `body` is empty unless it was collected. */
  ended(body: Buffer): void;
  /** The body passed the cap of `collect`; the connection is closed. */
  tooLarge(): void;
  /** It did not come to an end. `wasSent` false: the server never saw the request. */
  failed(error: Error, wasSent: boolean): void;
}

const empty = Buffer.alloc(0);

class Abandoned extends Error {}

export class HttpFetch implements Dispatcher.DispatchHandler, ChurnMember {
  readonly #sink: FetchSink;
  #controller: Dispatcher.DispatchController | undefined;
  #plan: BodyPlan | undefined;
  #body: ByteGatherer | undefined;
  #wasSent = false;
  #isDone = false;
  /** Monotonic ms of the last byte; the one who watches idle streams reads it. */
  lastByteAt = 0;
  /** For the one who watches: how long it may be silent, and what then. */
  idleMs = Number.POSITIVE_INFINITY;
  onIdle: (() => void) | undefined;
  churnPlace = -1;

  constructor(sink: FetchSink) {
    this.#sink = sink;
  }

  get bufferedBytes(): number {
    return this.#body?.bytes ?? 0;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Ends it without a word to the sink. */
  abort(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#controller?.abort(new Abandoned('nobody waits for this request'));
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  // ── undici tells ───────────────────────────────────────────────────────────────────────────────

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isDone) {
      controller.abort(new Abandoned('nobody waits for this request'));
      return;
    }
    this.#wasSent = true;
    this.#sink.sent?.();
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (this.#isDone || status < 200) return;
    this.lastByteAt = performance.now();
    this.#plan = this.#sink.head(status, headers);
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isDone) return;
    this.lastByteAt = performance.now();
    const plan = this.#plan;
    if (plan?.kind === 'stream') return this.#sink.chunk?.(chunk);
    if (plan === undefined || plan.kind === 'discard') return;
    this.#body ??= new ByteGatherer(plan.maxBytes);
    if (this.#body.bytes + chunk.length > plan.maxBytes) this.#passedCap(plan.kind);
    else this.#body.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#sink.ended(this.#takeBody());
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#body = undefined;
    this.#sink.failed(error, this.#wasSent);
  }

  #passedCap(kind: 'collect' | 'sample'): void {
    this.abort();
    const body = this.#takeBody();
    if (kind === 'sample') this.#sink.ended(body);
    else this.#sink.tooLarge();
  }

  #takeBody(): Buffer {
    const body = this.#body?.take() ?? empty;
    this.#body = undefined;
    return body;
  }
}
