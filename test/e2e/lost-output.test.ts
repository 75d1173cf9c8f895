/**
 * e2e/lost-output — the terminal, pipe or device that the program writes to goes away while it runs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually, withDeadline } from '../support/deadline.ts';
import { adminOverSocket, freePort } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';

const program = repositoryPath('bin/mcpmux.mjs');
/** util-linux gives a command a terminal with it; other systems have another one of that name. */
const hasPty = process.platform === 'linux' && existsSync('/usr/bin/script');
const hasFullDevice = process.platform === 'linux' && existsSync('/dev/full');

let root: string;
const live = new Set<ChildProcess>();

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-lost-')));
});
afterEach(() => {
  for (const child of live) {
    try {
      process.kill(-Number(child.pid), 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
  live.clear();
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface Started {
  readonly child: ChildProcess;
  readonly socketPath: string;
  readonly logFile: string;
  readonly exited: Promise<number | null>;
  /** Of the daemon itself, which may be a child of the child. */
  readonly pid: number;
}

let count = 0;

/** A daemon whose admin API answers. */
async function start(command: string, args: readonly string[]): Promise<Started> {
  count += 1;
  const dataDir = join(root, `data-${count}`);
  const socketPath = join(root, `${count}.sock`);
  const child = spawn(command, [...args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      MCPMUX_DATA_DIR: dataDir,
      MCPMUX_SOCKET: socketPath,
      MCPMUX_PORT: String(await freePort()),
      MCPMUX_KEY_SOURCE: 'file',
      MCPMUX_LOG_LEVEL: 'debug',
    },
  });
  live.add(child);
  child.stdin?.on('error', () => {});
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const status = await eventually(
    'the admin API',
    () =>
      adminOverSocket(socketPath)
        .getStatus()
        .catch(() => undefined),
    { timeoutMs: 15_000 },
  );
  return { child, socketPath, logFile: join(dataDir, 'logs', 'mcpmux.log'), exited, pid: status.pid };
}

const daemonCommand = [process.execPath, [program, 'start']] as const;

describe('R1 a daemon whose output nobody reads any more', () => {
  it.each([
    ['stdout', (child: ChildProcess) => child.stdout?.destroy()],
    ['stderr', (child: ChildProcess) => child.stderr?.destroy()],
    [
      'both',
      (child: ChildProcess) => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      },
    ],
  ])('R1 goes on and logs to its file when %s is a closed pipe', async (_, close) => {
    const { child, socketPath, logFile, exited, pid } = await start(...daemonCommand);
    close(child);
    const admin = adminOverSocket(socketPath);
    // A failure inside is a line of the log, and the line of a failed write was a failure inside.
    await expect(admin.getServer('nobody')).rejects.toThrow('no server');
    expect((await admin.getStatus()).pid).toBe(pid);
    child.kill('SIGTERM');
    expect(await withDeadline(exited, 20_000, 'it did not stop')).toBe(0);
    const log = await readFile(logFile, 'utf8');
    expect(log).toContain('"message":"stopping"');
    expect(log).not.toContain('nobody caught');
  });

  it('R1 goes on when the reader leaves while it starts (mcpmux start | head -1)', async () => {
    const { child, socketPath, exited, pid } = await start('/bin/sh', [
      '-c',
      `'${process.execPath}' '${program}' start 2>&1 | head -n 1`,
    ]);
    expect((await adminOverSocket(socketPath).getStatus()).pid).toBe(pid);
    await adminOverSocket(socketPath).stopDaemon();
    expect(await withDeadline(exited, 20_000, 'it did not stop')).toBe(0);
    expect(child.exitCode).toBe(0);
  });

  it.skipIf(!hasPty)('R1 stops as with SIGTERM when its terminal is closed', async () => {
    const { child, logFile, pid } = await start('/usr/bin/script', [
      '-qec',
      `'${process.execPath}' '${program}' start`,
      '/dev/null',
    ]);
    // The terminal's other end goes without a word, as when a window is closed or a connection drops.
    child.kill('SIGKILL');
    await eventually(
      'the end of the daemon',
      () => {
        try {
          process.kill(pid, 0);
          return undefined;
        } catch {
          return true;
        }
      },
      { timeoutMs: 20_000 },
    );
    const log = await readFile(logFile, 'utf8');
    expect(log).toContain('"message":"stopping: the terminal was closed"');
    expect(log).not.toContain('nobody caught');
    // Nothing is left that says it would still run.
    expect(await readdir(join(logFile, '..', '..'))).not.toContain('daemon.json');
  });
});

describe('a command whose output nobody takes', () => {
  it.skipIf(!hasFullDevice)('R107 says in one line that a device is full', async () => {
    const run = (tail: string): Promise<{ code: number | null; err: string }> =>
      new Promise((resolve) => {
        const child = spawn('/bin/sh', ['-c', `'${process.execPath}' '${program}' help exit-codes ${tail}`], {
          detached: true,
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        live.add(child);
        let err = '';
        child.stderr.on('data', (chunk: Buffer) => {
          err += chunk.toString();
        });
        child.once('close', (code) => resolve({ code, err }));
      });
    expect(await run('>/dev/full')).toEqual({
      code: 1,
      err: 'mcpmux: the output cannot be written: no space is left on its device\n',
    });
    expect(await run('| true')).toEqual({ code: 0, err: '' });
    expect((await run('>/dev/null 2>/dev/full')).code).toBe(0);
  });
});
