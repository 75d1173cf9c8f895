/**
 * upstream/peer — one JSON-RPC conversation over one wire: our ids out, answers matched back in.
 *
 * In: requests with the scope of the call that caused them. Out: answers, unparsed.
 * Owns: the requests that are open, and which call a server's words belong to.
 * Knows nothing of: eras (beyond how a cancellation is told), names, who may call what.
 *
 * Every request goes out with our own numeric id, which is its progress token too. So two clients
 * with the same ids and the same tokens never meet, and the client's own values never leave downstream/.
 */

import { type Clock, describeError, type McpMuxError } from '../base/index.ts';
import { type Answer, type Ask, type AskReply, type Era, reachesLevel } from '../model/index.ts';
import {
  internalError,
  isLogLevel,
  paramsForHop,
  RawJson,
  type RpcErrorObject,
  readError,
  type Scanned,
  type ScannedMessage,
  scanMessage,
} from '../protocol/index.ts';
import type { ClosedReason, OutgoingMessage, Transport, TransportEvents } from '../transports/index.ts';
import { transportError } from '../transports/index.ts';
import { upstreamError } from './errors.ts';
import { failureOfRequest } from './failures.ts';
import { type OpenRequest, OpenRequests, type RequestOptions } from './open-requests.ts';
import { notificationPieces, replyPieces, requestPieces } from './outgoing-message.ts';
import { ServerRequests, type ServerRequestsOptions } from './server-requests.ts';

export interface PeerHandlers {
  /** A notification that belongs to no open request. */
  notified(method: string, params: RawJson): void;
  /** A log message that went to its call; the server's log wants it too. */
  logged(params: RawJson): void;
  /** As in server-requests. */
  askedOutside: ServerRequestsOptions['askedOutside'];
  askedUnattributed(ask: Ask): void;
  /** A request got no answer from the wire: refused, cut, nobody there. */
  requestFailed?(error: McpMuxError): void;
  closed(reason: ClosedReason): void;
}

export class Peer {
  readonly #serverName: string;
  readonly #transport: Transport;
  readonly #handlers: PeerHandlers;
  readonly #log: TransportEvents['log'];
  readonly #open: OpenRequests;
  readonly #asks: ServerRequests;
  #era: Era | undefined;
  #nextId = 1;
  /** Messages that wait until a long one before them is read, by the stream on which they came. */
  readonly #unread = new Map<number | undefined, Buffer[]>();
  /** Why the wire has ended, while something of it is still to be read. */
  #endsWith: ClosedReason | undefined;
  #closedBy: ClosedReason | undefined;
  readonly #waitForEnd: (() => void)[] = [];

  constructor(options: {
    readonly serverName: string;
    readonly transport: Transport;
    readonly clock: Clock;
    readonly handlers: PeerHandlers;
    readonly log: TransportEvents['log'];
  }) {
    this.#serverName = options.serverName;
    this.#transport = options.transport;
    this.#handlers = options.handlers;
    this.#log = options.log;
    this.#open = new OpenRequests(options.clock, (request, isInAll) => this.#timedOut(request, isInAll));
    this.#asks = new ServerRequests({
      requests: this.#open,
      clock: options.clock,
      log: options.log,
      askedOutside: (...asked) => this.#handlers.askedOutside(...asked),
      askedUnattributed: (ask) => this.#handlers.askedUnattributed(ask),
      reply: (id, reply) => this.#reply(id, reply),
    });
  }

  get inFlight(): number {
    return this.#open.callsInFlight;
  }

  get isClosed(): boolean {
    return this.#closedBy !== undefined || this.#endsWith !== undefined;
  }

  /** Resolves when the wire has ended. */
  whenEnded(): Promise<void> {
    if (this.#closedBy !== undefined) return Promise.resolve();
    return new Promise((resolve) => this.#waitForEnd.push(resolve));
  }

  get transport(): Transport {
    return this.#transport;
  }

  /** Opens the wire. @throws upstream.* */
  async open(signal: AbortSignal): Promise<void> {
    await this.#transport.open(
      {
        message: (bytes, causedBy) => this.#received(bytes, causedBy),
        requestFailed: (id, error) => {
          this.#settle(id, (request) => request.reject(error));
          this.#handlers.requestFailed?.(error);
        },
        closed: (reason) => this.#wireClosed(reason),
        log: this.#log,
      },
      signal,
    );
  }

  /** From now on cancellations and headers follow this era. */
  agreed(era: Era, revision: Parameters<Transport['agreed']>[1]): void {
    this.#era = era;
    this.#transport.agreed(era, revision);
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @param params sent as they are, but for what in their `_meta` is of one hop only
   * @throws upstream.timed_out, transports.cancelled, transports.closed, transports.busy, and what the wire reports
   */
  request(method: string, params: RawJson | undefined, options: RequestOptions): Promise<Answer> {
    if (this.isClosed) {
      return Promise.reject(transportError('closed', { server: this.#serverName }));
    }
    const cancellation = options.scope?.cancellation ?? options.cancellation;
    if (cancellation?.isCancelled === true) {
      return Promise.reject(transportError('cancelled', { server: this.#serverName }));
    }
    const id = this.#nextId++;
    const sent = paramsForHop(params, options.hop, options.wantsProgress ? id : undefined);
    const pieces = requestPieces(id, method, sent);
    return new Promise<Answer>((resolve, reject) => {
      const request = this.#open.open(id, method, options, resolve, reject);
      request.stopListening = cancellation?.onCancel((reason) => {
        this.#giveUp(request, transportError('cancelled', { server: this.#serverName }), reason);
      });
      const message: OutgoingMessage = {
        pieces,
        id,
        method,
        isAlone: this.#open.size === 1,
        ...(options.name !== undefined && { name: options.name }),
        ...(options.paramHeaders !== undefined && { paramHeaders: options.paramHeaders }),
      };
      try {
        this.#transport.send(message);
      } catch (error) {
        this.#settle(id, (open) => open.reject(error instanceof Error ? error : new Error(String(error))));
      }
    });
  }

  /** Sends a notification. A closed or full wire swallows it: nobody waits for it. */
  notify(method: string, params?: RawJson): void {
    if (this.#closedBy !== undefined) return;
    this.#sendQuietly({ pieces: notificationPieces(method, params), method });
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  /** Closes it for a reason that everybody who waits is told. */
  fail(error: McpMuxError): Promise<void> {
    this.#ended({ kind: 'failed', error });
    return this.#transport.close();
  }

  // ── from the server ────────────────────────────────────────────────────────────────────────────

  #received(bytes: Buffer, causedBy: number | undefined): void {
    const waiting = this.#unread.get(causedBy);
    if (waiting !== undefined) {
      waiting.push(bytes);
      return;
    }
    const scanned = scanMessage(bytes);
    if (scanned instanceof Promise) void this.#readLong(bytes, scanned, causedBy);
    else this.#read(bytes, scanned, causedBy);
  }

  /** A long message is read in turns; what came behind it on its stream is read behind it. */
  async #readLong(bytes: Buffer, scanning: Promise<Scanned>, causedBy: number | undefined): Promise<void> {
    const waiting: Buffer[] = [];
    this.#unread.set(causedBy, waiting);
    let scanned = await scanning;
    for (let next: Buffer | undefined = bytes; next !== undefined; ) {
      try {
        this.#read(next, scanned, causedBy);
      } catch (error) {
        this.#log('error', 'protocol', `a message could not be handled: ${describeError(error)}`);
      }
      next = waiting.shift();
      if (next !== undefined) scanned = await scanMessage(next);
    }
    this.#unread.delete(causedBy);
    if (this.#unread.size === 0 && this.#endsWith !== undefined) this.#ended(this.#endsWith);
  }

  /** The wire has ended. What came over it before is still read. */
  #wireClosed(reason: ClosedReason): void {
    if (this.#unread.size === 0) this.#ended(reason);
    else this.#endsWith = reason;
  }

  #read(bytes: Buffer, scanned: Scanned, causedBy: number | undefined): void {
    if (this.#closedBy !== undefined) return;
    if (scanned === undefined) {
      this.#unreadable(causedBy ?? this.#idIn(bytes), 'it is not one JSON object');
    } else if (isBatch(scanned)) {
      for (const message of scanned) this.#readOne(bytes, message, causedBy);
    } else this.#readOne(bytes, scanned, causedBy);
  }

  #readOne(bytes: Buffer, message: ScannedMessage, causedBy: number | undefined): void {
    switch (message.kind) {
      case 'result':
        return this.#receivedResult(message, causedBy);
      case 'error':
        return this.#receivedError(message, causedBy);
      case 'other':
        return this.#receivedOther(bytes, message, causedBy);
    }
  }

  /** Bytes of messages that were received and are not read yet. */
  get unreadBytes(): number {
    let bytes = 0;
    for (const waiting of this.#unread.values()) for (const message of waiting) bytes += message.length;
    return bytes;
  }

  /** The id of an open request that a message which cannot be read names, as far as that can be seen. */
  #idIn(bytes: Buffer): number | undefined {
    // A line of a log may hold an id too; only what begins like an answer is taken for one.
    if (!/^\s*\{\s*"(?:jsonrpc|id|result|error)"/.test(bytes.toString('latin1', 0, 64))) return undefined;
    const ends = `${bytes.toString('latin1', 0, 200)}\n${bytes.toString('latin1', Math.max(0, bytes.length - 200))}`;
    for (const match of ends.matchAll(/"id"\s*:\s*"?(\d{1,15})\b/g)) {
      const id = Number(match[1]);
      if (this.#open.has(id)) return id;
    }
    return undefined;
  }

  #receivedResult(message: ScannedMessage, causedBy: number | undefined): void {
    const id = this.#whose(message.id, causedBy);
    if (id === undefined) return;
    const result = message.payload;
    if (!result.isObject) {
      this.#settle(id, (request) => {
        const reason = `the result of ${request.method} is no object`;
        this.#log('warn', 'protocol', `an answer could not be used: ${reason}`);
        request.reject(transportError('bad_answer', { server: this.#serverName, reason }));
      });
      return;
    }
    this.#settle(id, (request) => request.resolve({ kind: 'result', result }));
  }

  #receivedError(message: ScannedMessage, causedBy: number | undefined): void {
    const id = this.#whose(message.id, causedBy);
    if (id === undefined) return;
    const error = readError(message.payload) ?? readOddError(message.payload);
    this.#settle(id, (request) => request.resolve({ kind: 'error', error }));
  }

  /** The open request an answer is for. Ids that came back as text are forgiven; a missing id falls back to the stream. */
  #whose(id: string | number | null | undefined, causedBy: number | undefined): number | undefined {
    const asNumber =
      typeof id === 'number' ? id : typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : undefined;
    if (asNumber !== undefined) {
      // On a request's own stream nothing else is answered: a server cannot answer one call in another's place.
      const fits = causedBy === undefined || causedBy === asNumber;
      if (fits && this.#open.has(asNumber)) return asNumber;
      this.#open.sawLateAnswer(asNumber);
      this.#asks.sawLateAnswer(asNumber);
      this.#log('debug', 'protocol', 'an answer came for a request that is not open any more', {
        id: asNumber,
      });
      return undefined;
    }
    // On a request's own stream a missing id is forgiven. Elsewhere it can be about anything: a notification that the server
    // did not like, a line that it could not read. @see JSON-RPC 2.0, "Response object"
    if (causedBy !== undefined && this.#open.has(causedBy)) return causedBy;
    this.#log('warn', 'protocol', 'an answer came without the id of an open request', { id: String(id) });
    return undefined;
  }

  #unreadable(causedBy: number | undefined, reason: string): void {
    this.#log('warn', 'protocol', `a message could not be read: ${reason}`);
    if (causedBy === undefined) return;
    this.#settle(causedBy, (request) =>
      request.reject(transportError('bad_answer', { server: this.#serverName, reason })),
    );
  }

  #receivedOther(bytes: Buffer, message: ScannedMessage, causedBy: number | undefined): void {
    const method = message.payload.isObject ? message.payload.text('method') : undefined;
    if (method === undefined) {
      return this.#unreadable(
        causedBy ?? this.#idIn(bytes),
        'it is neither a request, nor a notification, nor an answer',
      );
    }
    const params = message.params ?? noParams;
    if (!message.payload.has('id')) this.#receivedNotification(method, params, causedBy);
    else if (typeof message.id === 'string' || typeof message.id === 'number') {
      this.#asks.received(message.id, method, params, causedBy);
    } else this.#unreadable(causedBy, 'its id is neither text nor number');
  }

  #receivedNotification(method: string, params: RawJson, causedBy: number | undefined): void {
    switch (method) {
      case 'notifications/progress':
        return this.#receivedProgress(params);
      case 'notifications/cancelled':
        return this.#asks.cancelled(params.read('requestId', longestId));
      case 'notifications/message':
        return this.#receivedLogMessage(params, causedBy);
      default: {
        const request =
          causedBy !== undefined
            ? this.#open.get(causedBy)
            : // The end of a URL elicitation concerns whoever was asked; over a pipe only the running call can say who.
              method === 'notifications/elicitation/complete'
              ? this.#open.callFor(undefined)
              : undefined;
        if (request?.options.onNotification !== undefined) request.options.onNotification(method, params);
        else if (request?.options.scope !== undefined && !isListChanged(method)) {
          request.options.scope.tell(method, params);
        } else this.#handlers.notified(method, params);
      }
    }
  }

  #receivedProgress(params: RawJson): void {
    const token = params.read('progressToken', longestId);
    const request =
      typeof token === 'number'
        ? this.#open.get(token)
        : typeof token === 'string'
          ? this.#open.get(Number(token))
          : undefined;
    if (request === undefined) {
      this.#log('debug', 'protocol', 'progress came for a request that is not open any more');
      return;
    }
    const progress = params.read('progress', longestId);
    if (typeof progress !== 'number' || progress <= request.lastProgress) return;
    request.lastProgress = progress;
    this.#open.sawSign(request);
    const scope = request.options.scope;
    if (scope?.wantsProgress) scope.tell('notifications/progress', params);
  }

  /** A log message goes to the call it belongs to, when that is certain, and else to whoever listens. */
  #receivedLogMessage(params: RawJson, causedBy: number | undefined): void {
    const scope = this.#open.callFor(causedBy)?.options.scope;
    const level = params.text('level');
    if (scope === undefined) {
      // It may be about somebody's call: then it is for the server's log alone.
      if (this.#open.callsInFlight > 0 || causedBy !== undefined) this.#handlers.logged(params);
      else this.#handlers.notified('notifications/message', params);
      return;
    }
    this.#handlers.logged(params);
    if (scope.logLevel !== undefined && isLogLevel(level) && reachesLevel(level, scope.logLevel)) {
      scope.tell('notifications/message', params);
    }
  }

  #reply(id: string | number, reply: AskReply): void {
    if (this.#closedBy !== undefined || reply.kind === 'unanswered') return;
    this.#sendQuietly({ pieces: replyPieces(id, reply) });
  }

  #sendQuietly(message: OutgoingMessage): void {
    try {
      this.#transport.send(message);
    } catch (error) {
      this.#log('warn', 'protocol', `a message could not be sent: ${describeError(error)}`);
    }
  }

  // ── the end of a request ───────────────────────────────────────────────────────────────────────

  #settle(id: number, act: (request: OpenRequest) => void): void {
    const request = this.#open.close(id);
    if (request !== undefined) act(request);
  }

  /** Nobody waits any more: tells the server in the way its era wants, and swallows what may still come. */
  #giveUp(request: OpenRequest, error: Error, reason: string): void {
    if (!this.#open.has(request.id)) return;
    const isTold = request.method !== 'initialize' && this.#closedBy === undefined;
    // Before it ends: whose an ask is that waits for certainty is judged at its end.
    if (isTold) this.#open.noteGivenUp(request);
    this.#settle(request.id, (open) => open.reject(error));
    if (!isTold) return;
    // Modern over HTTP: closing the stream is the cancellation. Everything else gets the notification.
    const isByStream = this.#era === 'modern' && this.#transport.wire === 'http';
    if (!isByStream)
      this.notify('notifications/cancelled', RawJson.ofValue({ requestId: request.id, reason }));
    this.#transport.abandon(request.id);
  }

  #timedOut(request: OpenRequest, isInAll: boolean): void {
    const { method, options } = request;
    const timeoutMs = isInAll ? options.maxMs : options.timeoutMs;
    const error = upstreamError('timed_out', { server: this.#serverName, method, timeoutMs, isInAll });
    this.#giveUp(request, error, 'timed out');
  }

  #ended(reason: ClosedReason): void {
    if (this.#closedBy !== undefined) return;
    this.#closedBy = reason;
    this.#open.stop();
    this.#asks.close();
    for (const { id } of this.#open.values()) {
      this.#settle(id, (request) => request.reject(failureOfRequest(this.#serverName, reason)));
    }
    this.#handlers.closed(reason);
    for (const resolve of this.#waitForEnd.splice(0)) resolve();
  }
}

function isListChanged(method: string): boolean {
  return method.endsWith('/list_changed') || method === 'notifications/resources/updated';
}

/** More text than this is no number and no id that anybody gave. */
const longestId = 1_024;
const noParams = RawJson.ofByteText('{}');

function isBatch(scanned: Exclude<Scanned, undefined>): scanned is readonly ScannedMessage[] {
  return Array.isArray(scanned);
}

/** Servers send text codes, fractions, no message: what there is of an error is kept, the rest is put right. */
function readOddError(raw: RawJson): RpcErrorObject {
  const text = raw.string;
  if (!raw.isObject) return { code: internalError, message: text ?? 'the server gave no reason' };
  const number = Number(raw.read('code', longestId));
  const code = Number.isFinite(number) ? Math.trunc(number) : internalError;
  const message = raw.text('message') ?? 'the server gave no reason';
  return {
    code,
    message,
    raw: raw.with('code', String(code)).with('message', JSON.stringify(message)),
  };
}
