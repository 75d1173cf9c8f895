/**
 * e2e/stdio-bridge.test — `mcpmux stdio` as a client starts it: its exit codes, and a client that closes what it does not read.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDaemonRecord } from '../../src/daemon/index.ts';
import { runChild } from '../support/child.ts';
import { eventually } from '../support/deadline.ts';
import { freePort, type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { Inbox } from '../support/raw/inbox.ts';
import type { RpcMessage } from '../support/raw/wire.ts';

const program = repositoryPath('bin/mcpmux.mjs');
const initialize =
  '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}\n';
let gateway: Gateway;
let emptyFolder: string;

beforeAll(async () => {
  gateway = await startGateway();
  emptyFolder = await mkdtemp(join(tmpdir(), 'mcpmux-empty-'));
});
afterAll(async () => {
  await gateway.stop();
  await rm(emptyFolder, { recursive: true, force: true });
});

const bridge = (args: readonly string[], env: Record<string, string>, input = '') =>
  runChild({ command: process.execPath, args: [program, 'stdio', ...args], env, cwd: emptyFolder, input });

it.each([
  [
    'the daemon is not running',
    ['--no-start'],
    (): Record<string, string> => ({ MCPMUX_DATA_DIR: emptyFolder }),
    3,
  ],
  [
    'no server has that name',
    ['--server', 'nope'],
    () => ({ MCPMUX_DATA_DIR: gateway.dataDir, MCPMUX_SOCKET: gateway.socketPath }),
    4,
  ],
  ['a setting is wrong', [], () => ({ MCPMUX_DATA_DIR: emptyFolder, MCPMUX_PORT: 'abc' }), 2],
  ['all is well', [], () => ({ MCPMUX_DATA_DIR: gateway.dataDir, MCPMUX_SOCKET: gateway.socketPath }), 0],
] as const)('R104 ends with its promised exit code when %s', async (_, args, env, code) => {
  const outcome = await bridge(args, env(), initialize);
  expect([outcome.code, outcome.stderr]).toEqual([code, expect.any(String)]);
  // Whatever happened, the client got an answer.
  expect(JSON.parse(outcome.stdout.split('\n')[0] as string)).toMatchObject({ id: 1 });
});

it('R104 goes on when the client has closed its stderr', async () => {
  const child = spawn(process.execPath, [program, 'stdio'], {
    env: { ...process.env, MCPMUX_DATA_DIR: gateway.dataDir, MCPMUX_SOCKET: gateway.socketPath },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stderr.destroy();
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  // What has no answer is told on stderr, which nobody reads.
  child.stdin.write('{"jsonrpc":"2.0","method":"notifications/nonsense"}\n'.repeat(3));
  child.stdin.write(initialize);
  const deadline = setTimeout(() => child.kill('SIGKILL'), 20_000);
  while (!text.includes('"id":1')) await once(child.stdout, 'data');
  child.stdin.end();
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(deadline);
  expect(code).toBe(0);
});

describe('a bridge that finds no daemon', () => {
  let dataDir: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    dataDir = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-shim-')));
    env = {
      ...(process.env as Record<string, string>),
      HOME: dataDir,
      MCPMUX_DATA_DIR: dataDir,
      MCPMUX_PORT: String(await freePort()),
      MCPMUX_SOCKET: join(dataDir, 'admin.sock'),
      MCPMUX_KEY_SOURCE: 'file',
    };
  });
  afterAll(async () => {
    const record = await readDaemonRecord(dataDir);
    await runChild({ command: process.execPath, args: [program, 'stop'], env, cwd: dataDir });
    if (record !== undefined)
      await eventually('the end of the daemon', () => !isAlive(record.pid) || undefined);
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });

  const startShim = () => {
    const child = spawn(process.execPath, [program, 'stdio'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    const inbox = new Inbox<RpcMessage>();
    createInterface({ input: child.stdout }).on('line', (line) => inbox.push(JSON.parse(line) as RpcMessage));
    return {
      child,
      async ask(id: number, method: string, params: Record<string, unknown> = {}) {
        child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
        return inbox.take(`answer to ${id}`, (message) => message.id === id, 45_000);
      },
      async end() {
        child.stdin.end();
        await once(child, 'exit');
      },
    };
  };
  const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'c', version: '1' } };

  it('starts one, however many bridges start at once, and starts it again when it was killed', async () => {
    const shims = [startShim(), startShim(), startShim()];
    const answers = await Promise.all(shims.map((shim) => shim.ask(1, 'initialize', hello)));
    for (const { result } of answers) expect(result?.['protocolVersion']).toBe('2025-06-18');
    const record = await readDaemonRecord(dataDir);
    if (record === undefined) throw new Error('the daemon left no note');
    process.kill(record.pid, 'SIGKILL');
    await eventually('the end of the daemon', () => !isAlive(record.pid) || undefined);
    // The next request of each is answered by one new daemon.
    const again = await Promise.all(shims.map((shim) => shim.ask(2, 'tools/list')));
    for (const { result } of again) expect(result?.['tools']).toBeInstanceOf(Array);
    const next = await readDaemonRecord(dataDir);
    expect(next?.pid).not.toBe(record.pid);
    for (const shim of shims) await shim.end();
  });

  it('leaves it stopped when a person stopped it', async () => {
    await runChild({ command: process.execPath, args: [program, 'stop'], env, cwd: dataDir });
    const outcome = await runChild({
      command: process.execPath,
      args: [program, 'stdio'],
      env,
      cwd: dataDir,
      input: initialize,
    });
    expect(outcome.code).toBe(3);
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      id: 1,
      error: { data: { nextStep: 'mcpmux start' } },
    });
    expect(await readDaemonRecord(dataDir)).toBeUndefined();
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
