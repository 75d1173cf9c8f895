/**
 * http/raw-sockets — answers on sockets that Node hands over raw: 'connect', 'upgrade' and 'clientError'.
 *
 * Node takes its own listeners off such a socket, the one for errors too: from then on a reset by the peer is an error
 * that nobody catches, and it ends the process. So here the error listener comes first, then the answer, then the end.
 * A peer that does not close its half is cut.
 * Knows nothing of: requests that Node could read.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { methodNotAllowed, type Refusal, refusalBody, refusals } from './refusal.ts';

/** So long the peer may take to read the answer and to close its half. */
const lingerMs = 1_000;
/** What it sends meanwhile is thrown away; one that goes on beyond this is cut. */
const discardedBytesAtMost = 1024 * 1024;

/**
 * Answers what never becomes a request.
 *
 * There is no listener for 'upgrade': without one Node serves such a request as an ordinary one, which RFC 9110 §7.8
 * allows, and the socket is never handed over.
 */
export function answerRawSockets(server: Server): void {
  const answered = new WeakSet<Duplex>();
  const answer = (socket: Duplex, refusal: Refusal): void => {
    // More bytes of the same peer are more errors.
    if (answered.has(socket)) return;
    answered.add(socket);
    endWith(socket, refusal);
  };
  server.on('connect', (_request, socket) => answer(socket, methodNotAllowed(['GET', 'POST', 'DELETE'])));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
    answer(socket, clientErrorRefusal(error.code)),
  );
}

/** The answer that is under way on a socket. Node's own default for 'clientError' looks at the same property. */
export function openAnswerOf(socket: Duplex): ServerResponse<IncomingMessage> | undefined {
  return (
    (socket as { readonly _httpMessage?: ServerResponse<IncomingMessage> | null })._httpMessage ?? undefined
  );
}

function endWith(socket: Duplex, refusal: Refusal): void {
  socket.on('error', () => socket.destroy());
  if (!socket.writable || mustNotWrite(socket)) {
    socket.destroy();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
  // Bytes that nobody reads would make the system reset the connection before the answer is read.
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > discardedBytesAtMost) socket.destroy();
  });
  socket.end(answerText(refusal));
}

/** Is an earlier request still to be answered? Ours would be read as its answer, or stand in the middle of it. */
function mustNotWrite(socket: Duplex): boolean {
  const open = openAnswerOf(socket);
  return open !== undefined && (open.headersSent || open.req.complete);
}

function clientErrorRefusal(code: string | undefined): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') return refusals.headTooLarge;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return refusals.timedOut;
  return code === 'HPE_PAUSED_H2_UPGRADE' ? refusals.unknownVersion : refusals.malformed;
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

function answerText(refusal: Refusal): string {
  const { type, text } = refusalBody(refusal, 'problem');
  const more = refusal.headers ?? [];
  let head = `HTTP/1.1 ${refusal.status} ${reasons[refusal.status]}\r\nConnection: close\r\n`;
  for (let at = 0; at < more.length; at += 2) head += `${more[at]}: ${more[at + 1]}\r\n`;
  head += `X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nContent-Type: ${type}\r\n`;
  return `${head}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}
