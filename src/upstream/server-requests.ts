/**
 * upstream/server-requests — what a server asks its client (elicitation, sampling, roots): put to the client that caused it,
 * and to no other.
 *
 *   asked ─its wire or its task names the call→ put
 *         ─all calls that can be meant are of one client→ put
 *         ─calls of several clients can be meant→ held
 *         ─no call is open→ whoever answers for the leg outside of calls, or refused
 *   held  ─calls end until one client is left→ put
 *         ─its time is up | nobody who can be meant can answer | all of them wait for answers→ refused
 *   put   ─reply→ answered
 *         ─its calls are over | the server takes it back→ dropped
 *         ─the call that carries it ends before the client saw it→ put to another of them
 *
 * Only calls that were open when it was asked can be meant, and those that were given up shortly before.
 * Knows nothing of: wires, how a client is reached.
 */
import { Cancellation, type Clock, describeError, type JsonObject, type Timer } from '../base/index.ts';
import {
  type Ask,
  type AskMethod,
  type AskReply,
  askMethods,
  type CallScope,
  cannotAsk,
  isSameClient,
} from '../model/index.ts';
import { internalError, methodNotFound, missingForAsk, RawJson } from '../protocol/index.ts';
import type { TransportEvents } from '../transports/index.ts';
import { type CausedAsk, type OpenRequest, type OpenRequests, scopeOfOneClient } from './open-requests.ts';

/** Long enough for most calls of others to end, and shorter than servers wait for an answer (60 s). */
export const heldForMs = 10_000;
/** How often it is seen whether calls can still end by themselves. */
const lookEveryMs = 1_000;
const relatedTask = 'io.modelcontextprotocol/related-task';

export interface ServerRequestsOptions {
  readonly requests: OpenRequests;
  readonly clock: Clock;
  readonly log: TransportEvents['log'];
  /**
   * The server asks something while no call of a client is open.
   * @param isAfterCall a call was given up shortly before, which the server may still mean
   * @returns the reply, or undefined to have it refused
   */
  readonly askedOutside: (
    ask: Ask,
    cancellation: Cancellation,
    isAfterCall: boolean,
  ) => Promise<AskReply> | undefined;
  /** The server asks something that may be of several clients. */
  readonly askedUnattributed: (ask: Ask) => void;
  /** Sends the reply to the server's request `id`. */
  readonly reply: (id: string | number, reply: AskReply) => void;
}

export class ServerRequests {
  readonly #options: ServerRequestsOptions;
  readonly #open = new Map<string | number, OpenAsk>();

  constructor(options: ServerRequestsOptions) {
    this.#options = options;
  }

  /** A request of the server. @param causedBy id of the request on whose stream it came */
  received(id: string | number, method: string, params: RawJson, causedBy: number | undefined): void {
    const { requests, reply } = this.#options;
    if (method === 'ping') return reply(id, { kind: 'result', result: RawJson.ofByteText('{}') });
    if (!askMethods.includes(method as AskMethod)) {
      return reply(id, {
        kind: 'error',
        error: { code: methodNotFound, message: `the client does not offer ${method}` },
      });
    }
    const ask: Ask = { method: method as AskMethod, params, ...(isWord(id) && { key: id }) };
    const open = new OpenAsk(id, ask, () => this.#weigh(open));
    this.#open.set(id, open);
    const named = this.#namedCall(params, causedBy);
    if (named !== undefined) this.#mean(open, [named], new Map());
    else if (causedBy !== undefined && !requests.has(causedBy)) this.#refuse(open, 'its call has ended');
    else if (causedBy !== undefined || requests.callsInFlight === 0) this.#outside(open);
    else this.#mean(open, requests.callsOfClients(), requests.lostCalls());
  }

  /** The server takes back something it asked. */
  cancelled(id: unknown): void {
    if (typeof id !== 'string' && typeof id !== 'number') return;
    const open = this.#open.get(id);
    if (open === undefined) return;
    open.cancellation.cancel('the server took it back');
    this.#forget(open);
  }

  /** A late answer came: the server is done with a call that was given up, so whose a held ask is may be certain now. */
  sawLateAnswer(requestId: number): void {
    if (this.#open.size === 0) return;
    for (const open of [...this.#open.values()]) if (open.lost.delete(requestId)) this.#weigh(open);
  }

  /** The wire has ended: nobody waits for answers any more. */
  close(): void {
    for (const open of [...this.#open.values()]) {
      open.cancellation.cancel('the connection has ended');
      this.#forget(open);
    }
  }

  /** The call that the ask names: by the stream it came on, or by its task. */
  #namedCall(params: RawJson, causedBy: number | undefined): OpenRequest | undefined {
    const { requests } = this.#options;
    if (causedBy !== undefined) return requests.callFor(causedBy);
    const taskId = params.object('_meta')?.object(relatedTask)?.text('taskId');
    return taskId === undefined ? undefined : requests.callAboutTask(taskId);
  }

  /** These calls, and no others, can be meant. */
  #mean(open: OpenAsk, calls: readonly OpenRequest[], lost: ReadonlyMap<number, CallScope>): void {
    for (const call of calls) open.causes.add(call);
    for (const [id, scope] of lost) open.lost.set(id, scope);
    this.#options.requests.holdFor(open);
    open.isHeld = true;
    this.#weigh(open);
  }

  /** Whose is it, as far as can be said now? */
  #weigh(open: OpenAsk): void {
    if (open.causes.size === 0 && !open.isOutside) {
      open.cancellation.cancel('the call has ended');
      if (open.isHeld) this.#refuse(open, 'the calls that it can belong to have ended');
      this.#forget(open);
      return;
    }
    if (!open.isHeld) return;
    const { requests, clock, log, askedUnattributed } = this.#options;
    if (open.isOfOneClient) {
      open.isHeld = false;
      open.timer?.cancel();
      void this.#putToCalls(open);
      return;
    }
    const missing = nobodyCan(open);
    if (missing !== undefined) return this.#settle(open, cannotAsk(open.ask, missing));
    const now = clock.monotonic();
    if (open.heldUntil === undefined) {
      open.heldUntil = now + heldForMs;
      log('info', 'protocol', `${open.ask.method} is held until it can be said which client caused it`, {
        callsInFlight: requests.callsInFlight,
      });
      askedUnattributed(open.ask);
    }
    if (now >= open.heldUntil || (open.isLooked && this.#blocksAll(open)))
      return this.#refuse(open, whyUncertain(open));
    open.timer?.cancel();
    open.timer = clock.after(lookEveryMs, () => {
      open.isLooked = true;
      this.#weigh(open);
    });
  }

  /** Is it the newest of as many held asks as there are calls? Then each call waits for an answer, and none ends by itself. */
  #blocksAll(open: OpenAsk): boolean {
    const held = [...this.#open.values()].filter(({ isHeld }) => isHeld);
    return held.at(-1) === open && held.length >= open.causes.size + open.lost.size;
  }

  async #putToCalls(open: OpenAsk): Promise<void> {
    const tried = new Set<OpenRequest>();
    let reply: AskReply = { kind: 'unanswered', reason: 'the call has ended' };
    for (;;) {
      const carrier = pickCarrier(open.causes, tried);
      if (carrier?.options.scope === undefined) break;
      tried.add(carrier);
      try {
        reply = await carrier.options.scope.ask(open.ask, open.cancellation);
      } catch (error) {
        reply = failed(error);
      }
      if (reply.kind !== 'unanswered' || open.cancellation.isCancelled) break;
    }
    this.#settle(open, reply);
  }

  #outside(open: OpenAsk): void {
    const { askedOutside, requests } = this.#options;
    const work = askedOutside(open.ask, open.cancellation, requests.lostCalls().size > 0);
    if (work === undefined) return this.#refuse(open, 'it belongs to no call of a client');
    open.isOutside = true;
    work.then(
      (reply) => this.#settle(open, reply),
      (error: unknown) => this.#settle(open, failed(error)),
    );
  }

  #settle(open: OpenAsk, reply: AskReply): void {
    if (this.#open.get(open.id) !== open) return;
    this.#forget(open);
    if (!open.cancellation.isCancelled) this.#options.reply(open.id, asAnswer(open.ask, reply));
  }

  #refuse(open: OpenAsk, why: string): void {
    const { requests, log } = this.#options;
    log('warn', 'protocol', `${open.ask.method} was refused: ${why}`, {
      callsInFlight: requests.callsInFlight,
    });
    if (this.#open.get(open.id) !== open) return;
    this.#forget(open);
    this.#options.reply(open.id, refusal(open.ask, why));
  }

  #forget(open: OpenAsk): void {
    open.timer?.cancel();
    open.isHeld = false;
    if (this.#open.get(open.id) === open) this.#open.delete(open.id);
    this.#options.requests.goOnAfter(open);
    open.causes.clear();
  }
}

class OpenAsk implements CausedAsk {
  readonly id: string | number;
  readonly ask: Ask;
  readonly cancellation = new Cancellation();
  readonly causes = new Set<OpenRequest>();
  /** Calls that were given up and can be meant too, by id. */
  readonly lost = new Map<number, CallScope>();
  /** It may be of several clients. */
  isHeld = false;
  /** Held for long enough that calls which could end have ended. */
  isLooked = false;
  /** It belongs to no call, so none can end it. */
  isOutside = false;
  /** Monotonic ms; undefined until it is held. */
  heldUntil: number | undefined;
  timer: Timer | undefined;
  readonly #weigh: () => void;

  constructor(id: string | number, ask: Ask, weigh: () => void) {
    this.id = id;
    this.ask = ask;
    this.#weigh = weigh;
  }

  causeEnded({ id, options }: OpenRequest, isLost: boolean): void {
    if (isLost && options.scope !== undefined) this.lost.set(id, options.scope);
    this.#weigh();
  }

  get isOfOneClient(): boolean {
    const known = scopeOfOneClient(this.causes);
    if (known === undefined) return false;
    for (const { caller } of this.lost.values()) if (!isSameClient(caller, known.caller)) return false;
    return true;
  }
}

/** The newest call whose client waits for it; else the newest of all. */
function pickCarrier(
  causes: ReadonlySet<OpenRequest>,
  tried: ReadonlySet<OpenRequest>,
): OpenRequest | undefined {
  const left = [...causes].filter((call) => !tried.has(call));
  return left.findLast((call) => call.options.scope?.waitsUntil === undefined) ?? left.at(-1);
}

/** What is missing when none of the clients that can be meant can answer; undefined when one can. */
function nobodyCan(open: OpenAsk): JsonObject | undefined {
  let missing: JsonObject | undefined;
  for (const { options } of open.causes) {
    const capabilities = options.scope?.caller.client.capabilities ?? {};
    const lacks = missingForAsk(open.ask.method, open.ask.params, capabilities);
    if (lacks === undefined) return undefined;
    missing = { ...missing, ...lacks };
  }
  return missing;
}

function whyUncertain(open: OpenAsk): string {
  const until = Math.max(...[...open.causes].map(({ options }) => options.scope?.waitsUntil ?? 0));
  const waits =
    until > 0
      ? `; one of them waits for its person until ${new Date(until).toISOString().slice(11, 19)} UTC at most`
      : '';
  return `calls of several clients are open, and it does not say which one it is for${waits}. Call again later, or give each client a connection of its own (session policy per-client)`;
}

function refusal(ask: Ask, why: string): AskReply {
  return { kind: 'error', error: { code: internalError, message: `${ask.method} was refused: ${why}` } };
}

function asAnswer(ask: Ask, reply: AskReply): AskReply {
  return reply.kind === 'unanswered' ? refusal(ask, reply.reason) : reply;
}

/** A client that fails is an error for the server, never for us. */
function failed(error: unknown): AskReply {
  return { kind: 'error', error: { code: internalError, message: describeError(error) } };
}

/** An id that says something: a name, not a number or a random text. */
function isWord(id: string | number): id is string {
  return typeof id === 'string' && /^[A-Za-z][A-Za-z_-]{0,63}$/.test(id);
}
