/**
 * http/read-body — the body of a request as one Buffer, bounded.
 *
 * Knows nothing of: JSON.
 */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { httpError } from './errors.ts';
import type { Exchange } from './exchange.ts';

const emptyBody = Buffer.alloc(0);

/**
 * Reads the whole body. Call it once, at the door.
 *
 * @param capBytes a larger body is refused as soon as that is known
 * @throws http.body_too_large, http.body_not_utf8, http.body_cut
 */
export function readBody(exchange: Exchange, capBytes: number): Promise<Buffer> {
  const { request } = exchange;
  return new Promise((resolve, reject) => {
    if (request.destroyed) {
      reject(httpError('body_cut'));
      return;
    }
    // Nearly every body arrives in one chunk; that chunk is the body then, not copied.
    let first: Buffer | undefined;
    let all: Buffer[] | undefined;
    let bodyBytes = 0;
    const onData = (chunk: Buffer): void => {
      bodyBytes += chunk.length;
      if (bodyBytes > capBytes) {
        settle();
        reject(httpError('body_too_large', { capBytes }));
        return;
      }
      if (first === undefined) first = chunk;
      else if (all === undefined) all = [first, chunk];
      else all.push(chunk);
    };
    const onEnd = (): void => {
      settle();
      const body = all === undefined ? (first ?? emptyBody) : Buffer.concat(all, bodyBytes);
      if (isUtf8(body)) resolve(body);
      else reject(httpError('body_not_utf8'));
    };
    const onClose = (): void => {
      settle();
      reject(httpError('body_cut'));
    };
    const settle = (): void => {
      request.off('data', onData);
      request.off('end', onEnd);
      request.off('close', onClose);
    };
    request.on('data', onData);
    request.on('end', onEnd);
    request.on('close', onClose);
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
