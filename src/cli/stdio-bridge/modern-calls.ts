/**
 * cli/stdio-bridge/modern-calls — messages of the modern era: each stands alone, its headers are made from its body.
 *
 * Owns: the exchanges under way. Over HTTP a request is cancelled by ending its exchange, so that the client's
 * `notifications/cancelled` ends here.
 */
import { type Clock, isJsonObject, sleep } from '../../base/index.ts';
import { headerMismatch, isRequestId, type RequestId } from '../../protocol/index.ts';
import { type ClientMessage, errorCodeOf, readClientMessage } from './message.ts';
import { modernHeaders, type ParamHeaderMemory } from './modern-headers.ts';
import { isListenBroken, type Outcome } from './outcome.ts';
import type { Poster } from './post.ts';

/** Between two openings of a listen stream, so that a gateway that closes it at once is not flooded. */
const listenPauseMs = 200;

export class ModernCalls {
  readonly #poster: Poster;
  readonly #params: ParamHeaderMemory;
  readonly #clock: Clock;
  readonly #underWay = new Map<string, AbortController>();
  #count = 0;

  constructor(poster: Poster, params: ParamHeaderMemory, clock: Clock) {
    this.#poster = poster;
    this.#params = params;
    this.#clock = clock;
  }

  /** @returns true when it was a modern request, which is ended now */
  cancel({ params }: ClientMessage): boolean {
    const id = params?.read('requestId');
    const key = isRequestId(id) ? keyOf(id) : '';
    const call = this.#underWay.get(key);
    this.#underWay.delete(key);
    call?.abort();
    return call !== undefined;
  }

  cancelAll(): void {
    for (const call of this.#underWay.values()) call.abort();
  }

  async carry(message: ClientMessage): Promise<void> {
    const [id] = message.ids;
    const call = new AbortController();
    this.#count += 1;
    const key = id === undefined ? `notification ${this.#count}` : keyOf(id);
    this.#underWay.set(key, call);
    try {
      const outcome = await this.#post(message, call.signal);
      if (!call.signal.aborted) await this.#poster.answerWhatIsMissing(outcome, message);
    } finally {
      if (this.#underWay.get(key) === call) this.#underWay.delete(key);
    }
  }

  async #post(message: ClientMessage, signal: AbortSignal): Promise<Outcome> {
    const send = (): Promise<Outcome> =>
      this.#poster.post(message, { headers: modernHeaders(message, this.#params), signal });
    const outcome = await send();
    if (message.method === 'subscriptions/listen') return this.#keepListening(outcome, send, signal);
    const lacksHeaders =
      message.method === 'tools/call' && errorCodeOf(outcome.end?.body ?? '') === headerMismatch;
    // Refused before it began, so that sending it again is no repetition.
    if (lacksHeaders && (await this.#learnParamHeaders(message, signal))) return send();
    return outcome;
  }

  /** A listen stream is meant to last: one that broke off is opened again for the client. */
  async #keepListening(first: Outcome, send: () => Promise<Outcome>, signal: AbortSignal): Promise<Outcome> {
    let outcome = first;
    while (isListenBroken(outcome) && !signal.aborted) {
      await sleep(this.#clock, listenPauseMs);
      outcome = await send();
    }
    return outcome;
  }

  /** Reads the tools' schemas, with the very `_meta` of the call that was refused. @returns false when that failed */
  async #learnParamHeaders({ params }: ClientMessage, signal: AbortSignal): Promise<boolean> {
    let cursor: unknown;
    do {
      const listParams = { _meta: params?.read('_meta'), ...(cursor === undefined ? {} : { cursor }) };
      const request = { jsonrpc: '2.0', id: 'mcpmux-tools', method: 'tools/list', params: listParams };
      const list = readClientMessage(JSON.stringify(request)) as ClientMessage;
      let result: unknown;
      await this.#poster.post(list, {
        headers: modernHeaders(list, this.#params),
        signal,
        isOwn: true,
        peek: (given) => {
          result = given;
        },
      });
      if (!isJsonObject(result)) return false;
      cursor = result['nextCursor'];
    } while (typeof cursor === 'string' && !signal.aborted);
    return true;
  }
}

function keyOf(id: RequestId): string {
  return `${typeof id} ${id}`;
}
