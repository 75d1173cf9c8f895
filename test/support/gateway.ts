/**
 * support/gateway — starts the built daemon for one test: own data folder, own port, gone afterwards without a trace.
 *
 * In: what servers it shall have. Out: its URL, a key, the admin API, the command line.
 * Knows nothing of: the daemon's insides; it uses what a person has: the command, the socket, the port.
 */
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  type AddServerBody,
  AdminClient,
  type AdminSend,
  type ServerDetailDto,
} from '../../src/contract/index.ts';
import { readDaemonRecord } from '../../src/daemon/index.ts';
import { Child, type ChildExit, runChild } from './child.ts';
import { eventually } from './deadline.ts';
import { repositoryPath } from './paths.ts';

const PROGRAM = repositoryPath('bin/mcpmux.mjs');
const SETTLE_TIMEOUT_MS = 20_000;

export interface GatewayOptions {
  readonly servers?: readonly AddServerBody[];
  /** More arguments for `mcpmux start`. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A data folder to start on again. It is kept; without one, a new folder is made and removed. */
  readonly dataDir?: string;
  readonly port?: number;
  readonly startTimeoutMs?: number;
  /** False: does not wait until the servers are connected. */
  readonly waitForServers?: boolean;
  /** Another build's `mcpmux.mjs`, to be measured beside this one. */
  readonly program?: string;
}

export interface CommandOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Gateway {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** The client key of this machine. */
  readonly key: string;
  /** What a client has to send with each request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly admin: AdminClient;
  readonly socketPath: string;
  readonly pid: number;
  /** The URL of one server with its own names, or of all of them. */
  mcpUrl(alias?: string): string;
  /** Adds a server and waits until it is connected or has failed. */
  addServer(body: AddServerBody): Promise<ServerDetailDto>;
  /** Runs `mcpmux <args>` against this daemon. */
  cli(args: readonly string[], options?: { readonly input?: string }): Promise<CommandOutcome>;
  /** What the daemon has written to stderr so far. */
  log(): string;
  /** Stops the daemon as a person would and removes its folder. Fails when it does not end cleanly. */
  stop(): Promise<void>;
  /** Resolves when the daemon has ended, for whatever reason. */
  readonly exited: Promise<ChildExit>;
  /** Ends the daemon without warning; the folder stays when it was given. */
  kill(): Promise<ChildExit>;
}

/** Starts a daemon and waits until it answers. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const dataDir = options.dataDir ?? (await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-test-'))));
  const port = options.port ?? (await freePort());
  const socketPath =
    process.platform === 'win32' ? `\\\\.\\pipe\\${basename(dataDir)}` : join(dataDir, 'admin.sock');
  const env = {
    ...cleanEnvironment(),
    MCPMUX_DATA_DIR: dataDir,
    MCPMUX_PORT: String(port),
    MCPMUX_SOCKET: socketPath,
    NO_COLOR: '1',
    ...options.env,
  };
  const program = options.program ?? PROGRAM;
  const child = new Child({
    command: process.execPath,
    args: [program, 'start', ...(options.flags ?? [])],
    env,
    cwd: dataDir,
  });
  const removeFolder = async () => {
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
  };
  const url = `http://127.0.0.1:${port}`;

  try {
    await waitUntilLive(child, url, options.startTimeoutMs ?? 15_000);
    const key = await eventually('the client key', () =>
      readFile(join(dataDir, 'client-key'), 'utf8').then(
        (text) => text.trim() || undefined,
        () => undefined,
      ),
    );
    const socketPath = await eventually(
      'the admin socket',
      async () => (await readDaemonRecord(dataDir))?.socketPath,
    );
    const admin = adminOverSocket(socketPath);
    // The port opens before the admin socket does.
    await eventually('readiness', () =>
      // A locked store does not become ready by itself; the tests want to look at it.
      fetch(`${url}/readyz`).then(
        async (answer) => answer.ok || (await answer.text()).startsWith('locked') || undefined,
        () => undefined,
      ),
    );
    const gateway: Gateway = {
      url,
      port,
      dataDir,
      key,
      headers: { authorization: `Bearer ${key}` },
      admin,
      socketPath,
      pid: child.process.pid ?? -1,
      exited: child.exited,
      mcpUrl: (alias) => (alias === undefined ? `${url}/mcp` : `${url}/servers/${alias}/mcp`),
      async addServer(body) {
        const added = await admin.addServer(body);
        return admin.awaitServer(added.id, SETTLE_TIMEOUT_MS);
      },
      cli: (args, { input } = {}) =>
        runChild({
          command: process.execPath,
          args: [program, ...args],
          env,
          cwd: dataDir,
          ...(input === undefined ? {} : { input }),
        }),
      log: () => child.stderr,
      async stop() {
        const exit = await child.stop('SIGTERM');
        await removeFolder();
        if (exit.code !== 0) {
          throw new Error(
            `the daemon ended with ${exit.code ?? exit.signal}:\n${child.stderr.slice(-4_000)}`,
          );
        }
      },
      async kill() {
        child.killGroup('SIGKILL');
        const exit = await child.exited;
        await removeFolder();
        return exit;
      },
    };
    for (const server of options.servers ?? []) {
      if (options.waitForServers === false) await admin.addServer(server);
      else await gateway.addServer(server);
    }
    return gateway;
  } catch (error) {
    child.killGroup('SIGKILL');
    await child.exited;
    await removeFolder();
    throw error;
  }
}

/** Polls the port rather than the output: what clients see is what counts. */
async function waitUntilLive(child: Child, url: string, timeoutMs: number): Promise<void> {
  await eventually(
    'an answer of the daemon',
    async () => {
      if (child.exit !== undefined) {
        throw new Error(
          `the daemon ended with ${child.exit.code ?? child.exit.signal}:\n${child.stderr.slice(-4_000)}`,
        );
      }
      return (await isLive(url)) ? true : undefined;
    },
    { timeoutMs, everyMs: 15 },
  ).catch((error: unknown) => {
    throw new Error(
      `${error instanceof Error ? error.message : String(error)}\n${child.stderr.slice(-4_000)}`,
    );
  });
}

function isLive(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = httpRequest(`${url}/livez`, { timeout: 1_000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.end();
  });
}

/** Settings of the machine that runs the tests must not reach the daemon under test. */
function cleanEnvironment(): Record<string, undefined> {
  const names = Object.keys(process.env).filter((name) => name.startsWith('MCPMUX_'));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

/** A port that is free now. Somebody else may take it before the daemon does: rare enough to let the test fail. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

/** The admin API of a daemon that listens on `socketPath`. */
export function adminOverSocket(socketPath: string): AdminClient {
  return new AdminClient(sendOverSocket(socketPath));
}

/** Carries requests of an AdminClient over the admin socket. */
export function sendOverSocket(socketPath: string): AdminSend {
  return (request) =>
    new Promise((resolve, reject) => {
      const sent = httpRequest(
        {
          socketPath,
          method: request.method,
          path: request.path,
          headers: { host: 'localhost', ...request.headers },
          agent: false,
          ...(request.signal === undefined ? {} : { signal: request.signal }),
        },
        (response) => {
          response.setEncoding('utf8');
          resolve({ status: response.statusCode ?? 0, chunks: response as AsyncIterable<string> });
        },
      );
      sent.on('error', reject);
      sent.end(request.body);
    });
}
