/**
 * protocol/sse — Server-Sent Events as bytes: an incremental parser and an encoder.
 *
 * Events carry JSON-RPC messages that are spliced, not parsed, on their way through, so data stays a Buffer. Each byte of
 * it is copied once, into memory that belongs to the event alone; an event of a million lines costs as much as one of one
 * line. The usual parsers (eventsource-parser) work on decoded strings, which would cost a decode and an encode of every
 * payload; hence our own.
 * Knows nothing of: what the data means, reconnecting.
 *
 * @see WHATWG HTML, "Server-sent events", parsing an event stream
 */

import { ChunkBuffer } from './chunk-buffer.ts';

export interface SseEvent {
  /** The `event` field; undefined when the event has none (that is `message`). */
  readonly type: string | undefined;
  /** The `id` field of this very event; undefined when it has none. An empty string resets the last id. */
  readonly id: string | undefined;
  /** The data lines joined with LF. Its memory is nobody else's. */
  readonly data: Buffer;
}

export interface SseSink {
  event(event: SseEvent): void;
  /** The server asks for this reconnection time. */
  retry?(delayMs: number): void;
  /** A field or line grew beyond the cap. Told once; the parser takes nothing any more. */
  tooLarge(): void;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const colon = 0x3a;
const space = 0x20;
/** More than any field name of the format with its separator. */
const fieldNameBytes = 64;
/** Of the type, more than any that somebody listens for. */
const maxTypeBytes = 256;
/** An id goes back in a header, and servers take headers of about 8 KiB. What is longer cannot be resumed from. */
const maxIdBytes = 4_096;
const lineFeedBytes = Buffer.from('\n');

/** Takes a byte stream in any chunking and tells its events. The memory of a chunk may be used again after `push`. */
export class SseParser {
  readonly #sink: SseSink;
  readonly #maxEventBytes: number;
  /** The beginning of a line whose end has not come yet. */
  readonly #partial: ChunkBuffer;
  /** Data of two lines and more. */
  readonly #data: ChunkBuffer;
  /** The first line of data, while it is the only one. */
  #firstLine: Buffer | undefined;
  /** The first line is a view on the chunk. */
  #isBorrowed = false;
  #hasData = false;
  #type: string | undefined;
  #id: string | undefined;
  #lastEventId: string | undefined;
  /** The chunk before ended with CR: a LF at the start of the next one belongs to it. */
  #endedWithCr = false;
  #isAtStart = true;
  #isDead = false;

  /**
   * @param maxEventBytes cap for the data of one event, and for one line
   * @param lastEventId   what the stream is resumed from; it holds until the stream gives another
   */
  constructor(sink: SseSink, maxEventBytes: number, lastEventId?: string) {
    this.#sink = sink;
    this.#maxEventBytes = maxEventBytes;
    this.#lastEventId = lastEventId;
    this.#partial = new ChunkBuffer(maxEventBytes + fieldNameBytes);
    this.#data = new ChunkBuffer(maxEventBytes);
  }

  /** The id to resume from; undefined when no event had one or the server reset it. */
  get lastEventId(): string | undefined {
    return this.#lastEventId;
  }

  /** Bytes taken in that belong to an event that is not complete yet. */
  get bufferedBytes(): number {
    return this.#partial.bytes + this.#dataBytes;
  }

  push(chunk: Buffer): void {
    if (this.#isDead || chunk.length === 0) return;
    let at = 0;
    if (this.#endedWithCr) {
      this.#endedWithCr = false;
      if (chunk[0] === lineFeed) at = 1;
    }
    // Both searches are remembered, so that a chunk without one of the two is not searched again for every line.
    let nextLf = chunk.indexOf(lineFeed, at);
    let nextCr = chunk.indexOf(carriageReturn, at);
    while (nextLf !== -1 || nextCr !== -1) {
      const isCr = nextCr !== -1 && (nextLf === -1 || nextCr < nextLf);
      const end = isCr ? nextCr : nextLf;
      this.#completeLine(chunk, at, end);
      if (this.#isDead) return;
      at = end + 1;
      if (isCr) {
        if (at === chunk.length) this.#endedWithCr = true;
        else if (chunk[at] === lineFeed) at += 1;
        nextCr = chunk.indexOf(carriageReturn, at);
      }
      if (nextLf !== -1 && nextLf < at) nextLf = chunk.indexOf(lineFeed, at);
    }
    if (this.#firstLine !== undefined && this.#isBorrowed) {
      this.#firstLine = Buffer.from(this.#firstLine);
      this.#isBorrowed = false;
    }
    if (at >= chunk.length) return;
    // The field name and its separator come on top of the data that the cap is about.
    if (this.#partial.bytes + chunk.length - at > this.#maxEventBytes + fieldNameBytes) this.#die();
    else this.#partial.push(at === 0 ? chunk : chunk.subarray(at));
  }

  get #dataBytes(): number {
    return this.#firstLine?.length ?? this.#data.bytes;
  }

  #completeLine(chunk: Buffer, start: number, end: number): void {
    if (this.#partial.bytes === 0) return this.#line(chunk.subarray(start, end), true);
    if (this.#partial.bytes + end - start > this.#maxEventBytes + fieldNameBytes) return this.#die();
    this.#partial.push(chunk.subarray(start, end));
    this.#line(this.#partial.take(), false);
  }

  /** @param isBorrowed its memory is the chunk's */
  #line(line: Buffer, isBorrowed: boolean): void {
    if (this.#isAtStart) {
      this.#isAtStart = false;
      if (line.length >= 3 && line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf)
        line = line.subarray(3);
    }
    if (line.length === 0) return this.#dispatch();
    const first = line[0];
    if (first === colon) return;
    let nameEnd = line.indexOf(colon);
    let valueStart: number;
    if (nameEnd === -1) {
      nameEnd = line.length;
      valueStart = line.length;
    } else {
      valueStart = nameEnd + 1;
      if (line[valueStart] === space) valueStart += 1;
    }
    // `data` is nearly every line: it is told apart before a string is made.
    if (nameEnd === 4 && first === 0x64 && line[1] === 0x61 && line[2] === 0x74 && line[3] === 0x61) {
      return this.#addData(line.subarray(valueStart), isBorrowed);
    }
    if (nameEnd <= fieldNameBytes)
      this.#field(line.toString('latin1', 0, nameEnd), line.subarray(valueStart));
  }

  #field(name: string, value: Buffer): void {
    switch (name) {
      case 'event':
        this.#type = value.toString('utf8', 0, maxTypeBytes);
        break;
      case 'id':
        if (value.length > maxIdBytes) this.#id = '';
        else if (!value.includes(0)) this.#id = value.toString('utf8');
        break;
      case 'retry': {
        const digits = value.toString('latin1', 0, fieldNameBytes);
        if (/^\d{1,15}$/.test(digits)) this.#sink.retry?.(Number(digits));
        break;
      }
      default:
        break;
    }
  }

  #addData(value: Buffer, isBorrowed: boolean): void {
    if (!this.#hasData) {
      this.#hasData = true;
      this.#firstLine = value;
      this.#isBorrowed = isBorrowed;
      if (value.length > this.#maxEventBytes) this.#die();
      return;
    }
    if (this.#dataBytes + 1 + value.length > this.#maxEventBytes) return this.#die();
    if (this.#firstLine !== undefined) this.#data.push(this.#firstLine);
    this.#firstLine = undefined;
    this.#data.push(lineFeedBytes);
    if (value.length > 0) this.#data.push(value);
  }

  #dispatch(): void {
    const type = this.#type;
    const id = this.#id;
    this.#type = undefined;
    this.#id = undefined;
    if (id !== undefined) this.#lastEventId = id === '' ? undefined : id;
    if (!this.#hasData) return;
    this.#hasData = false;
    const first = this.#firstLine;
    this.#firstLine = undefined;
    const data = first === undefined ? this.#data.take() : this.#isBorrowed ? Buffer.from(first) : first;
    this.#isBorrowed = false;
    this.#sink.event({ type: type === '' ? undefined : type, id, data });
  }

  #die(): void {
    this.#isDead = true;
    this.#partial.clear();
    this.#data.clear();
    this.#firstLine = undefined;
    this.#sink.tooLarge();
  }
}

export interface SseEventHead {
  readonly type?: string;
  readonly id?: string;
  readonly retryMs?: number;
}

/**
 * One event, ready to write. Line breaks in `data` become several data lines.
 *
 * @param head type and id must hold no line break
 */
export function encodeSseEvent(data: Buffer | string, head: SseEventHead = {}): Buffer {
  let start = '';
  if (head.type !== undefined) start += `event: ${head.type}\n`;
  if (head.id !== undefined) start += `id: ${head.id}\n`;
  if (head.retryMs !== undefined) start += `retry: ${head.retryMs}\n`;
  if (typeof data === 'string') {
    const body = /[\r\n]/.test(data) ? data.split(/\r\n|\r|\n/).join('\ndata: ') : data;
    return Buffer.from(`${start}data: ${body}\n\n`);
  }
  if (data.indexOf(lineFeed) !== -1 || data.indexOf(carriageReturn) !== -1) {
    // latin1 keeps every byte as it is, so this splits bytes, not characters.
    const lines = data.toString('latin1').split(/\r\n|\r|\n/);
    return Buffer.concat([Buffer.from(start), Buffer.from(`data: ${lines.join('\ndata: ')}\n\n`, 'latin1')]);
  }
  const head64 = Buffer.byteLength(start);
  const frame = Buffer.allocUnsafe(head64 + 6 + data.length + 2);
  frame.write(start, 0);
  frame.write('data: ', head64);
  data.copy(frame, head64 + 6);
  frame[frame.length - 2] = lineFeed;
  frame[frame.length - 1] = lineFeed;
  return frame;
}

/** A comment line: keeps a connection from looking idle and means nothing. */
export const sseHeartbeat: Buffer = Buffer.from(': \n\n');
