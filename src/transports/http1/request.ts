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
  readonly body: string | undefined;
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

/** The wire form: `head` and `body` as one text, which is sent as UTF-8, or apart when the head is not plain ASCII. */
export interface RequestText {
  readonly text: string;
  /** Characters of the head when it must be sent as Latin-1 first; 0 else. */
  readonly latin1Head: number;
}

const forbiddenInHeader = /[^\t\x20-\x7e\x80-\xff]/;
const beyondAscii = /[\x80-\xff]/;

/** @param host value of the Host header. @throws HttpClientError for a header that cannot be sent */
export function requestText(host: string, request: HttpRequest): RequestText {
  checkHeaders(request.headers);
  let head = `${request.method} ${request.path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  const { headers, body } = request;
  for (let at = 0; at < headers.length; at += 2) head += `${headers[at]}: ${headers[at + 1]}\r\n`;
  if (body === undefined) head += '\r\n';
  else head += `content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  const latin1Head = beyondAscii.test(head) ? head.length : 0;
  return { text: body === undefined ? head : head + body, latin1Head };
}

function checkHeaders(headers: readonly string[]): void {
  for (let at = 0; at < headers.length; at += 1) {
    if (forbiddenInHeader.test(headers[at] as string))
      throw new HttpClientError('bad_request', `the header ${headers[at & ~1]} cannot be sent`);
  }
}
