/**
 * cli/commands/stdio — a server on stdin/stdout that is really the running daemon. stdout belongs to the protocol.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, isMcpMuxError } from '../../base/index.ts';
import type { Context } from '../context.ts';
import { cliError, toldFailure } from '../errors.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { nextLine } from '../status-text.ts';
import { runBridge } from '../stdio-bridge/bridge.ts';
import type { Endpoint } from '../stdio-bridge/exchange.ts';

export interface StdioOptions {
  /** Only this server, under its own tool names. */
  readonly server?: string;
  /** False with --no-start. */
  readonly start: boolean;
}

export async function run(context: Context, options: StdioOptions): Promise<number> {
  const { io } = context;
  refuseUnsendableKey(io.env['MCPMUX_KEY']);
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  // A script sees by the exit code that there never was anything to talk to.
  let failure: unknown;
  let wasThere = false;
  const find = async (): Promise<Endpoint> => {
    try {
      const endpoint = await findEndpoint(context, options);
      wasThere = true;
      return endpoint;
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  // A client that has closed its reading end is left in order: its session is ended.
  io.outliveOutput?.();
  // Said at once, not only with the first request: a client shows this when it says that the server does not start.
  find().catch((error: unknown) => {
    const { message, next } = toldFailure(error);
    context.tell(`mcpmux: ${message}${next === undefined ? '' : `\n  ${nextLine(next)}`}`);
  });
  try {
    await runBridge({
      find,
      input: io.stdin,
      write: (line) => writeLine(io, line),
      tell: (text) => context.tell(text),
      signal: stop.signal,
    });
  } finally {
    process.off('SIGTERM', end);
    process.off('SIGINT', end);
    // A client that was not the first to leave still holds its end open; that must not keep us here.
    (io.stdin as Partial<NodeJS.ReadStream>).destroy?.();
  }
  return wasThere || failure === undefined ? exitCodes.ok : exitCodeOf(toldFailure(failure));
}

/** @throws cli.daemon_not_running */
async function findEndpoint(context: Context, { server, start }: StdioOptions): Promise<Endpoint> {
  const { url } = await context.client.getStatus().catch(async (error: unknown) => {
    if (!start || !isMcpMuxError(error, 'cli.daemon_not_running')) throw error;
    const { ensureDaemon } = await import('../start-daemon.ts');
    await ensureDaemon(context);
    return context.client.getStatus();
  });
  const { dataDir } = await context.place();
  const { space } = context;
  const one = server === undefined ? undefined : await context.client.getServer(server);
  const slug = space === undefined ? undefined : (await context.client.getSpace(space)).slug;
  const within = slug ?? (one === undefined || one.reference === one.alias ? undefined : one.space);
  const path =
    one === undefined && within === undefined
      ? undefined
      : `${within === undefined ? '' : `/spaces/${within}`}${one === undefined ? '' : `/servers/${one.alias}`}/mcp`;
  return {
    folder: context.io.cwd(),
    url: path === undefined ? new URL(url) : new URL(path, url),
    key: await readKey(context, dataDir),
  };
}

/** A header takes no such characters, and no key has them. @throws cli.usage */
function refuseUnsendableKey(given = ''): void {
  if (/^[\x21-\x7e]*$/.test(given.trim())) return;
  throw cliError('usage', {
    message: 'MCPMUX_KEY has characters that are in no key: a blank, or a quote of a word processor?',
    hint: 'copy the key again, or make one: mcpmux key create NAME',
  });
}

/** MCPMUX_KEY, else the key that the daemon keeps for this machine; none when there is none, as with --no-auth. */
async function readKey(context: Context, dataDir: string): Promise<string | undefined> {
  const given = context.io.env['MCPMUX_KEY'];
  if (given !== undefined && given.trim() !== '') return given.trim();
  try {
    return (await readFile(join(dataDir, 'client-key'), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      context.tell(`mcpmux stdio: ${describeError(error)}`);
    return undefined;
  }
}

/** Waits when the client reads slowly, so that nothing piles up here. */
function writeLine(io: Io, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = io.stdout as NodeJS.WritableStream;
    const isTaken = stream.write(`${line}\n`, (error?: Error | null) => {
      if (error) reject(error);
      else if (!isTaken) resolve();
    });
    if (isTaken) resolve();
  });
}
