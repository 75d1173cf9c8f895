/**
 * upstream/server-requests — what a server asks its client (elicitation, sampling, roots): put to the client that caused it,
 * and to no other.
 *
 *   asked ─one client can be meant→ put to it ─reply→ answered
 *                                             ─call over | server takes it back→ dropped
 *         ─no call, or several→ whoever answers for the server as a whole, or refused
 *
 * Knows nothing of: wires, how a client is reached.
 */
import { Cancellation, describeError } from '../base/index.ts';
import { type Ask, type AskMethod, type AskReply, askMethods, type CallScope } from '../model/index.ts';
import { internalError, methodNotFound, RawJson } from '../protocol/index.ts';
import type { TransportEvents } from '../transports/index.ts';
import type { OpenAsk, OpenRequests } from './open-requests.ts';

export interface ServerRequestsOptions {
  readonly requests: OpenRequests;
  readonly log: TransportEvents['log'];
  /**
   * The server asks something that belongs to no single call.
   * @param inFlight how many calls of clients are open: none, or too many to tell
   * @returns the reply, or undefined to have it refused
   */
  readonly askedOutside: (
    ask: Ask,
    inFlight: number,
    cancellation: Cancellation,
  ) => Promise<AskReply> | undefined;
  /** Sends the reply to the server's request `id`. */
  readonly reply: (id: string | number, reply: AskReply) => void;
}

export class ServerRequests {
  readonly #options: ServerRequestsOptions;

  constructor(options: ServerRequestsOptions) {
    this.#options = options;
  }

  /** A request of the server. @param causedBy id of the request on whose stream it came */
  received(id: string | number, method: string, params: RawJson, causedBy: number | undefined): void {
    const { requests, askedOutside, reply } = this.#options;
    if (method === 'ping') return reply(id, { kind: 'result', result: RawJson.ofByteText('{}') });
    if (!askMethods.includes(method as AskMethod)) {
      return reply(id, {
        kind: 'error',
        error: { code: methodNotFound, message: `the client does not offer ${method}` },
      });
    }
    const ask: Ask = { method: method as AskMethod, params, ...(isWord(id) && { key: id }) };
    const causes = requests.causesOf(causedBy);
    const scope = causes.at(-1)?.options.scope;
    const cancellation = new Cancellation();
    if (scope === undefined) {
      const inFlight = requests.callsInFlight === 0 ? 0 : requests.callsAtServer;
      const work = askedOutside(ask, inFlight, cancellation);
      if (work === undefined) return this.#refuse(id, ask);
      work.then(
        (answer) => reply(id, answer),
        (error: unknown) => reply(id, failed(error)),
      );
      return;
    }
    const open: OpenAsk = { cancellation, causes: new Set(causes) };
    requests.holdFor(id, open);
    void this.#answer(id, open, scope, ask);
  }

  /** The server takes back something it asked. */
  cancelled(id: unknown): void {
    if (typeof id !== 'string' && typeof id !== 'number') return;
    for (const request of this.#options.requests.values())
      request.asks?.get(id)?.cancellation.cancel('the server took it back');
  }

  async #answer(id: string | number, open: OpenAsk, scope: CallScope, ask: Ask): Promise<void> {
    const { cancellation } = open;
    let reply: AskReply;
    try {
      reply = await scope.ask(ask, cancellation);
    } catch (error) {
      reply = failed(error);
    }
    this.#options.requests.goOnAfter(id, open);
    if (!cancellation.isCancelled) this.#options.reply(id, reply);
  }

  #refuse(id: string | number, ask: Ask): void {
    const { requests, log, reply } = this.#options;
    log('warn', 'protocol', `${ask.method} was refused: it cannot be said which client caused it`, {
      callsInFlight: requests.callsInFlight,
    });
    reply(id, {
      kind: 'error',
      error: {
        code: internalError,
        message: `${ask.method} was refused: it belongs to no single call of a client`,
      },
    });
  }
}

/** A client that fails is an error for the server, never for us. */
function failed(error: unknown): AskReply {
  return { kind: 'error', error: { code: internalError, message: describeError(error) } };
}

/** An id that says something: a name, not a number or a random text. */
function isWord(id: string | number): id is string {
  return typeof id === 'string' && /^[A-Za-z][A-Za-z_-]{0,63}$/.test(id);
}
