/**
 * e2e/stdio-bridge.test — `mcpmux stdio` as a client starts it: its exit codes, and a client that closes what it does not read.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runChild } from '../support/child.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';

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
  ['the daemon is not running', [], (): Record<string, string> => ({ MCPMUX_DATA_DIR: emptyFolder }), 3],
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
