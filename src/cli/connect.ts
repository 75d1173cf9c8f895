/**
 * cli/connect — the admin client over the daemon's unix socket.
 */
import { request } from 'node:http';
import { AdminClient, type AdminResponse, type AdminSend } from '../contract/index.ts';
import { cliError } from './errors.ts';

/** An AdminClient for the daemon at `place`, which is looked for with the first call. */
export function connectAdmin(place: () => Promise<SocketLocation>, space?: string): AdminClient {
  return new AdminClient(async (asked) => createSocketSend(await place())(asked), space);
}

export interface SocketLocation {
  readonly socketPath: string;
  readonly dataDir: string;
}

/** @throws cli.daemon_not_running, cli.daemon_not_reachable, cli.daemon_gone */
export function createSocketSend({ socketPath, dataDir }: SocketLocation): AdminSend {
  return ({ method, path, headers, body, signal }) =>
    new Promise<AdminResponse>((resolve, reject) => {
      const outgoing = request({
        socketPath,
        method,
        path,
        agent: false,
        headers: {
          host: 'localhost',
          ...headers,
          ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        },
        ...(signal === undefined ? {} : { signal }),
      });
      outgoing.once('response', (incoming) => {
        incoming.setEncoding('utf8');
        resolve({ status: incoming.statusCode ?? 0, chunks: readChunks(incoming, signal) });
      });
      outgoing.once('error', (cause: NodeJS.ErrnoException) => {
        if (signal?.aborted === true) reject(cliError('interrupted', {}, cause));
        else if (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED') {
          reject(cliError('daemon_not_running', { dataDir }, cause));
        } else if (cause.code === 'ECONNRESET' || cause.code === 'EPIPE') {
          reject(cliError('daemon_gone', {}, cause));
        } else reject(cliError('daemon_not_reachable', { path: socketPath, reason: cause.message }, cause));
      });
      outgoing.end(body);
    });
}

async function* readChunks(
  incoming: AsyncIterable<string>,
  signal: AbortSignal | undefined,
): AsyncIterable<string> {
  try {
    for await (const chunk of incoming) yield chunk;
  } catch (cause) {
    throw signal?.aborted === true ? cliError('interrupted', {}, cause) : cliError('daemon_gone', {}, cause);
  }
}
