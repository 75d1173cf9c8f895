/**
 * sign-in/callback-listener — the small loopback server to which the browser returns after a sign-in.
 *
 * It listens on 127.0.0.1 only, on a stable port (providers compare redirect URIs), only while somebody needs it.
 * It answers GET on one path and nothing else. Every request passes the same door as those of clients: any web page and
 * any program of this machine can send one.
 *
 * Knows nothing of: states, codes, servers. `onCallback` decides what a callback means.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Logger, silentLogger } from '../base/index.ts';
import { createHttpServer, Door, type HttpRoute, RouteTable } from '../http/index.ts';
import { sendResultPage } from './public-routes.ts';
import type { ResultPage } from './result-page.ts';

export const callbackPath = '/oauth2redirect';
/** Registrations contain this port, so it must not change. */
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
  readonly #door: Door;
  readonly #logger: Logger;
  #server: Server | undefined;
  #port: number | undefined;
  #opening: Promise<number> | undefined;

  constructor(
    onCallback: (parameters: URLSearchParams) => Promise<ResultPage>,
    logger: Logger = silentLogger,
  ) {
    this.#logger = logger;
    const callback: HttpRoute = {
      path: callbackPath,
      policy: {
        name: 'oauth-callback',
        auth: 'public',
        rate: 'page',
        methods: ['GET'],
        bodyCapBytes: 0,
        contentTypes: [],
        // A browser comes here from the provider's page.
        allowsNavigation: true,
      },
      async handle(exchange) {
        sendResultPage(exchange, await onCallback(new URLSearchParams(exchange.query)));
      },
    };
    this.#door = new Door({
      routes: new RouteTable([callback]),
      // A page on another name that resolves to 127.0.0.1 has no business here.
      hosts: () => new Set([`127.0.0.1:${this.#port}`]),
      origins: () => new Set(),
      authenticate: () => undefined,
      logger,
    });
  }

  get port(): number | undefined {
    return this.#port;
  }

  /**
   * Listens on the first free port of `ports` (0 = any). While it is open, every caller gets the same port.
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
      // The pages are short. No client may keep the listener open longer.
      setTimeout(() => server.closeAllConnections(), 1_000).unref();
    });
  }

  async #listenOnFirst(ports: readonly number[]): Promise<number> {
    let lastError: unknown = new Error('no port to listen on');
    for (const port of ports) {
      const server = createHttpServer(this.#door.handle, this.#logger, {
        maxHeaderSize: 16 * 1024,
        headersTimeout: 5_000,
        requestTimeout: 5_000,
        requireHostHeader: false,
      });
      server.maxRequestsPerSocket = 1;
      server.maxConnections = 16;
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
      // An open sign-in does not keep the daemon running.
      server.unref();
      this.#server = server;
      this.#port = (server.address() as AddressInfo).port;
      return this.#port;
    }
    throw lastError;
  }
}
