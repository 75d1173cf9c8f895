/**
 * bench/suites/start — how soon a client can connect, and how soon thirty servers over stdio are ready.
 *
 * The thirty are compared with spawning the same programs bare, all at once, until each has said its tools.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { adminOverSocket, freePort, startGateway } from '../../test/support/gateway.ts';
import { pause } from '../load/drive.ts';
import { StdioFloor } from '../load/lanes.ts';
import { findTool, openSession } from '../load/sessions.ts';
import { processFile } from '../targets/target.ts';
import { type Figure, lowest } from './rounds.ts';

export interface StartFigures {
  readonly bareNodeMs: Figure;
  readonly portOpenMs: Figure;
  readonly servers: number;
  readonly bareServersMs: Figure;
  readonly serversReadyMs: Figure;
}

const program =
  process.env['MCPMUX_BENCH_PROGRAM'] ?? fileURLToPath(new URL('../../bin/mcpmux.mjs', import.meta.url));

export async function measureStart(options: {
  readonly rounds: number;
  readonly servers: number;
  readonly progress?: (text: string) => void;
}): Promise<StartFigures> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-start-'));
  try {
    await installServers(dataDir, options.servers);
    const emptyDir = join(dataDir, 'empty');
    // The first start of all makes keys and tables; every later one is what a person waits for.
    await startOnce(emptyDir, 0);
    const bareNode: number[] = [];
    const portOpen: number[] = [];
    const bareServers: number[] = [];
    const serversReady: number[] = [];
    for (let round = 1; round <= options.rounds; round += 1) {
      options.progress?.(`start · round ${round} of ${options.rounds}`);
      bareNode.push(await startBareNode());
      portOpen.push((await startOnce(emptyDir, 0)).portOpenMs);
      bareServers.push(await spawnBare(options.servers));
      serversReady.push((await startOnce(join(dataDir, 'full'), options.servers)).serversReadyMs);
    }
    return {
      bareNodeMs: lowest(bareNode),
      portOpenMs: lowest(portOpen),
      servers: options.servers,
      bareServersMs: lowest(bareServers),
      serversReadyMs: lowest(serversReady),
    };
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function installServers(dataDir: string, count: number): Promise<void> {
  const fullDir = join(dataDir, 'full');
  await mkdir(fullDir);
  const gateway = await startGateway({
    dataDir: fullDir,
    flags: ['--no-auth'],
    env: { MCPMUX_KEY_SOURCE: 'file' },
    startTimeoutMs: 60_000,
    program,
  });
  for (let number = 1; number <= count; number += 1) {
    await gateway.admin.addServer({
      name: `echo ${number}`,
      alias: `echo${number}`,
      launch: { kind: 'stdio', command: process.execPath, args: [processFile('echo-stdio.mjs')] },
    });
  }
  await untilConnected(gateway.socketPath, count);
  // What was learned of the servers' eras is stored a moment later.
  await pause(3_000);
  await gateway.stop();
}

/** Bare Node.js that opens a port: what no daemon can beat. */
async function startBareNode(): Promise<number> {
  const port = await freePort();
  const startedAt = performance.now();
  const child = spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { createServer } from 'node:http'; createServer().listen(${port}, '127.0.0.1');`,
  ]);
  await untilOpen(port, child);
  const openMs = performance.now() - startedAt;
  child.kill('SIGKILL');
  return openMs;
}

async function startOnce(
  dataDir: string,
  servers: number,
): Promise<{ readonly portOpenMs: number; readonly serversReadyMs: number }> {
  const port = await freePort();
  const socketPath = join(dataDir, 'admin.sock');
  const startedAt = performance.now();
  const child = spawn(process.execPath, [program, 'start', '--no-auth'], {
    stdio: 'ignore',
    env: {
      ...process.env,
      MCPMUX_DATA_DIR: dataDir,
      MCPMUX_PORT: String(port),
      MCPMUX_SOCKET: socketPath,
      MCPMUX_KEY_SOURCE: 'file',
    },
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    await untilOpen(port, child);
    const portOpenMs = performance.now() - startedAt;
    if (servers > 0) await untilConnected(socketPath, servers);
    return { portOpenMs, serversReadyMs: performance.now() - startedAt };
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}

async function untilOpen(port: number, child: ChildProcess): Promise<void> {
  const endsAt = performance.now() + 60_000;
  while (performance.now() < endsAt) {
    if (child.exitCode !== null)
      throw new Error(`the program ended with ${child.exitCode} before its port was open`);
    if (await isOpen(port)) return;
    await pause(2);
  }
  throw new Error('the port was not open within 60 s');
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function untilConnected(socketPath: string, count: number): Promise<void> {
  const endsAt = performance.now() + 120_000;
  let connected = 0;
  while (performance.now() < endsAt) {
    try {
      const { servers } = await adminOverSocket(socketPath).listServers();
      connected = servers.filter((server) => server.state.status === 'connected').length;
      if (connected === count) return;
    } catch {
      // The admin socket opens after the port.
    }
    await pause(10);
  }
  throw new Error(`only ${connected} of ${count} servers were connected within 120 s`);
}

/** All at once, each initialised and listed. */
async function spawnBare(count: number): Promise<number> {
  const startedAt = performance.now();
  const floors = Array.from(
    { length: count },
    () => new StdioFloor(process.execPath, [processFile('echo-stdio.mjs')]),
  );
  try {
    await Promise.all(
      floors.map(async (floor) => {
        const session = await openSession({ era: 'legacy', url: 'stdio:' }, floor.lane());
        await findTool(session, 'legacy', 'echo');
      }),
    );
    return performance.now() - startedAt;
  } finally {
    for (const floor of floors) floor.close();
  }
}
