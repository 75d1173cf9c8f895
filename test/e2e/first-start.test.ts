/**
 * e2e/first-start — what a newcomer sees: the first start with and without a terminal, both loopback families, the
 * signals that end it.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { StatusDto } from '../../src/contract/index.ts';
import { Child, runChild } from '../support/child.ts';
import { withDeadline } from '../support/deadline.ts';
import { deferred } from '../support/deferred.ts';
import { adminOverSocket, freePort } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { RawHttpClient } from '../support/raw-client.ts';
import { rawTool, startRawStdioServer } from '../support/raw-server.ts';

const program = repositoryPath('bin/mcpmux.mjs');
const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
/** util-linux gives a command a terminal with it; other systems have another one of that name. */
const hasPty = process.platform === 'linux' && existsSync('/usr/bin/script');

let root: string;
const running: Child[] = [];

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-first-')));
});
afterEach(async () => {
  for (const child of running.splice(0)) await child.stop('SIGKILL');
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface Place {
  readonly dataDir: string;
  readonly port: number;
  readonly socketPath: string;
  readonly env: Record<string, string>;
}

/** A data folder that is not there yet. */
async function newPlace(name: string): Promise<Place> {
  const dataDir = join(root, name);
  const port = await freePort();
  const socketPath = join(root, `${name}.sock`);
  return {
    dataDir,
    port,
    socketPath,
    env: {
      MCPMUX_DATA_DIR: dataDir,
      MCPMUX_PORT: String(port),
      MCPMUX_SOCKET: socketPath,
      MCPMUX_KEY_SOURCE: 'file',
      NO_COLOR: '1',
    },
  };
}

/** Starts it and waits until everything was said. */
async function start({ env }: Place, ...flags: readonly string[]): Promise<Child> {
  const child = new Child({ command: process.execPath, args: [program, 'start', ...flags], env, cwd: root });
  running.push(child);
  await child.waitFor('the ready line', ({ stdout }) => /^McpMux is ready.*\n/m.exec(stdout)?.[0]);
  return child;
}

function cli({ env }: Place, ...words: readonly string[]): ReturnType<typeof runChild> {
  return runChild({ command: process.execPath, args: [program, ...words], env, cwd: root });
}

async function listStatus(url: string, headers: Record<string, string>): Promise<number> {
  const client = new RawHttpClient({ url, era: 'modern', headers });
  try {
    return (await client.request('tools/list')).status;
  } finally {
    client.close();
  }
}

const nextSteps = [
  'There are no servers yet. In another terminal, add one and look at what it offers:',
  '  mcpmux add everything npx -y @modelcontextprotocol/server-everything',
  '  mcpmux tools',
];

it('without a terminal says where the key is and not the key, and the key opens both loopback families', async () => {
  const place = await newPlace('plain');
  const keyFile = join(place.dataDir, 'client-key');
  const child = await start(place);
  expect(child.stdout.trimEnd().split('\n')).toEqual([
    `McpMux is ready at http://127.0.0.1:${place.port}/mcp`,
    `Clients on this machine send this header, with the key from ${keyFile}:`,
    '  Authorization: Bearer mcpk_…',
    ...nextSteps,
  ]);
  const key = (await readFile(keyFile, 'utf8')).trim();
  expect(key).toMatch(/^mcpk_\w{40,}$/);
  expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
  expect((await stat(place.dataDir)).mode & 0o777).toBe(0o700);
  expect(`${child.stdout}${child.stderr}`).not.toContain(key);

  const hosts = hasIPv6 ? ['127.0.0.1', '[::1]', 'localhost'] : ['127.0.0.1'];
  for (const host of hosts) {
    const url = `http://${host}:${place.port}/mcp`;
    expect([host, await listStatus(url, { authorization: `Bearer ${key}` })]).toEqual([host, 200]);
    expect([host, await listStatus(url, {})]).toEqual([host, 401]);
  }

  expect((await child.stop('SIGTERM')).code).toBe(0);
  // What is logged is one JSON object a line.
  for (const line of child.stderr.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('message');

  const again = await start(place);
  expect(again.stdout.trimEnd().split('\n')).toEqual([
    `McpMux is ready at http://127.0.0.1:${place.port}/mcp`,
    ...nextSteps,
  ]);
  expect((await readFile(keyFile, 'utf8')).trim()).toBe(key);
  expect((await again.stop('SIGINT')).code).toBe(0);
});

it.skipIf(!hasPty)(
  'with a terminal shows the key once, ready to be copied, and lines for people',
  async () => {
    const place = await newPlace('terminal');
    const child = new Child({
      command: '/usr/bin/script',
      args: ['-qec', `'${process.execPath}' '${program}' start`, '/dev/null'],
      env: place.env,
      cwd: root,
    });
    running.push(child);
    await child.waitFor('the log line', ({ stdout }) => / ready .*servers=0/.exec(stdout)?.[0]);
    const key = (await readFile(join(place.dataDir, 'client-key'), 'utf8')).trim();
    const lines = child.stdout.replaceAll('\r', '').split('\n');
    expect(lines[0]).toBe(`McpMux is ready at http://127.0.0.1:${place.port}/mcp (Ctrl+C stops it)`);
    expect(lines.filter((line) => line.includes(key))).toEqual([`  Authorization: Bearer ${key}`]);
    expect(lines).toEqual(expect.arrayContaining(nextSteps));
    expect(child.stdout).not.toContain('{"level"');
    // Ctrl+C, as a terminal sends it.
    child.process.stdin?.write('\u0003');
    await withDeadline(child.exited, 10_000, 'Ctrl+C did not end it');
  },
);

it('without authentication lets everybody on this machine in, and says so wherever it speaks', async () => {
  const place = await newPlace('open');
  const child = await start(place, '--no-auth');
  expect(child.stdout).toMatch(/^Note: authentication is off: every program on this machine/m);
  // R107: nobody has to send a key.
  expect(child.stdout).not.toContain('Authorization');
  expect(await listStatus(`http://127.0.0.1:${place.port}/mcp`, {})).toBe(200);
  // Not even now may a web page of another origin.
  expect(await listStatus(`http://127.0.0.1:${place.port}/mcp`, { origin: 'https://example.com' })).toBe(403);
  const text = await cli(place, 'status');
  expect(text.stdout).toMatch(/access\s+open to every program on this machine \(--no-auth\)/);
  const json = JSON.parse((await cli(place, 'status', '--json')).stdout) as StatusDto;
  expect(json.authMode).toBe('none');
  expect(json.problems.map(({ title }) => title).join()).toContain('authentication is off');
  expect((await cli(place, 'doctor')).stdout).toMatch(/access .*no-auth|access .*open to every program/);
});

it('a second Ctrl+C ends it at once, while a call that hangs holds up the first', async () => {
  const place = await newPlace('signals');
  const held = deferred<void>();
  const server = await startRawStdioServer({
    eras: ['legacy'],
    tools: [rawTool('hang')],
    handlers: {
      'tools/call': () => {
        held.resolve();
        return undefined;
      },
    },
  });
  try {
    const child = await start(place);
    await child.waitFor('the admin API', ({ stderr }) => /"message":"ready"/.exec(stderr)?.[0]);
    const admin = adminOverSocket(place.socketPath);
    const added = await admin.addServer({ name: 'slow', launch: server.launch });
    await admin.awaitServer(added.id, 20_000);
    const key = (await readFile(join(place.dataDir, 'client-key'), 'utf8')).trim();
    const client = await RawHttpClient.connect({
      url: `http://127.0.0.1:${place.port}/mcp`,
      era: 'modern',
      headers: { authorization: `Bearer ${key}` },
    });
    const call = client.callTool('slow_hang');
    call.catch(() => {});
    await withDeadline(held.promise, 10_000, 'the call did not reach the server');
    const children = server.alive();

    child.process.kill('SIGINT');
    await child.waitFor('the first signal', ({ stderr }) => /"message":"stopping"/.exec(stderr)?.[0]);
    const secondAt = performance.now();
    // One that comes right after the first is npm's echo of it; a person presses the keys again.
    const again = setInterval(() => child.process.kill('SIGINT'), 50);
    try {
      expect(await child.exited).toEqual({ code: 130, signal: null });
    } finally {
      clearInterval(again);
    }
    expect(performance.now() - secondAt).toBeLessThan(2_000);
    await withDeadline(Promise.all(children.map((one) => one.gone)), 10_000, 'a child was left behind');
    client.close();
  } finally {
    await server.close();
  }
});
