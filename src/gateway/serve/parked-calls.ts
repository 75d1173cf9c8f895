/**
 * gateway/serve/parked-calls — calls of modern clients at legacy servers, which wait while the client gathers input.
 *
 *     running ─the server asks→ asking ─a moment to gather→ parked ─the client comes back→ running ─the server answers→ done
 *                                                            parked ─nobody comes back→ abandoned
 *
 * A modern client is never asked in mid-call: its call is answered with `input_required` and a sealed `requestState`
 * that names the parked call. When the client calls again with the answers, the same call at the server goes on.
 * The state is for one principal, one method, one set of arguments, one use, and a limited time.
 * Knows nothing of: legs, wires, how an answer is written.
 *
 * @see MCP 2026-07-28, basic/patterns/mrtr
 */
import { createHash, randomUUID } from 'node:crypto';
import { Cancellation, type Clock, canonicalJson, type JsonObject, type Timer } from '../../base/index.ts';
import {
  type Answer,
  type Ask,
  type AskReply,
  type Caller,
  type CallScope,
  cannotAsk,
  isSameClient,
  type PrincipalId,
  routeKey,
  type ServerId,
} from '../../model/index.ts';
import { byteTextOf, type JsonPiece, missingForAsk, RawJson } from '../../protocol/index.ts';
import { type Call, errorAnswer, invalidParamsAnswer, lackingCapability } from './call.ts';
import { Sealer } from './sealed-text.ts';

/** How long a client may take to come back, when nothing else is said. */
export const parkedForMs = 600_000;
/** Asks that come this close together go to the client together. */
const gatherMs = 15;
/** So that one client cannot hold servers busy without end: half of the calls that a server takes at once by default. */
export const parkedPerPrincipal = 32;

interface State {
  readonly id: string;
  readonly use: number;
}

export class ParkedCalls {
  readonly #clock: Clock;
  readonly #waitsMs: number;
  readonly #sealer = new Sealer('parked');
  readonly #parked = new Map<string, ParkedCall>();

  /** @param waitsMs how long a client may take to come back */
  constructor(clock: Clock, waitsMs = parkedForMs) {
    this.#clock = clock;
    this.#waitsMs = waitsMs;
  }

  /** How many calls wait for their client. */
  get size(): number {
    return this.#parked.size;
  }

  /** Starts a call that may be parked. `start` gets the scope to hand to the server. */
  run(call: Call, serverId: ServerId, start: (scope: CallScope) => Promise<Answer>): Promise<Answer> {
    const parked = new ParkedCall(call, serverId, this.#clock, (done) => this.#inputRequired(done));
    return parked.begin(call.scope, start);
  }

  /**
   * The parked call that this request comes back to.
   *
   * @returns undefined when the request does not come back to a call of ours
   */
  revive(call: Call): Promise<Answer> | undefined {
    const state = call.params?.text('requestState');
    if (state === undefined || !this.#sealer.isOurs(state)) return undefined;
    const opened = this.#sealer.open(state, bindingOf(call)) as State | undefined;
    if (opened === undefined) return undefined;
    const parked = this.#parked.get(opened.id);
    if (parked === undefined || parked.use !== opened.use)
      return Promise.resolve(
        invalidState('it has expired, was used before, or a newer call of this client took its place'),
      );
    this.#parked.delete(opened.id);
    return parked.goOn(call.scope, call.params?.object('inputResponses'));
  }

  /** Does this request come back to a call that waits here? */
  holds(call: Call): boolean {
    const state = call.params?.text('requestState');
    if (state === undefined || !this.#sealer.isOurs(state)) return false;
    const opened = this.#sealer.open(state, bindingOf(call)) as State | undefined;
    return opened !== undefined && this.#parked.get(opened.id)?.use === opened.use;
  }

  /** Why a call that `revive` does not know cannot begin: its state is of no call of ours. */
  refuse(call: Call): Answer | undefined {
    if (call.params?.has('requestState') !== true) return undefined;
    const isText = call.params.text('requestState') !== undefined;
    return invalidState(isText ? 'it was not issued for this call' : 'it is not text');
  }

  /**
   * A call of this client finds no place at the server: the one of its own that waits longest for its person gives way.
   *
   * @returns whether there was one
   */
  giveWay(caller: Caller, serverId: ServerId): boolean {
    for (const parked of this.#parked.values()) {
      if (parked.serverId !== serverId || !isSameClient(parked.caller, caller)) continue;
      this.#parked.delete(parked.id);
      parked.abandon('a newer call of the same client took its place');
      return true;
    }
    return false;
  }

  /** Nobody may act for this principal any more, or with this one of its credentials: its calls are ended at their servers. */
  abandonAllOf(principalId: PrincipalId, credentialId: string | undefined, reason: string): void {
    for (const parked of this.#parked.values()) {
      const { principal } = parked.caller;
      if (principal.id !== principalId) continue;
      if (credentialId !== undefined && credentialId !== principal.credentialId) continue;
      this.#parked.delete(parked.id);
      parked.abandon(reason);
    }
  }

  /** Ends every parked call. */
  close(): void {
    for (const parked of this.#parked.values()) parked.abandon('the gateway stops');
    this.#parked.clear();
  }

  #inputRequired(parked: ParkedCall): Answer {
    const principal = parked.caller.principal.id;
    let held = 0;
    for (const other of this.#parked.values()) if (other.caller.principal.id === principal) held += 1;
    if (held >= parkedPerPrincipal) {
      parked.abandon('too many calls wait for input');
      return errorAnswer(
        -32603,
        `${parkedPerPrincipal} calls wait for your input already; finish or drop some first`,
        {
          source: 'gateway',
          reason: 'too_many_parked_calls',
        },
      );
    }
    this.#parked.set(parked.id, parked);
    parked.waitFor(this.#waitsMs, () => this.#parked.delete(parked.id));
    const state: State = { id: parked.id, use: parked.use };
    const requestState = JSON.stringify(this.#sealer.seal(state, parked.binding));
    return {
      kind: 'result',
      result: RawJson.ofPieces([
        '{"resultType":"input_required","inputRequests":',
        ...parked.inputRequests().pieces,
        `,"requestState":${requestState}}`,
      ]),
    };
  }
}

interface WaitingAsk {
  readonly ask: Ask;
  readonly answer: (reply: AskReply) => void;
}

class ParkedCall implements CallScope {
  readonly id = randomUUID();
  readonly callId: string;
  readonly caller: Caller;
  readonly cancellation = new Cancellation();
  readonly wantsProgress = true;
  readonly logLevel: CallScope['logLevel'];
  readonly serverId: ServerId;
  use = 0;
  waitsUntil: number | undefined;
  readonly #call: Call;
  readonly #clock: Clock;
  readonly #park: (parked: ParkedCall) => Answer;
  readonly #asks = new Map<string, WaitingAsk>();
  #askCount = 0;
  #round:
    | {
        readonly scope: CallScope;
        readonly resolve: (answer: Answer) => void;
        readonly reject: (error: unknown) => void;
      }
    | undefined;
  #stopListening: (() => void) | undefined;
  #outcome: { answer: Answer } | { error: unknown } | undefined;
  #gather: Timer | undefined;
  #expiry: Timer | undefined;
  /** What the server asked for and the client did not declare, with what it was told. */
  readonly #refused: { readonly missing: JsonObject; readonly message: string }[] = [];

  constructor(call: Call, serverId: ServerId, clock: Clock, park: (parked: ParkedCall) => Answer) {
    this.serverId = serverId;
    this.callId = call.scope.callId;
    this.caller = call.scope.caller;
    this.logLevel = call.scope.logLevel;
    this.#call = call;
    this.#clock = clock;
    this.#park = park;
  }

  /** Made when the call is parked; most never are. */
  get binding(): string {
    return bindingOf(this.#call);
  }

  begin(scope: CallScope, start: (scope: CallScope) => Promise<Answer>): Promise<Answer> {
    const round = this.#openRound(scope);
    start(this).then(
      (answer) => this.#finished({ answer }),
      (error: unknown) => this.#finished({ error }),
    );
    return round;
  }

  /** The client is back: its answers go to the server, and the round lasts until the next ask or the end. */
  goOn(scope: CallScope, responses: RawJson | undefined): Promise<Answer> {
    this.#expiry?.cancel();
    this.waitsUntil = undefined;
    this.use += 1;
    const round = this.#openRound(scope);
    // An answer may be for another call of this client: it goes to the server even when this one has ended.
    for (const [key, waiting] of [...this.#asks]) {
      const response = responses?.namedMember(key);
      if (response?.isObject !== true) continue;
      this.#asks.delete(key);
      waiting.answer({ kind: 'result', result: response });
    }
    if (this.#outcome !== undefined) this.#finished(this.#outcome);
    // Answers that are still missing are asked for again.
    else if (this.#asks.size > 0) this.#gatherSoon();
    return round;
  }

  inputRequests(): RawJson {
    const pieces: JsonPiece[] = [];
    for (const [key, { ask }] of this.#asks) {
      pieces.push(pieces.length === 0 ? '{' : ',');
      pieces.push(`${byteTextOf(JSON.stringify(key))}:{"method":"${ask.method}"`);
      // A URL elicitation's id belongs to the hop that it came over.
      if (ask.params !== undefined) pieces.push(',"params":', ...ask.params.without('elicitationId').pieces);
      pieces.push('}');
    }
    return RawJson.ofPieces(pieces.length === 0 ? ['{}'] : [...pieces, '}']);
  }

  /** It waits for its client to come back, for that long. */
  waitFor(delayMs: number, expired: () => void): void {
    this.waitsUntil = this.#clock.now() + delayMs;
    this.#expiry = this.#clock.after(delayMs, () => {
      expired();
      this.abandon('nobody came back with the input');
    });
  }

  /** Nobody comes back: the server is told to stop. */
  abandon(reason: string): void {
    this.#expiry?.cancel();
    this.#gather?.cancel();
    this.#leaveUnanswered(reason);
    this.cancellation.cancel(reason);
  }

  #leaveUnanswered(reason: string): void {
    for (const waiting of [...this.#asks.values()]) waiting.answer({ kind: 'unanswered', reason });
    this.#asks.clear();
  }

  // ── as the scope of the call at the server ─────────────────────────────────────────────────────

  tell(method: string, params: RawJson): void {
    const scope = this.#round?.scope;
    if (scope === undefined) return;
    if (method === 'notifications/progress' && !scope.wantsProgress) return;
    scope.tell(method, params);
  }

  ask(ask: Ask, cancellation: Cancellation): Promise<AskReply> {
    const missing = missingForAsk(ask.method, ask.params, this.caller.client.capabilities);
    // The server hears that it cannot be asked, and its own answer to the call stays the answer.
    if (missing !== undefined) {
      const refusal = cannotAsk(ask, missing);
      if (refusal.kind === 'error') this.#refused.push({ missing, message: refusal.error.message });
      return Promise.resolve(refusal);
    }
    if (this.#outcome !== undefined || this.cancellation.isCancelled)
      return Promise.resolve({ kind: 'unanswered', reason: 'the call has ended' });
    return new Promise((resolve) => {
      this.#askCount += 1;
      const key = ask.key !== undefined && !this.#asks.has(ask.key) ? ask.key : `ask-${this.#askCount}`;
      this.#asks.set(key, { ask, answer: resolve });
      cancellation.onCancel((reason) => {
        if (this.#asks.delete(key)) resolve({ kind: 'error', error: { code: -32603, message: reason } });
      });
      this.#gatherSoon();
    });
  }

  #openRound(scope: CallScope): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#round = { scope, resolve, reject };
      this.#stopListening = scope.cancellation.onCancel((reason) => this.abandon(reason));
    });
  }

  #closeRound(): { resolve: (answer: Answer) => void; reject: (error: unknown) => void } | undefined {
    const round = this.#round;
    this.#round = undefined;
    this.#stopListening?.();
    return round;
  }

  #gatherSoon(): void {
    this.#gather?.cancel();
    this.#gather = this.#clock.after(gatherMs, () => {
      if (this.#round === undefined || this.#asks.size === 0) return;
      let answer: Answer;
      try {
        answer = this.#park(this);
      } catch (error) {
        this.#closeRound()?.reject(error);
        this.abandon('it could not be parked');
        return;
      }
      this.#closeRound()?.resolve(answer);
    });
  }

  #finished(outcome: { answer: Answer } | { error: unknown }): void {
    this.#outcome = outcome;
    this.#gather?.cancel();
    // Without a round it ended while parked; the client learns of it when it comes back, with answers to what it was asked.
    const round = this.#closeRound();
    if (round === undefined) return;
    this.#leaveUnanswered('the call has ended');
    if ('answer' in outcome) round.resolve(this.#blamed(outcome.answer));
    else round.reject(outcome.error);
  }

  /** An answer that hands our refusal of an ask on is told in the modern era's own terms; any other failure is its own. */
  #blamed(answer: Answer): Answer {
    if (this.#refused.length === 0) return answer;
    if (answer.kind === 'result' && !answer.result.is('isError', 'true')) return answer;
    const text = answer.kind === 'error' ? answer.error.message : answer.result.toText();
    const quoted = this.#refused.filter(({ message }) => text.includes(message));
    if (quoted.length === 0) return answer;
    return lackingCapability(Object.assign({}, ...quoted.map(({ missing }) => missing)) as JsonObject);
  }
}

function invalidState(why: string): Answer {
  return invalidParamsAnswer(`Invalid requestState: ${why}`);
}

/** What a requestState is good for: this principal, this URL, this method, these arguments. */
function bindingOf(call: Call): string {
  const { caller } = call.scope;
  const digest = createHash('sha256').update(salientText(call)).digest('base64url');
  return [caller.principal.id, routeKey(caller.route), call.method, digest].join('\n');
}

/** Up to here params are compared whatever the order of their keys; longer ones as they were written. */
const canonicalBytes = 64 * 1024;

/** What the call asks for, without what differs between its rounds. */
function salientText(call: Call): string | Buffer {
  const salient = call.params?.without('inputResponses', 'requestState', '_meta');
  if (salient === undefined) return '{}';
  return salient.byteLength <= canonicalBytes ? canonicalJson(salient.json) : salient.bytes;
}
