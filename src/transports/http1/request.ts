/**
 * transports/http1/request — one request as it goes over the wire, and whom its answer is told.
 *
 * Knows nothing of: connections, what an answer means.
 *
 * @see RFC 9112, "HTTP/1.1"
 */
import type { IncomingHttpHeaders } from 'node:http';
import { HttpClientError } from './http-client-error.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path and query, as a URL has them. */
  readonly path: string;
  /** Flat: name, value, name, value. Host, Connection and Content-Length are ours. */
  readonly headers: readonly string[];
  /** Buffers, and strings with one character a byte. */
  readonly body: readonly (Buffer | string)[] | undefined;
}

/** What becomes of a request. After `onEnd` or `onError` nothing is told; after `abort` nothing either. */
export interface AnswerHandler {
  /** It leaves for the server now: from here on it may have been executed. */
  onSent(): void;
  /** The head of the final answer; informational ones (1xx) are passed over. Repeated headers are lists. */
  onHead(status: number, headers: IncomingHttpHeaders): void;
  /** Bytes of the body. The memory is used again: who keeps them, copies them. */
  onData(view: Buffer): void;
  onEnd(): void;
  /** It did not come to an end: an `HttpClientError`, or what the system said (ECONNREFUSED, certificates …). */
  onError(error: Error): void;
}

/** The hand on a request that is under way. All of it is safe at any time, also when it is over. */
export interface RequestControl {
  /** Nobody waits for it any more; its connection is closed when it was sent. */
  abort(): void;
  /** Stops reading the answer. */
  pause(): void;
  resume(): void;
}

/** The wire form: what is sent as Latin-1, head first, and behind it what of the body comes as bytes. */
export interface RequestText {
  readonly text: string;
  readonly rest: readonly (Buffer | string)[];
}

const forbiddenInHeader = /[^\t\x20-\x7e\x80-\xff]/;
const nothing: readonly string[] = [];

/** What all requests to one origin have in common. */
export interface RequestTarget {
  /** Value of the Host header. */
  readonly host: string;
  /** Stands before each path: the origin, for a proxy that takes requests in absolute form; else nothing. */
  readonly prefix: string;
  /** For the proxy alone; flat: name, value. */
  readonly proxyHeaders: readonly string[];
}

/** @throws HttpClientError for a header that cannot be sent */
export function requestText(
  { host, prefix, proxyHeaders }: RequestTarget,
  request: HttpRequest,
): RequestText {
  checkHeaders(request.headers);
  let head = `${request.method} ${prefix}${request.path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  for (let at = 0; at < proxyHeaders.length; at += 2)
    head += `${proxyHeaders[at]}: ${proxyHeaders[at + 1]}\r\n`;
  const { headers, body } = request;
  for (let at = 0; at < headers.length; at += 2) head += `${headers[at]}: ${headers[at + 1]}\r\n`;
  if (body === undefined) return { text: `${head}\r\n`, rest: nothing };
  let bodyBytes = 0;
  for (const piece of body) bodyBytes += piece.length;
  head += `content-length: ${bodyBytes}\r\n\r\n`;
  const first = body[0];
  // A small body leaves with the head, in one piece.
  return typeof first === 'string'
    ? { text: head + first, rest: body.length === 1 ? nothing : body.slice(1) }
    : { text: head, rest: body };
}

function checkHeaders(headers: readonly string[]): void {
  for (let at = 0; at < headers.length; at += 1) {
    if (forbiddenInHeader.test(headers[at] as string))
      throw new HttpClientError('bad_request', `the header ${headers[at & ~1]} cannot be sent`);
  }
}
