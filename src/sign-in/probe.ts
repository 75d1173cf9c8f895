/**
 * sign-in/probe — asks a server what it wants, without a token or with one: one request, of which only the head is read.
 *
 * The person typed this URL, so the rules of safe-fetch do not apply. Redirects are not followed. The request is a `ping`,
 * which opens no session.
 */
import type { Secret } from '../base/index.ts';
import { checkHeaders, connectionProblem, transportError } from '../transports/index.ts';
import type { OAuthServer } from './oauth-server.ts';

export interface ProbeAnswer {
  readonly status: number;
  readonly wwwAuthenticate: string | undefined;
  readonly location: string | undefined;
}

const timeoutMs = 10_000;

/** @throws transports.bad_header, or why the server cannot be reached in the words of its wire */
export async function probeServer(server: OAuthServer, token?: Secret): Promise<ProbeAnswer> {
  // The wires make the same check.
  checkHeaders(server.headers ?? {});
  const url = new URL(server.url);
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const body = JSON.stringify({ jsonrpc: '2.0', id: 'mcpmux-probe', method: 'ping' });
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(server.headers ?? {})) headers[name] = value.reveal();
  if (token !== undefined) headers['authorization'] = `Bearer ${token.reveal()}`;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: 'POST',
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          ...headers,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'accept-encoding': 'identity',
          'content-length': Buffer.byteLength(body),
        },
      },
      (incoming) => {
        const { 'www-authenticate': wwwAuthenticate, location } = incoming.headers;
        resolve({ status: incoming.statusCode ?? 0, wwwAuthenticate, location });
        incoming.destroy();
      },
    );
    outgoing.once('error', (error) => {
      const isLate = error.name === 'AbortError' || error.name === 'TimeoutError';
      const reason = `${url.host} did not answer within ${timeoutMs / 1000} s`;
      const hint = 'check the URL, and whether the server is busy';
      reject(
        isLate
          ? transportError('unreachable', { server: server.name, reason, hint }, error)
          : connectionProblem(server.name, url, error, false),
      );
    });
    outgoing.end(body);
  });
}
