/**
 * http/read-body — the body of a request as one Buffer, bounded.
 *
 * Knows nothing of: JSON.
 */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { McpMuxError } from '../base/index.ts';
import { httpError } from './errors.ts';
import type { Exchange } from './exchange.ts';

const emptyBody = Buffer.alloc(0);
/** Bodies up to this are not counted: so many connections as may be open can hold no harm in them. */
const uncountedBytes = 4 * 1024;

/**
 * Reads the whole body. Call it once, at the door.
 *
 * @param capBytes a larger body is refused as soon as that is known
 * @throws http.body_too_large, http.body_not_utf8, http.body_cut, http.memory_full
 */
export function readBody(exchange: Exchange, capBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => takeBody(exchange, capBytes, resolve, reject));
}

/** The same without a promise, for the hot path: exactly one of the two is called, once. */
export function takeBody(
  exchange: Exchange,
  capBytes: number,
  taken: (body: Buffer) => void,
  failed: (error: McpMuxError) => void,
): void {
  const { request } = exchange;
  if (request.destroyed) {
    failed(httpError('body_cut'));
    return;
  }
  // All of it is taken before the first byte: otherwise many that each have a part would keep each other from the rest.
  let heldBytes = Number(request.headers['content-length'] ?? 0);
  if (heldBytes > uncountedBytes && !exchange.hold(heldBytes)) {
    failed(httpError('memory_full'));
    return;
  }
  // Nearly every body arrives in one chunk; that chunk is the body then, not copied.
  let first: Buffer | undefined;
  let all: Buffer[] | undefined;
  let bodyBytes = 0;
  let isSettled = false;
  request.on('data', (chunk: Buffer) => {
    if (isSettled) return;
    bodyBytes += chunk.length;
    if (bodyBytes > capBytes) {
      isSettled = true;
      failed(httpError('body_too_large', { capBytes }));
    } else if (bodyBytes > heldBytes && bodyBytes > uncountedBytes && !exchange.hold(bodyBytes - heldBytes)) {
      isSettled = true;
      failed(httpError('memory_full'));
    } else if (first === undefined) first = chunk;
    else if (all === undefined) all = [first, chunk];
    else all.push(chunk);
    if (bodyBytes > uncountedBytes) heldBytes = Math.max(heldBytes, bodyBytes);
  });
  request.on('end', () => {
    if (isSettled) return;
    isSettled = true;
    const body = all === undefined ? (first ?? emptyBody) : Buffer.concat(all, bodyBytes);
    if (isUtf8(body)) taken(body);
    else failed(httpError('body_not_utf8'));
  });
  request.on('close', () => {
    if (isSettled) return;
    isSettled = true;
    failed(httpError('body_cut'));
  });
}

/**
 * Takes the rest of a refused body off the wire, up to a limit, so that the client reads our answer.
 *
 * Closing with unread bytes makes the kernel reset the connection, and the client sees "connection reset" instead of
 * the reason. A client that goes on sending far beyond the limit is cut.
 */
export function discardBody(request: IncomingMessage, limitBytes = 16 * 1024 * 1024): void {
  if (request.complete || request.destroyed) return;
  let bodyBytes = 0;
  request.on('data', (chunk: Buffer) => {
    bodyBytes += chunk.length;
    if (bodyBytes > limitBytes) request.socket.destroy();
  });
  request.resume();
}
