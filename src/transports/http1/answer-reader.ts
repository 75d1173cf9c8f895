/**
 * transports/http1/answer-reader — bytes of a connection into one answer, strictly.
 *
 *   head ─1xx→ head       head ─content-length→ counted ─→ over
 *                         head ─chunked→ chunk size ─n→ chunk ─→ chunk end ─→ chunk size … ─0→ trailers ─→ over
 *                         head ─neither→ until the end ─connection ends→ over
 *
 * What could be understood in two ways is refused: a length beside an encoding, lengths that differ. What a reader is asked
 * to bear is borne: folded lines, a bare line feed as the end of a line of the head, the same length twice.
 * Nothing is copied: the body is told as views on the chunks.
 * Knows nothing of: sockets, what is asked.
 *
 * @see RFC 9112, "Message Parsing", "Obsolete Line Folding", "Message Body Length"; RFC 9110, "Content-Length"
 */
import type { IncomingHttpHeaders } from 'node:http';
import { HttpClientError } from './http-client-error.ts';

export interface AnswerReaderSink {
  head(status: number, headers: IncomingHttpHeaders): void;
  /** A view; the memory belongs to whoever pushed. */
  data(view: Buffer): void;
  /** @param reuseMs how long the connection may wait for its next request; 0: it cannot be used again */
  complete(reuseMs: number): void;
  /** Nothing comes after it. */
  broken(error: HttpClientError): void;
}

type State = 'head' | 'counted' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'until-end' | 'over';

/** The line feed of a line and an empty line behind it, which may end with a bare line feed, too. */
const headEnd = Buffer.from('\n\r\n');
const bareHeadEnd = Buffer.from('\n\n');
const lineEnd = Buffer.from('\r\n');
const letterH = 0x48;
/** A record of TLS that holds an alert: what a server of TLS says to plain HTTP. */
const tlsAlert = 0x15;
const tlsMajorVersion = 0x03;
const noHttp = 'it does not begin like an answer of HTTP/1.1';
const maxHeadBytes = 64 * 1024;
/** Of a chunk's size with its extensions, and of all trailers. */
const maxLineBytes = 4 * 1024;
const headerName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
// oxlint-disable-next-line no-control-regex -- finding control characters is its very task
const forbiddenInValue = /[\x00-\x08\x0a-\x1f\x7f]/;
const wholeNumber = /^\d{1,15}$/;
/** A number has any count of zeros before it; what remains is less than any memory. */
const chunkSize = /^(?:0*)([0-9a-fA-F]{1,12})[\t ]*(?:;[^\r\n]*)?$/;
/** A server that says nothing of it closes idle connections after some seconds; 5 s is what Node itself has. */
const usualReuseMs = 4_000;
const maxReuseMs = 600_000;
/** A connection that the server is about to close is not used: what is sent on it might be lost. */
const reuseSlackMs = 1_000;

export class AnswerReader {
  readonly #sink: AnswerReaderSink;
  #state: State = 'over';
  /** Bytes of a head, a size or trailers whose end has not come. */
  #held: Buffer | undefined;
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;
  #reuseMs = 0;

  constructor(sink: AnswerReaderSink) {
    this.#sink = sink;
  }

  /** Is an answer expected, or half read? */
  get isReading(): boolean {
    return this.#state !== 'over';
  }

  /** A request was sent: what comes now is its answer. */
  expect(): void {
    this.#state = 'head';
    this.#held = undefined;
  }

  /** Nobody wants the rest. */
  stop(): void {
    this.#state = 'over';
    this.#held = undefined;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      switch (this.#state) {
        case 'head':
          at = this.#pushHead(chunk, at);
          break;
        case 'counted':
        case 'chunk':
          at = this.#pushBody(chunk, at);
          break;
        case 'chunk-size':
          at = this.#pushChunkSize(chunk, at);
          break;
        case 'chunk-end':
          at = this.#pushChunkEnd(chunk, at);
          break;
        case 'trailers':
          at = this.#pushTrailers(chunk, at);
          break;
        case 'until-end':
          this.#sink.data(at === 0 ? chunk : chunk.subarray(at));
          return;
        case 'over':
          return;
      }
    }
  }

  /** The server closed its side. */
  ended(): void {
    if (this.#state === 'over') return;
    if (this.#state === 'until-end') this.#complete(0);
    else this.#break('cut', 'the server closed the connection before the answer was complete');
  }

  #pushHead(chunk: Buffer, at: number): number {
    // A server of something else (SSH, SMTP) may never send an empty line; it is known by its first byte.
    if (this.#held === undefined && chunk[at] !== letterH) {
      const isTlsAlert = chunk[at] === tlsAlert && chunk[at + 1] === tlsMajorVersion;
      return this.#break('bad_answer', noHttp, isTlsAlert);
    }
    const found = this.#upToHeadEnd(chunk, at);
    if (found === undefined) return chunk.length;
    const head = readHead(found.text);
    if (typeof head === 'string') return this.#break('bad_answer', head);
    if (head.status < 200) {
      // 101 would leave HTTP, which nobody asked for.
      if (head.status === 101) return this.#break('bad_answer', 'it switches to another protocol');
      return found.next;
    }
    const framing = framingOf(head);
    if (typeof framing === 'string') return this.#break('bad_answer', framing);
    this.#left = framing.bytes;
    this.#state = framing.state;
    this.#reuseMs = framing.state === 'until-end' ? 0 : reuseMsOf(head);
    this.#sink.head(head.status, head.headers);
    // The sink may have stopped us.
    if (this.#state === 'counted' && this.#left === 0)
      this.#complete(found.next === chunk.length ? this.#reuseMs : 0);
    return found.next;
  }

  #pushBody(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#left);
    this.#left -= end - at;
    const isLast = this.#left === 0;
    this.#sink.data(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end));
    if (isLast) {
      if (this.#state === 'chunk') this.#state = 'chunk-end';
      // What follows an answer that nobody asked for is nobody's; such a connection is not used again.
      else if (this.#state === 'counted') this.#complete(end === chunk.length ? this.#reuseMs : 0);
    }
    return end;
  }

  #pushChunkSize(chunk: Buffer, at: number): number {
    const found = this.#upTo(lineEnd, chunk, at, maxLineBytes);
    if (found === undefined) return chunk.length;
    const size = chunkSize.exec(found.text)?.[1];
    if (size === undefined) return this.#break('bad_answer', 'the size of a chunk is no number');
    this.#left = Number.parseInt(size, 16);
    this.#state = this.#left === 0 ? 'trailers' : 'chunk';
    return found.next;
  }

  #pushChunkEnd(chunk: Buffer, at: number): number {
    const found = this.#upTo(lineEnd, chunk, at, 2);
    if (found === undefined) return chunk.length;
    if (found.text !== '') return this.#break('bad_answer', 'a chunk is longer than its size');
    this.#state = 'chunk-size';
    return found.next;
  }

  /** Trailers are read and left out: nothing we know comes in them. */
  #pushTrailers(chunk: Buffer, at: number): number {
    const found = this.#upTo(lineEnd, chunk, at, maxLineBytes);
    if (found === undefined) return chunk.length;
    if (found.text === '') this.#complete(found.next === chunk.length ? this.#reuseMs : 0);
    return found.next;
  }

  /** As `#upTo`, for the head: its lines may end with a bare line feed. */
  #upToHeadEnd(chunk: Buffer, at: number): { readonly text: string; readonly next: number } | undefined {
    const held = this.#held;
    // Nearly every head comes in one piece.
    const joined = held === undefined ? chunk : Buffer.concat([held, chunk.subarray(at)]);
    const start = held === undefined ? at : 0;
    const from = held === undefined ? at : Math.max(0, held.length - headEnd.length);
    const usual = joined.indexOf(headEnd, from);
    const bare = joined.subarray(0, usual === -1 ? joined.length : usual + 1).indexOf(bareHeadEnd, from);
    const end = bare === -1 ? usual : bare;
    const length = (end === -1 ? joined.length : end) - start;
    if (length > maxHeadBytes) {
      this.#tooLong();
      return undefined;
    }
    if (end === -1) {
      this.#held = held === undefined ? Buffer.from(chunk.subarray(at)) : joined;
      return undefined;
    }
    this.#held = undefined;
    const next = end + (bare === -1 ? headEnd.length : bareHeadEnd.length);
    const text = joined.toString('latin1', start, end);
    return {
      text: text.endsWith('\r') ? text.slice(0, -1) : text,
      next: held === undefined ? next : at + next - held.length,
    };
  }

  /** The text up to `mark`, which may have begun in an earlier chunk; undefined while it is not complete. */
  #upTo(
    mark: Buffer,
    chunk: Buffer,
    at: number,
    maxBytes: number,
  ): { readonly text: string; readonly next: number } | undefined {
    const held = this.#held;
    if (held === undefined) {
      const end = chunk.indexOf(mark, at);
      if (end !== -1 && end - at <= maxBytes)
        return { text: chunk.toString('latin1', at, end), next: end + mark.length };
      if (end !== -1 || chunk.length - at > maxBytes + mark.length) {
        this.#tooLong();
        return undefined;
      }
      this.#held = Buffer.from(chunk.subarray(at));
      return undefined;
    }
    const joined = Buffer.concat([held, at === 0 ? chunk : chunk.subarray(at)]);
    const end = joined.indexOf(mark, Math.max(0, held.length - mark.length + 1));
    if (end !== -1 && end <= maxBytes) {
      this.#held = undefined;
      return { text: joined.toString('latin1', 0, end), next: at + end + mark.length - held.length };
    }
    if (end !== -1 || joined.length > maxBytes + mark.length) this.#tooLong();
    else this.#held = joined;
    return undefined;
  }

  #tooLong(): void {
    this.#break('bad_answer', 'its head, or the size of a chunk, is too long');
  }

  #complete(reuseMs: number): void {
    this.stop();
    this.#sink.complete(reuseMs);
  }

  /** @returns an offset behind every chunk */
  #break(code: 'bad_answer' | 'cut', message: string, isTlsAlert = false): number {
    this.stop();
    this.#sink.broken(new HttpClientError(code, message, { isTlsAlert }));
    return Number.POSITIVE_INFINITY;
  }
}

interface AnswerHead {
  readonly isHttp11: boolean;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** @param said up to the empty line. @returns what is wrong with it, or the head */
function readHead(said: string): AnswerHead | string {
  const text = withUsualLines(said);
  const version = text.slice(0, 9);
  const isHttp11 = version === 'HTTP/1.1 ';
  const status = Number(text.slice(9, 12));
  const behind = text.charCodeAt(12);
  // A blank, or the end of the line where there is no reason phrase.
  const hasEnd = behind === 0x20 || behind === 0x0d || text.length === 12;
  if ((!isHttp11 && version !== 'HTTP/1.0 ') || !(status >= 100 && status <= 599) || !hasEnd) return noHttp;
  const headers: IncomingHttpHeaders = {};
  let at = text.indexOf('\r\n');
  while (at !== -1) {
    const start = at + 2;
    at = text.indexOf('\r\n', start);
    const problem = readHeader(text, start, at === -1 ? text.length : at, headers);
    if (problem !== undefined) return problem;
  }
  return { isHttp11, status, headers };
}

const bareLineFeed = /(?<!\r)\n/;
const foldedLine = /\r\n[\t ]/;

/** Every line ends with CRLF, and a folded one is one line with blanks in place of its fold. */
function withUsualLines(text: string): string {
  const lines = bareLineFeed.test(text) ? text.replace(/\r?\n/g, '\r\n') : text;
  return foldedLine.test(lines) ? lines.replace(/[\t ]*\r\n[\t ]+/g, ' ') : lines;
}

function readHeader(
  text: string,
  start: number,
  end: number,
  headers: IncomingHttpHeaders,
): string | undefined {
  const colon = text.indexOf(':', start);
  if (colon === -1 || colon >= end) return 'a line of its head is no header';
  const name = text.slice(start, colon).toLowerCase();
  if (!headerName.test(name)) return 'a line of its head is no header';
  let valueStart = colon + 1;
  while (valueStart < end && isBlank(text.charCodeAt(valueStart))) valueStart += 1;
  while (end > valueStart && isBlank(text.charCodeAt(end - 1))) end -= 1;
  const value = text.slice(valueStart, end);
  if (forbiddenInValue.test(value)) return `its header ${name} holds a control character`;
  // No header of ours has this name, and on an object it would be something else.
  if (name === '__proto__') return undefined;
  const known = headers[name];
  if (known === undefined) headers[name] = value;
  else if (Array.isArray(known)) known.push(value);
  else headers[name] = [known, value];
  return undefined;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

interface Framing {
  readonly state: 'counted' | 'chunk-size' | 'until-end';
  readonly bytes: number;
}

const noBody: Framing = { state: 'counted', bytes: 0 };
const chunked: Framing = { state: 'chunk-size', bytes: 0 };
const untilEnd: Framing = { state: 'until-end', bytes: 0 };

function framingOf({ status, headers }: AnswerHead): Framing | string {
  const encoding = headers['transfer-encoding'];
  const length = oneLength(headers['content-length']);
  if (encoding !== undefined) {
    if (length !== undefined) return 'it gives a length and an encoding';
    if (typeof encoding !== 'string' || encoding.toLowerCase() !== 'chunked')
      return 'its transfer encoding is not known';
  } else if (length !== undefined && !wholeNumber.test(length)) return 'its length is no number';
  if (status === 204 || status === 304) return noBody;
  if (encoding !== undefined) return chunked;
  return length === undefined ? untilEnd : { state: 'counted', bytes: Number(length) };
}

/** The same number again is that number; different ones are no number. */
function oneLength(header: string | string[] | undefined): string | undefined {
  if (header === undefined || (typeof header === 'string' && !header.includes(','))) return header;
  const numbers = new Set(
    String(header)
      .split(',')
      .map((text) => text.trim()),
  );
  const [only] = numbers;
  return numbers.size === 1 ? only : 'several';
}

function reuseMsOf({ isHttp11, headers }: AnswerHead): number {
  const { connection } = headers;
  if (connection === undefined ? !isHttp11 : !mayStay(connection, isHttp11)) return 0;
  const hint = headers['keep-alive'];
  if (typeof hint !== 'string') return usualReuseMs;
  const seconds = /\btimeout=(\d{1,9})/i.exec(hint)?.[1];
  if (seconds === undefined) return usualReuseMs;
  return Math.max(0, Math.min(Number(seconds) * 1_000, maxReuseMs) - reuseSlackMs);
}

function mayStay(connection: string | string[], isHttp11: boolean): boolean {
  if (connection === 'keep-alive') return true;
  const options = String(connection).toLowerCase();
  return isHttp11 ? !/\bclose\b/.test(options) : /\bkeep-alive\b/.test(options);
}
