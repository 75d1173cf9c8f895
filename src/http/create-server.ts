/**
 * http/create-server — makes every HTTP server of the daemon, so that nothing a client sends can end the process.
 *
 * - Whatever a listener of a request or of its answer throws ends that request: 400 when its input could not be parsed,
 *   else 500; an answer that has begun is cut.
 * - Sockets that Node hands over raw get an error listener before their answer (raw-sockets).
 * - Clients that have closed their half get their answer (half-closed).
 *
 * Knows nothing of: routes, where it listens.
 */
import { createServer, IncomingMessage, type Server, type ServerOptions, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { describeError, type Logger } from '../base/index.ts';
import { answerHalfClosed } from './half-closed.ts';
import { answerRawSockets } from './raw-sockets.ts';
import { discardBody } from './read-body.ts';
import { refusalOfThrown } from './refusal.ts';
import { sendRefusal } from './respond.ts';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** PEM texts. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** A server that listens nowhere yet. With `tls` it speaks https. */
export function createHttpServer(
  handler: RequestHandler,
  logger: Logger,
  options: ServerOptions = {},
  tls?: TlsFiles,
): Server {
  const fail = (error: unknown, request: IncomingMessage, response: ServerResponse | undefined): void => {
    logger.error({ error, method: request.method }, `a request failed: ${describeError(error)}`);
    if (response === undefined || response.headersSent || response.destroyed) {
      request.socket.destroy();
      return;
    }
    try {
      sendRefusal(response, refusalOfThrown(error), 'problem');
      discardBody(request);
    } catch {
      // What is left of it cannot be answered; the connection goes.
      request.socket.destroy();
    }
  };
  class GuardedRequest extends IncomingMessage {
    answer: ServerResponse | undefined = undefined;

    override emit(event: string | symbol, ...values: unknown[]): boolean {
      try {
        return super.emit(event, ...values);
      } catch (error) {
        fail(error, this, this.answer);
        return true;
      }
    }
  }
  class GuardedResponse extends ServerResponse<GuardedRequest> {
    override emit(event: string | symbol, ...values: unknown[]): boolean {
      try {
        return super.emit(event, ...values);
      } catch (error) {
        fail(error, this.req, this);
        return true;
      }
    }
  }
  const guarded = (request: GuardedRequest, response: ServerResponse): void => {
    request.answer = response;
    try {
      handler(request, response);
    } catch (error) {
      fail(error, request, response);
    }
  };
  const all = { ...options, IncomingMessage: GuardedRequest, ServerResponse: GuardedResponse };
  const server = (tls === undefined
    ? createServer<typeof GuardedRequest, typeof GuardedResponse>(all, guarded)
    : createTlsServer<typeof GuardedRequest, typeof GuardedResponse>(
        { ...all, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: 10_000 },
        guarded,
      )) as unknown as Server;
  // Node would answer `100 Continue` before anybody has judged the head.
  server.on('checkContinue', guarded as RequestHandler);
  // With no descriptor left accept() fails; without a listener that would be an error that nobody catches.
  server.on('error', (error) => {
    if (server.listening) logger.warn({ error: describeError(error) }, 'a connection could not be accepted');
  });
  answerRawSockets(server);
  answerHalfClosed(server);
  return server;
}
