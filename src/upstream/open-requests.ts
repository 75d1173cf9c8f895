/**
 * upstream/open-requests — the requests on one wire that wait for an answer: how long they may, and whose words the
 * server can mean.
 *
 * Owns: the requests by id, the sweep over their deadlines, which calls were given up.
 * Knows nothing of: messages, what becomes of a request that is overdue.
 */
import { type Cancellation, type Clock, LowAllocationMap, type Timer } from '../base/index.ts';
import type { Answer, CallScope } from '../model/index.ts';
import type { ModernHop, RawJson } from '../protocol/index.ts';
import { AbandonedCalls, isSameSession } from './attribution.ts';

/** How often open requests are looked over for a passed deadline. Coarse, so that a call costs no timer of its own. */
const sweepEveryMs = 200;

export interface RequestOptions {
  /** Undefined for requests of our own (handshake, discovery, subscriptions). */
  readonly scope: CallScope | undefined;
  /** Without an answer or progress; 0 = none (streams that stay open). */
  readonly timeoutMs: number;
  /** In all; 0 = none. */
  readonly maxMs: number;
  /** What the server is told in `_meta` of this hop; undefined for a legacy one. */
  readonly hop?: ModernHop | undefined;
  /** Ask for progress: adds our token to `_meta`. */
  readonly wantsProgress: boolean;
  readonly name?: string | undefined;
  readonly paramHeaders?: Readonly<Record<string, string>> | undefined;
  /** Gets the notifications that belong to this request, when it has no scope. */
  readonly onNotification?: ((method: string, params: RawJson) => void) | undefined;
  /** Gives up a request that has no scope. */
  readonly cancellation?: Cancellation | undefined;
}

export interface OpenRequest {
  readonly id: number;
  readonly method: string;
  readonly options: RequestOptions;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  /** Monotonic ms; infinite while a person is asked, or without a timeout. */
  deadline: number;
  readonly hardDeadline: number;
  lastProgress: number;
  stopListening: (() => void) | undefined;
  /** Asks of the server that wait for the client of this call, by the server's id. */
  asks: Map<string | number, OpenAsk> | undefined;
}

export interface OpenAsk {
  readonly cancellation: Cancellation;
  /** The open calls that may have caused it: one, or over a pipe several of one session. It ends with the last of them. */
  readonly causes: Set<OpenRequest>;
}

export class OpenRequests {
  readonly #clock: Clock;
  readonly #overdue: (request: OpenRequest, isInAll: boolean) => void;
  readonly #all = new LowAllocationMap<number, OpenRequest>();
  readonly #givenUp = new AbandonedCalls();
  #sweep: Timer | undefined;
  #callsInFlight = 0;

  /** @param overdue told of each request whose time is up; `isInAll`: the time it may take in all, not that without a sign */
  constructor(clock: Clock, overdue: (request: OpenRequest, isInAll: boolean) => void) {
    this.#clock = clock;
    this.#overdue = overdue;
  }

  /** Calls of clients among them. */
  get callsInFlight(): number {
    return this.#callsInFlight;
  }

  /** Calls that the server may be working on: those, and those that nobody waits for any more. */
  get callsAtServer(): number {
    return this.#callsInFlight + this.#givenUp.size;
  }

  has(id: number): boolean {
    return this.#all.has(id);
  }

  get(id: number): OpenRequest | undefined {
    return this.#all.get(id);
  }

  values(): readonly OpenRequest[] {
    return this.#all.values();
  }

  /** The one that is open, when there is just one. */
  get only(): OpenRequest | undefined {
    return this.#all.size === 1 ? this.#all.values()[0] : undefined;
  }

  /** Begins to wait; its time runs from now. */
  open(
    id: number,
    method: string,
    options: RequestOptions,
    resolve: (answer: Answer) => void,
    reject: (error: Error) => void,
  ): OpenRequest {
    const { timeoutMs, maxMs } = options;
    const now = this.#clock.monotonic();
    const request: OpenRequest = {
      id,
      method,
      options,
      resolve,
      reject,
      deadline: timeoutMs > 0 ? now + timeoutMs : Number.POSITIVE_INFINITY,
      hardDeadline: maxMs > 0 ? now + maxMs : Number.POSITIVE_INFINITY,
      lastProgress: Number.NEGATIVE_INFINITY,
      stopListening: undefined,
      asks: undefined,
    };
    this.#all.set(id, request);
    if (options.scope !== undefined) this.#callsInFlight += 1;
    this.#armSweep();
    return request;
  }

  /** Nobody waits for it any more; what the server asked for it alone is taken back. @returns undefined when it is over already */
  close(id: number): OpenRequest | undefined {
    const request = this.#all.get(id);
    if (request === undefined) return undefined;
    this.#all.delete(id);
    if (request.options.scope !== undefined) this.#callsInFlight -= 1;
    request.stopListening?.();
    if (request.asks !== undefined) {
      for (const ask of request.asks.values()) {
        ask.causes.delete(request);
        if (ask.causes.size === 0) ask.cancellation.cancel('the call has ended');
      }
    }
    return request;
  }

  /** The server gave a sign: its time runs anew. While a person is asked the clock stands still anyway. */
  sawSign(request: OpenRequest): void {
    const { timeoutMs } = request.options;
    if (timeoutMs > 0 && (request.asks?.size ?? 0) === 0)
      request.deadline = this.#clock.monotonic() + timeoutMs;
  }

  /** A person is asked for them, and may take long to answer: their clocks stand still until the last ask is answered. */
  holdFor(id: string | number, ask: OpenAsk): void {
    for (const request of ask.causes) {
      request.asks ??= new Map();
      request.asks.set(id, ask);
      request.deadline = Number.POSITIVE_INFINITY;
    }
  }

  /** The ask is answered. */
  goOnAfter(id: string | number, ask: OpenAsk): void {
    for (const request of ask.causes) {
      request.asks?.delete(id);
      this.sawSign(request);
    }
  }

  /** The call was given up; the server may work on for a while. */
  noteGivenUp(request: OpenRequest): void {
    const { scope } = request.options;
    if (scope !== undefined) this.#givenUp.note(request.id, scope, this.#clock.monotonic());
  }

  /** An answer came for a request that is not open any more. */
  sawLateAnswer(id: number): void {
    this.#givenUp.answered(id);
  }

  /** The call to which what the server says now can be put; undefined when it may be of several clients. */
  callFor(causedBy: number | undefined): OpenRequest | undefined {
    return this.causesOf(causedBy).at(-1);
  }

  /** The calls that can have caused what the server says now, all of one client; none when that is not certain. */
  causesOf(causedBy: number | undefined): readonly OpenRequest[] {
    if (causedBy !== undefined) {
      // What comes on the stream of a call that is over is of that call, and of nobody else.
      const request = this.#all.get(causedBy);
      return request?.options.scope === undefined ? [] : [request];
    }
    if (this.#callsInFlight === 0) return [];
    const causes: OpenRequest[] = [];
    let known: CallScope | undefined;
    for (const request of this.#all.values()) {
      const { scope } = request.options;
      if (scope === undefined) continue;
      if (known !== undefined && !isSameSession(known, scope)) return [];
      known = scope;
      causes.push(request);
    }
    return known === undefined || this.#givenUp.areOfOthers(known, this.#clock.monotonic()) ? [] : causes;
  }

  /** The wire has ended; nobody is told of deadlines any more. */
  stop(): void {
    this.#sweep?.cancel();
  }

  #armSweep(): void {
    this.#sweep ??= this.#clock.after(sweepEveryMs, () => {
      this.#sweep = undefined;
      const now = this.#clock.monotonic();
      for (const request of this.#all.values()) {
        const isInAll = now >= request.hardDeadline;
        if (isInAll || now >= request.deadline) this.#overdue(request, isInAll);
      }
      if (this.#all.size > 0) this.#armSweep();
    });
  }
}
