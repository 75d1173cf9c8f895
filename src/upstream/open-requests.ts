/**
 * upstream/open-requests — the requests on one wire that wait for an answer: how long they may, and whose words the
 * server can mean.
 *
 * Owns: the requests by id, the sweep over their deadlines, which calls were given up.
 * Knows nothing of: messages, what becomes of a request that is overdue.
 */
import { type Cancellation, type Clock, LowAllocationMap, type Timer } from '../base/index.ts';
import { type Answer, type CallScope, isSameClient } from '../model/index.ts';
import type { ModernHop, RawJson } from '../protocol/index.ts';
import { AbandonedCalls } from './attribution.ts';

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
  /** The task that the request is about. */
  readonly taskId?: string | undefined;
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
  /** Asks of the server that this call may have caused. */
  asks: Set<CausedAsk> | undefined;
}

/** Something that the server asked and that is not answered yet. */
export interface CausedAsk {
  /** The open calls that may have caused it. */
  readonly causes: Set<OpenRequest>;
  /** One of them has ended, and is not among them any more. `isLost`: we gave it up, and the server may still be at it. */
  causeEnded(request: OpenRequest, isLost: boolean): void;
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

  /** Calls that nobody waits for any more and that the server may still be working on, by id. */
  lostCalls(): ReadonlyMap<number, CallScope> {
    return this.#givenUp.scopes(this.#clock.monotonic());
  }

  get size(): number {
    return this.#all.size;
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

  /** Nobody waits for it any more; the asks that it may have caused hear of it. @returns undefined when it is over already */
  close(id: number): OpenRequest | undefined {
    const request = this.#all.get(id);
    if (request === undefined) return undefined;
    this.#all.delete(id);
    if (request.options.scope !== undefined) this.#callsInFlight -= 1;
    request.stopListening?.();
    if (request.asks !== undefined) {
      for (const ask of request.asks) {
        ask.causes.delete(request);
        ask.causeEnded(request, this.#givenUp.has(id));
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
  holdFor(ask: CausedAsk): void {
    for (const request of ask.causes) {
      request.asks ??= new Set();
      request.asks.add(ask);
      request.deadline = Number.POSITIVE_INFINITY;
    }
  }

  /** The ask is answered. */
  goOnAfter(ask: CausedAsk): void {
    for (const request of ask.causes) {
      request.asks?.delete(ask);
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
    if (causedBy !== undefined) {
      // What comes on the stream of a call that is over is of that call, and of nobody else.
      const request = this.#all.get(causedBy);
      return request?.options.scope === undefined ? undefined : request;
    }
    const calls = this.callsOfClients();
    const scope = scopeOfOneClient(calls);
    const isCertain = scope !== undefined && !this.#givenUp.areOfOthers(scope, this.#clock.monotonic());
    return isCertain ? calls.at(-1) : undefined;
  }

  /** The open calls of clients, oldest first. */
  callsOfClients(): readonly OpenRequest[] {
    if (this.#callsInFlight === 0) return [];
    return this.#all.values().filter((request) => request.options.scope !== undefined);
  }

  /** The newest open call about that task. */
  callAboutTask(taskId: string): OpenRequest | undefined {
    return this.callsOfClients().findLast((request) => request.options.taskId === taskId);
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

/** The scope of one of these calls, when all are of one client. */
export function scopeOfOneClient(calls: Iterable<OpenRequest>): CallScope | undefined {
  let known: CallScope | undefined;
  for (const { options } of calls) {
    const { scope } = options;
    known ??= scope;
    if (scope === undefined || known === undefined || !isSameClient(known.caller, scope.caller))
      return undefined;
  }
  return known;
}
