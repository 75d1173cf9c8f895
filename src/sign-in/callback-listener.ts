/**
 * sign-in/callback-listener — the small loopback server to which the browser returns after a sign-in.
 *
 * It listens on 127.0.0.1 only, on a stable port (providers compare redirect URIs), and only while a sign-in is open.
 * It answers GET on one path and nothing else. Any program and any web page can reach it, so no request may throw
 * out of it.
 *
 * Knows nothing of: states, codes, servers. `onCallback` decides what a callback means.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ResultPage } from './result-page.ts';

export const callbackPath = '/oauth2redirect';
/** Ours since the first release; a registration names it, so it stays. */
export const defaultCallbackPort = 45819;

export function callbackUri(port: number): string {
  return `http://127.0.0.1:${port}${callbackPath}`;
}

/** The port of one of our loopback redirect URIs; undefined for any other URI. */
export function portOfCallbackUri(uri: string | undefined): number | undefined {
  const match = /^http:\/\/127\.0\.0\.1:(\d{1,5})\/oauth2redirect$/.exec(uri ?? '');
  return match === null ? undefined : Number(match[1]);
}

export class CallbackListener {
  readonly #onCallback: (parameters: URLSearchParams) => Promise<ResultPage>;
  #server: Server | undefined;
  #port: number | undefined;
  #opening: Promise<number> | undefined;

  constructor(onCallback: (parameters: URLSearchParams) => Promise<ResultPage>) {
    this.#onCallback = onCallback;
  }

  get port(): number | undefined {
    return this.#port;
  }

  /**
   * Listens on the first of `ports` that is free (0 = any); once open, the same port for everybody until closed.
   *
   * @returns the port
   * @throws  the last system error when none is free
   */
  open(ports: readonly number[]): Promise<number> {
    if (this.#port !== undefined) return Promise.resolve(this.#port);
    this.#opening ??= this.#listenOnFirst(ports).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    const server = this.#server;
    this.#server = undefined;
    this.#port = undefined;
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
      // Answers being written are short; nobody may hold us open beyond them.
      setTimeout(() => server.closeAllConnections(), 1_000).unref();
    });
  }

  async #listenOnFirst(ports: readonly number[]): Promise<number> {
    const { createServer } = await import('node:http');
    let lastError: unknown = new Error('no port to listen on');
    for (const port of ports) {
      const server = createServer({ maxHeaderSize: 16 * 1024, headersTimeout: 5_000, requestTimeout: 5_000 });
      server.maxRequestsPerSocket = 1;
      server.maxConnections = 16;
      server.on('request', (request, response) => {
        try {
          this.#answer(request, response, this.#port ?? port);
        } catch {
          // A throw in this listener would end the daemon. One bad request costs itself only.
          send(request, response, bare(400));
        }
      });
      try {
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject);
          server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
            server.off('error', reject);
            resolve();
          });
        });
      } catch (error) {
        lastError = error;
        continue;
      }
      // The daemon's life does not depend on an open sign-in.
      server.unref();
      server.on('error', () => {});
      this.#server = server;
      this.#port = (server.address() as { port: number }).port;
      return this.#port;
    }
    throw lastError;
  }

  #answer(request: IncomingMessage, response: ServerResponse, port: number): void {
    const reply = (page: ResultPage) => send(request, response, page);
    // A page on another name that resolves to 127.0.0.1 has no business here.
    if (request.headers.host !== `127.0.0.1:${port}`) return reply(bare(421));
    const target = readTarget(request.url ?? '');
    if (target === undefined) return reply(bare(400));
    if (target.path !== callbackPath) return reply(bare(404));
    if (request.method !== 'GET') return reply(bare(405));
    this.#onCallback(target.parameters)
      .catch(() => bare(500))
      .then(reply)
      .catch(() => response.destroy());
  }
}

/**
 * Path and parameters of a request target. Nothing in here throws, whatever was sent: `new URL` would, for `//` already.
 *
 * @returns undefined for a target that is not a path (RFC 9112, section 3.2.1)
 */
function readTarget(target: string): { path: string; parameters: URLSearchParams } | undefined {
  if (!target.startsWith('/')) return undefined;
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return { path, parameters: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)) };
}

function bare(status: number): ResultPage {
  return { status, headers: { 'content-type': 'text/plain' }, html: '' };
}

function send(request: IncomingMessage, response: ServerResponse, page: ResultPage): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(page.status, { ...page.headers, connection: 'close' });
  response.end(request.method === 'HEAD' ? undefined : page.html);
}
