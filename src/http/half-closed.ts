/**
 * http/half-closed — a client that has closed its half of a connection still gets the answer it waits for.
 *
 * The end of its half looks the same whether it still reads or has gone: TCP tells the difference only when something is
 * written. So while an answer is open, something harmless is written now and then: `100 Continue` before the head of the
 * answer, a comment on an event stream. When the client has gone, its system answers with a reset, the answer is closed
 * and the call is cancelled.
 * Knows nothing of: what is answered.
 *
 * @see RFC 9112 §9.6 (a client may close its half), RFC 9110 §15.2 (a client must bear interim answers)
 */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { openAnswerOf } from './raw-sockets.ts';

/** The first write finds out, the second one notices; later ones are for those that leave later. */
const signsAfterMs = [0, 20, 200, 1_000] as const;
const furtherSignsEveryMs = 3_000;

const signs = new WeakMap<ServerResponse, () => void>();

/** How to write something harmless on an answer whose head has been sent. */
export function setSignOfLife(response: ServerResponse, sign: () => void): void {
  signs.set(response, sign);
}

/** Makes `server` answer on half-closed connections. */
export function answerHalfClosed(server: Server): void {
  // As old as Node's HTTP server, though its documentation does not name it; without it Node drops the open answers.
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  server.on('connection', (socket) => socket.once('end', () => probe(socket, 0)));
}

function probe(socket: Socket, attempt: number): void {
  const timer = setTimeout(() => {
    const answer = openAnswerOf(socket);
    // Without an open answer Node has ended its own half.
    if (socket.destroyed || answer === undefined) return;
    if (answer.headersSent) signs.get(answer)?.();
    // An HTTP/1.0 client bears no interim answer: that it has gone is noticed with the answer itself.
    else if (answer.req.httpVersionMinor > 0) answer.writeContinue();
    probe(socket, attempt + 1);
  }, signsAfterMs[attempt] ?? furtherSignsEveryMs);
  timer.unref();
}
