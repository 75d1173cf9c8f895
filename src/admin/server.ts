/**
 * admin/server — the admin API on its unix socket.
 *
 * Loads nothing heavy until it is asked to start, and should be asked after the MCP port is open.
 */
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Closeable } from '../base/index.ts';
import type { AdminApp } from './app.ts';
import { listenOnSocket } from './listen.ts';
import type { AdminParts } from './ports.ts';

export interface AdminServerOptions extends AdminParts {
  readonly socketPath: string;
}

export interface AdminServer extends Closeable {
  readonly socketPath: string;
  /** The application behind the socket, to be put on another listener too. */
  readonly app: AdminApp;
  close(): Promise<void>;
}

/** Builds the admin application without a listener. Loads Fastify and zod. */
export async function loadAdminApp(parts: AdminParts): Promise<AdminApp> {
  const { buildAdminApp } = await import('./app.ts');
  return buildAdminApp(parts);
}

/**
 * Opens the admin API on `socketPath`.
 *
 * @throws admin.socket_taken when another daemon answers there, admin.socket_unusable
 */
export async function createAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const { socketPath } = options;
  const app = await loadAdminApp(options);
  const server = createServer(app.handle);
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
    app,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
