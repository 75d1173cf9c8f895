/**
 * admin/server — the admin API on its unix socket.
 *
 * The application behind it takes a third of a second and twenty megabytes to load, so it is loaded for the first request:
 * a daemon that only serves clients never has it.
 */
import { rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Closeable, describeError } from '../base/index.ts';
import { createHttpServer } from '../http/index.ts';
import type { AdminApp } from './app.ts';
import { listenOnSocket } from './listen.ts';
import type { AdminParts } from './ports.ts';

export interface AdminServerOptions extends AdminParts {
  readonly socketPath: string;
}

export interface AdminServer extends Closeable {
  readonly socketPath: string;
  /** Answers a request that another door has let in. */
  serve(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

/** The admin application, loaded when the first request comes. */
class LazyApp {
  readonly #parts: AdminParts;
  #app: AdminApp | undefined;
  #loading: Promise<AdminApp> | undefined;
  #isClosed = false;

  constructor(parts: AdminParts) {
    this.#parts = parts;
  }

  /** Of the socket, where nobody has answered `Expect` yet. */
  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.headers.expect !== undefined) response.writeContinue();
    this.serve(request, response);
  };

  readonly serve = (request: IncomingMessage, response: ServerResponse): void => {
    if (this.#app !== undefined) {
      this.#app.handle(request, response);
      return;
    }
    this.#load()
      .then((app) => app.handle(request, response))
      .catch((error: unknown) => {
        this.#parts.logger.error({ error: describeError(error) }, 'the admin API cannot be loaded');
        response.destroy();
      });
  };

  async #load(): Promise<AdminApp> {
    if (this.#isClosed) throw new Error('the daemon is stopping');
    this.#loading ??= import('./app.ts').then(({ buildAdminApp }) => buildAdminApp(this.#parts));
    this.#app = await this.#loading;
    return this.#app;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const app = await this.#loading?.catch((): undefined => {
      // Nothing came of it, so there is nothing to close.
    });
    await app?.close();
  }
}

/**
 * Opens the admin API on `socketPath`.
 *
 * @throws admin.socket_taken when another daemon answers there, admin.socket_unusable
 */
export async function createAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const { socketPath } = options;
  const app = new LazyApp(options);
  const server = createHttpServer(app.handle, options.logger);
  // Streams and refreshes take as long as they take; the other end is this user.
  server.requestTimeout = 0;
  try {
    await listenOnSocket(server, socketPath);
  } catch (error) {
    await app.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await app.close();
    server.closeIdleConnections();
    // Whoever has not left after the streams were ended is cut off.
    const cut = setTimeout(() => server.closeAllConnections(), 500);
    await closed;
    clearTimeout(cut);
    rmSync(socketPath, { force: true });
  };
  return {
    socketPath,
    serve: app.serve,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
