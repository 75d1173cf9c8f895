/**
 * downstream/reply — writes what a client gets for one POST: JSON, or a stream when something comes before the answer.
 *
 * The only place that writes an era's answer. An answer is JSON unless the server said something first;
 * the head is not sent before that is known. A client that takes no event streams gets the answer alone, as JSON.
 * Knows nothing of: what was asked, sessions beyond the log that keeps a legacy stream's events.
 */
import { isJsonObject } from '../base/index.ts';
import {
  accepts,
  EventStream,
  type Exchange,
  type ExtraHeaders,
  type Refusal,
  sendJson,
  sendJsonByteText,
  sendJsonParts,
} from '../http/index.ts';
import type { Answer } from '../model/index.ts';
import {
  headerMismatch,
  invalidRequest,
  methodNotFound,
  missingRequiredClientCapability,
  type RequestId,
  unsupportedProtocolVersion,
} from '../protocol/index.ts';
import type { ReplayBuffer } from './replay-buffer.ts';
import { answerBytes, answerByteText, answerParts, errorText } from './wire-text.ts';

export interface ReplyOptions {
  /** Sent with the head, JSON or stream. */
  readonly headers?: ExtraHeaders;
  /** Legacy: keeps the stream's events, so that it can be resumed. Made when the first event comes. */
  readonly makeLog?: () => ReplayBuffer;
  /** 2025-11-25: a stream begins with an event that only gives an id. */
  readonly isPrimed?: boolean;
  /** How many answers the POST waits for: one, or the requests of a batch. */
  readonly expected?: number;
  readonly isBatch?: boolean;
  /** Modern: some errors have HTTP statuses of their own. */
  readonly isModern?: boolean;
}

/** Where the answer to a request goes, and what comes before it. */
export interface ReplyChannel {
  /** Does the client take anything before the answer? */
  readonly canSay: boolean;
  say(text: string, isDroppable: boolean): void;
  warm(): void;
  answer(id: RequestId, answer: Answer): void;
  drop(): void;
  /** Ends the reply at once: nothing that comes later is written. */
  refuse(id: RequestId, refusal: Refusal): void;
}

export class Reply implements ReplyChannel {
  readonly #exchange: Exchange;
  readonly #options: ReplyOptions;
  #stream: EventStream | undefined;
  #log: ReplayBuffer | undefined;
  #left: number;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #isRefused = false;

  constructor(exchange: Exchange, options: ReplyOptions = {}) {
    this.#exchange = exchange;
    this.#options = options;
    this.#left = options.expected ?? 1;
  }

  get isStreaming(): boolean {
    return this.#stream !== undefined;
  }

  /** Is there still somebody to read it? A legacy stream can be read later. */
  get canReach(): boolean {
    return this.#log !== undefined || !this.#exchange.isGone;
  }

  get canSay(): boolean {
    return this.#stream !== undefined || acceptsEvents(this.#exchange);
  }

  /** Passes on a message that comes before the answer. The reply becomes a stream. */
  say(text: string, isDroppable: boolean): void {
    if (this.#isRefused || !this.canSay) return;
    this.#becomeStream();
    if (this.#log !== undefined) this.#log.send(text, isDroppable);
    else if (this.#stream !== undefined) {
      if (isDroppable && this.#stream.bufferedBytes > droppableOverBytes) return;
      this.#stream.send({ event: 'message', data: text });
    }
  }

  /** Makes it a stream without a message: a comment keeps the connection warm while a server works. */
  warm(): void {
    if (this.#isRefused || !this.canSay) return;
    this.#becomeStream();
    this.#stream?.comment();
  }

  /** Writes an answer; the last one ends the reply. */
  answer(id: RequestId, answer: Answer): void {
    this.#left -= 1;
    if (this.#isRefused) return;
    if (this.#stream === undefined && !accepts(this.#exchange.header('accept'), 'application/json'))
      this.#answerOnlyEvents(answer);
    if (this.#stream !== undefined) {
      const bytes = answerBytes(id, answer);
      if (this.#log !== undefined) {
        this.#log.send(bytes);
        if (this.#left <= 0) this.#log.finish();
      } else {
        this.#stream.send({ event: 'message', data: bytes });
        if (this.#left <= 0) this.#stream.end();
      }
      return;
    }
    if (this.#options.isBatch === true) {
      const bytes = answerBytes(id, answer);
      this.#gathered.push(bytes);
      this.#gatheredBytes += bytes.length;
      if (this.#left <= 0) this.#writeBatch();
      // What is written on a stream need not be kept until the last answer is there.
      else if (this.#gatheredBytes > gatheredBytesAtMost && this.canSay) this.#becomeStream();
      return;
    }
    if (this.#exchange.isGone) return;
    if (isShed(answer)) {
      const headers = { ...this.#options.headers, ...retryAfterHeaders };
      sendJsonParts(this.#exchange, 503, answerParts(id, answer), headers);
      return;
    }
    const status = this.#options.isModern === true ? modernStatus(answer) : 200;
    const { headers } = this.#options;
    const text = answerByteText(id, answer);
    if (text !== undefined) sendJsonByteText(this.#exchange, status, text, headers);
    else sendJsonParts(this.#exchange, status, answerParts(id, answer), headers);
  }

  refuse(id: RequestId | null, refusal: Refusal): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    const text = refusalText(id, refusal);
    if (this.#stream === undefined) {
      if (!this.#exchange.isGone) sendJson(this.#exchange, refusal.status, text, headersOf(refusal));
      return;
    }
    // On the stream itself: what is kept to come back for is nobody's any more.
    this.#stream.send({ event: 'message', data: text });
    this.#log?.finish();
    this.#stream.end();
  }

  /** A request of a batch ended without an answer (cancelled), or the client is gone. */
  drop(): void {
    this.#left -= 1;
    if (this.#left > 0 || this.#isRefused) return;
    if (this.#log !== undefined) this.#log.finish();
    else if (this.#stream !== undefined) this.#stream.end();
    else if (this.#options.isBatch === true && this.#gathered.length > 0) this.#writeBatch();
    else if (!this.#exchange.isGone) {
      // Nobody waits for this answer any more; the connection still wants an end.
      this.#exchange.response.writeHead(204);
      this.#exchange.response.end();
    }
  }

  /** The client takes no JSON: an answer that needs no status of its own comes as the only event of a stream. */
  #answerOnlyEvents(answer: Answer): void {
    const needsStatus = isShed(answer) || (this.#options.isModern === true && modernStatus(answer) !== 200);
    if (this.canSay && !this.#exchange.isGone && !needsStatus) this.#becomeStream();
  }

  #becomeStream(): void {
    if (this.#stream !== undefined) return;
    this.#stream = new EventStream(this.#exchange);
    this.#stream.open(this.#options.headers);
    this.#log = this.#options.makeLog?.();
    this.#log?.attach(this.#stream);
    if (this.#options.isPrimed === true) this.#log?.prime();
    for (const bytes of this.#gathered.splice(0)) {
      if (this.#log !== undefined) this.#log.send(bytes);
      else this.#stream.send({ event: 'message', data: bytes });
    }
  }

  #writeBatch(): void {
    if (this.#exchange.isGone) return;
    const parts: (Buffer | string)[] = ['['];
    for (const [at, bytes] of this.#gathered.entries()) {
      if (at > 0) parts.push(',');
      parts.push(bytes);
    }
    parts.push(']');
    sendJsonParts(this.#exchange, 200, parts, this.#options.headers);
  }
}

/** Does the client take event streams? Without an Accept header it takes anything. */
export function acceptsEvents(exchange: Exchange): boolean {
  return accepts(exchange.header('accept'), 'text/event-stream');
}

/** A refusal of the door as the error of a request. */
export function refusalText(id: RequestId | null, { code, message }: Refusal): string {
  return errorText(id, { code: invalidRequest, message, data: { code } });
}

function headersOf({ headers = [] }: Refusal): ExtraHeaders {
  const pairs: Record<string, string> = {};
  for (let at = 0; at < headers.length; at += 2) pairs[headers[at] as string] = headers[at + 1] as string;
  return pairs;
}

/** What was asked for is a stream, and the client takes none. */
export function refuseStream(exchange: Exchange, id: RequestId | null): void {
  const message = 'This is answered with a stream only; send "Accept: text/event-stream"';
  sendJson(exchange, 406, errorText(id, { code: invalidRequest, message }));
}

/** Answers of a batch that wait for the others; beyond this the reply becomes a stream. */
const gatheredBytesAtMost = 1024 * 1024;
/** Progress and log messages are left out for a reader that has this much to read already. */
const droppableOverBytes = 256 * 1024;

/** Seconds. What was refused for being too much can be sent again after it. */
export const retryAfterHeaders = { 'retry-after': '1' } as const;

const shedReasons: ReadonlySet<unknown> = new Set(['transports.busy', 'downstream.memory_full']);

/** Was the call refused because too many were there already? It never began; proxies and clients know the status. */
function isShed(answer: Answer): boolean {
  // What a server says of itself is no word of ours.
  const data = answer.kind === 'error' && answer.error.raw === undefined ? answer.error.data : undefined;
  return isJsonObject(data) && data['source'] === 'gateway' && shedReasons.has(data['reason']);
}

/** @see MCP 2026-07-28, basic/transports/streamable-http */
function modernStatus(answer: Answer): number {
  if (answer.kind === 'result') return 200;
  switch (answer.error.code) {
    case methodNotFound:
      return 404;
    case headerMismatch:
    case missingRequiredClientCapability:
    case unsupportedProtocolVersion:
      return 400;
    default:
      return 200;
  }
}
