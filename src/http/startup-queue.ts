/**
 * http/startup-queue — keeps requests that come while the daemon still starts, and hands them on when it is there.
 *
 * So the port can be open from the first moment: a client that connects then waits a moment instead of failing.
 * Knows nothing of: what is behind it.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/** More than a machine full of clients has; beyond it somebody floods. */
const maxWaiting = 256;

export class StartupQueue {
  #handler: RequestListener | undefined;
  #waiting: (readonly [IncomingMessage, ServerResponse])[] = [];

  /** The request listener of an `http.Server`. */
  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    if (this.#handler !== undefined) this.#handler(request, response);
    else if (this.#waiting.length < maxWaiting) this.#waiting.push([request, response]);
    else {
      response.writeHead(503, { 'retry-after': '1', 'content-length': '0', connection: 'close' });
      response.end();
    }
  };

  /** From now on `handler` answers; first what has waited, in order. */
  open(handler: RequestListener): void {
    this.#handler = handler;
    for (const [request, response] of this.#waiting.splice(0)) {
      // Whoever has left is not answered any more.
      if (!response.destroyed) handler(request, response);
    }
  }
}
