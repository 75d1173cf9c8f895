/**
 * sign-in/probe — asks a server, without a token, what it wants: one request, of which only the head is read.
 *
 * It goes to the URL the person typed, so safe-fetch's rules for named URLs do not apply; redirects are not followed.
 * The request is a `ping`, which opens no session anywhere.
 */
import type { OAuthServer } from './oauth-server.ts';

export interface ProbeAnswer {
  readonly status: number;
  readonly wwwAuthenticate: string | undefined;
  readonly location: string | undefined;
}

const timeoutMs = 10_000;

/** @throws the socket's error when the server cannot be reached in time */
export async function probeServer(server: OAuthServer): Promise<ProbeAnswer> {
  const url = new URL(server.url);
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const body = JSON.stringify({ jsonrpc: '2.0', id: 'mcpmux-probe', method: 'ping' });
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(server.headers ?? {})) headers[name] = value.reveal();
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
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
