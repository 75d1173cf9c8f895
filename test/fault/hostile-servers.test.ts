/**
 * fault/hostile-servers.test — servers and authorization servers that mean harm: rows 53 to 55 of the list of bad inputs.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Rig, startRig, textResult } from '../edge-cases/rig.ts';
import { eventually } from '../support/deadline.ts';
import { repositoryPath } from '../support/paths.ts';
import { rawTool } from '../support/raw-server.ts';
import { openWorld, type World } from '../support/sign-in-world.ts';
import { memoryOf } from './processes.ts';

const mebibyte = 1024 * 1024;

describe('53: a sign-in page that is', () => {
  let world: World;
  let dataDir: string;
  let marker: string;
  beforeAll(async () => {
    dataDir = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-unsafe-')));
    marker = join(dataDir, 'the-browser-was-started');
    // Whatever is opened leaves a file.
    world = await openWorld({ gateway: { dataDir, env: { BROWSER: `touch ${marker} %s` } } });
    await world.add();
  });
  afterAll(async () => {
    await world.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  it.each([
    ['a file', 'file:///etc/passwd'],
    ['a script', 'javascript:alert(1)'],
    ['an option for the opener', '-a Calculator'],
    ['a command for a shell', 'https://x.example/$(calc)'],
    ['data', 'data:text/html,<script>alert(1)</script>'],
  ])('%s is refused, and nothing is opened', async (_, endpoint) => {
    world.authorizationServer.bends.metadata = (metadata) => ({
      ...metadata,
      authorization_endpoint: endpoint,
    });
    const { code, stderr, stdout } = await world.login();
    expect(code, stdout).not.toBe(0);
    expect(`${stdout}${stderr}`).toMatch(/not safe to open|metadata cannot be read/);
    expect((await world.state()).status).toBe('sign-in-required');
    expect(existsSync(marker)).toBe(false);
  });

  it('sound is opened: the others are refused for what they say', async () => {
    world.authorizationServer.bends.metadata = undefined;
    // Nobody signs in; the command ends with the daemon.
    void world.login().catch(() => {});
    await eventually('the browser', () => existsSync(marker) || undefined);
  });
});

describe('54: a hostile list of tools', () => {
  const steering = '\u001b[2J\u001b]0;owned\u0007';
  /** Tag characters: a model may read them, a person sees nothing. */
  const hidden = String.fromCodePoint(0xe0069, 0xe0067, 0xe006e, 0xe006f, 0xe0072, 0xe0065);
  let rig: Rig;
  let connections = 0;
  const sink = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
    const { port } = sink.address() as { port: number };
    const schema = (inside: object) => ({ type: 'object', properties: { a: inside } });
    let deep: object = { type: 'string' };
    for (let depth = 0; depth < 240; depth += 1) deep = { not: deep };
    rig = await startRig({
      hostile: {
        wire: 'http',
        script: {
          eras: ['legacy'],
          tools: [
            rawTool('first'),
            rawTool('ansi', { description: `${steering}Looks nice` }),
            rawTool('tags', { description: `Nice${hidden}` }),
            rawTool('long', { description: 'd'.repeat(10_000_000) }),
            rawTool('reference', { inputSchema: schema({ $ref: `http://127.0.0.1:${port}/x` }) }),
            rawTool('deep', { inputSchema: schema(deep) }),
            rawTool('pattern', { inputSchema: schema({ type: 'string', pattern: '^(a|a)*$' }) }),
            rawTool(`bad${steering}`),
            rawTool('last'),
          ],
        },
      },
      other: { wire: 'http', script: { eras: ['legacy', 'modern'], tools: [rawTool('say')] } },
    });
  });
  afterAll(async () => {
    await rig.close();
    await new Promise((resolve) => sink.close(resolve));
  });

  it('costs its server what is too large, and the rest is listed as it came', async () => {
    const client = await rig.client('legacy', 'hostile');
    const { tools } = (await client.result('tools/list')) as {
      tools: { name: string; description?: string }[];
    };
    const names = tools.map(({ name }) => name);
    for (const name of ['first', 'ansi', 'tags', 'reference', 'deep', 'pattern', 'last'])
      expect(names).toContain(name);
    expect(names).not.toContain('long');
    expect(tools.find(({ name }) => name === 'tags')?.description).toBe(`Nice${hidden}`);
    const { withheld } = await rig.gateway.admin.getServer('hostile');
    expect(withheld).toContainEqual({
      kind: 'tool',
      name: 'long',
      why: 'its definition is longer than 1048576 bytes',
    });
  });

  it('holds up nobody: arguments are not matched with its patterns, and its references lead nowhere', async () => {
    const client = await rig.client('legacy');
    const startedAt = performance.now();
    const answer = await client.callTool('hostile_pattern', { a: `${'a'.repeat(40)}!` });
    expect(answer.error).toBeUndefined();
    expect((await client.callTool('hostile_reference', { a: 1 })).error).toBeUndefined();
    expect((await client.callTool('other_say')).error).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(connections).toBe(0);
  });

  it.each(['tools', 'show hostile', 'logs hostile'])('steers no terminal: mcpmux %s', async (command) => {
    const { stdout, code } = await rig.gateway.cli(command.split(' '));
    expect(code).toBe(0);
    expect(stdout).toMatch(/hostile|connect/);
    const isControl = (one: string): boolean => /\p{Cc}/u.test(one) && one !== '\n' && one !== '\t';
    expect(stdout.split('').filter(isControl)).toEqual([]);
  });
});

describe('55: an answer without measure', () => {
  const capBytes = 8 * mebibyte;
  const bomb = Buffer.alloc(64 * mebibyte, 0x20);
  let rig: Rig;
  const ways: Readonly<Record<string, { encoding: string; bytes: Buffer }>> = {
    brotli: { encoding: 'br', bytes: brotliCompressSync(bomb) },
    gzip: { encoding: 'gzip', bytes: gzipSync(bomb) },
  };

  beforeAll(async () => {
    rig = await startRig(
      {
        http: {
          wire: 'http',
          script: {
            eras: ['legacy'],
            tools: ['brotli', 'gzip', 'event', 'json', 'say'].map((name) => rawTool(name)),
            handlers: { 'tools/call:say': () => textResult('legacy', 'said') },
            onRequest: (received, response) => {
              const name = String((received.message?.params as { name?: unknown } | undefined)?.name);
              const way = ways[name];
              if (way !== undefined) {
                response.writeHead(200, {
                  'content-type': 'application/json',
                  'content-encoding': way.encoding,
                });
                response.end(way.bytes);
                return true;
              }
              if (name !== 'event' && name !== 'json') return false;
              response.writeHead(200, {
                'content-type': name === 'event' ? 'text/event-stream' : 'application/json',
              });
              response.write(name === 'event' ? 'data: {"jsonrpc":"2.0","x":"' : '{"jsonrpc":"2.0","x":"');
              const more = Buffer.alloc(mebibyte, 0x61);
              const flood = (): void => {
                while (!response.destroyed && response.write(more));
                response.once('drain', flood);
              };
              flood();
              return true;
            },
          },
        },
      },
      { env: { MCPMUX_MAX_MESSAGE_BYTES: String(capBytes) } },
    );
    await rig.gateway.addServer({
      name: 'pipe',
      launch: {
        kind: 'stdio',
        command: process.execPath,
        args: [repositoryPath('test/fixtures/servers/stdio-server.mjs'), 'more-tools'],
      },
    });
  });
  afterAll(() => rig.close());

  it.each([
    ['a brotli bomb', 'http_brotli', /larger than 8388608 bytes/],
    ['a gzip bomb', 'http_gzip', /larger than 8388608 bytes/],
    ['an event without end', 'http_event', /larger than 8388608 bytes/],
    ['a body without end', 'http_json', /larger than 8388608 bytes/],
    ['a line without end', 'pipe_endless', /larger than 8388608 bytes/],
  ])('%s fails its call with the reason and costs no memory', async (_, tool, reason) => {
    const before = memoryOf(rig.gateway.pid).residentBytes;
    const client = await rig.client('legacy');
    const answer = await client.callTool(tool);
    expect(answer.error?.message).toMatch(reason);
    expect(answer.text.length).toBeLessThan(4_096);
    expect((await client.callTool('http_say')).result).toBeDefined();
    // What was taken until then, twice at most, and what the collector has not come to yet.
    expect(memoryOf(rig.gateway.pid).residentBytes - before).toBeLessThan(2 * capBytes + 48 * mebibyte);
  });
});
