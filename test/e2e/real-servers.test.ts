/**
 * e2e/real-servers — servers and clients that others wrote: three packages from the registry over every wire they know,
 * driven by both SDK generations and by the Inspector's command line.
 */
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Child, runChild } from '../support/child.ts';
import { freePort, type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { connect, type Generation, type TestClient, type Wire } from './sdk-clients.ts';

const everything = repositoryPath('node_modules/@modelcontextprotocol/server-everything/dist/index.js');
const memory = repositoryPath('node_modules/@modelcontextprotocol/server-memory/dist/index.js');
const filesystem = repositoryPath('node_modules/@modelcontextprotocol/server-filesystem/dist/index.js');
const bridgeProgram = repositoryPath('bin/mcpmux.mjs');
const inspector = repositoryPath('node_modules/@modelcontextprotocol/inspector/cli/build/cli.js');

/** The three copies of server-everything, by their wire. */
const copies = ['pipe', 'stream', 'sse'] as const;
const newest = '2025-11-25';

let folder: string;
let gateway: Gateway;
const remotes: Child[] = [];
const clients: TestClient[] = [];

/** Starts server-everything on a port of its own and gives that port. */
async function startRemote(kind: 'streamableHttp' | 'sse'): Promise<number> {
  const port = await freePort();
  const child = new Child({
    command: process.execPath,
    args: [everything, kind],
    env: { PORT: String(port) },
  });
  remotes.push(child);
  await child.waitFor('the open port', ({ stderr }) => /on port/.test(stderr) || undefined, 20_000);
  return port;
}

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-real-')));
  await writeFile(join(folder, 'note.txt'), 'a line in a file');
  const [streamPort, ssePort] = await Promise.all([startRemote('streamableHttp'), startRemote('sse')]);
  gateway = await startGateway();
  const node = process.execPath;
  const added = await Promise.all([
    gateway.addServer({
      name: 'pipe',
      launch: { kind: 'stdio', command: node, args: [everything, 'stdio'] },
    }),
    gateway.addServer({
      name: 'stream',
      launch: { kind: 'http', url: `http://127.0.0.1:${streamPort}/mcp` },
    }),
    gateway.addServer({ name: 'sse', launch: { kind: 'http', url: `http://127.0.0.1:${ssePort}/sse` } }),
    gateway.addServer({
      name: 'memory',
      launch: {
        kind: 'stdio',
        command: node,
        args: [memory],
        env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') },
      },
    }),
    gateway.addServer({
      name: 'files',
      launch: { kind: 'stdio', command: node, args: [filesystem, folder] },
    }),
  ]);
  // server-filesystem asks for its client's folders, also when it was given some.
  expect(added.map(({ name, state }) => `${name} ${state.status} ${state.reason}`)).toEqual([
    ...['pipe', 'stream', 'sse', 'memory'].map((name) => `${name} connected null`),
    expect.stringMatching(/^files connected (null|it needs folders)/) as string,
  ]);
});

afterAll(async () => {
  await Promise.allSettled(clients.map((client) => client.close()));
  await gateway?.stop();
  await Promise.all(remotes.map((child) => child.stop('SIGKILL')));
  await rm(folder, { recursive: true, force: true });
});

function bridgeEnvironment(): Record<string, string> {
  return {
    MCPMUX_DATA_DIR: gateway.dataDir,
    MCPMUX_SOCKET: gateway.socketPath,
    PATH: process.env['PATH'] ?? '',
  };
}

async function open(generation: Generation, wire?: Wire): Promise<TestClient> {
  const client = await connect(
    generation,
    wire ?? { kind: 'http', url: gateway.mcpUrl(), headers: gateway.headers },
  );
  clients.push(client);
  return client;
}

const generations: readonly (readonly [Generation, revision: string])[] = [
  ['v1', newest],
  ['v2 legacy', newest],
  ['v2 auto', '2026-07-28'],
  ['v2 modern', '2026-07-28'],
];

describe.each(generations)('a client of SDK %s', (generation, revision) => {
  let client: TestClient;
  beforeAll(async () => {
    client = await open(generation);
  });

  it(`speaks ${revision} and sees the tools of all servers, in one order`, async () => {
    expect([client.revision, client.serverName]).toEqual([revision, 'mcpmux']);
    const names = (await client.listTools()).map(({ name }) => name);
    for (const alias of copies) expect(names).toContain(`${alias}_echo`);
    expect(names).toEqual(expect.arrayContaining(['memory_read_graph', 'files_read_text_file']));
    expect((await client.listTools()).map(({ name }) => name)).toEqual(names);
  });

  it.each(copies)('calls, prompts, completes and follows progress over %s', async (alias) => {
    expect(await client.call(`${alias}_echo`, { message: 'grün €' })).toBe('Echo: grün €');
    expect(await client.prompt(`${alias}_args-prompt`, { city: 'Oslo' })).toBe("What's weather in Oslo?");
    expect(await client.completePrompt(`${alias}_completable-prompt`, 'department', 'S')).toEqual([
      'Sales',
      'Support',
    ]);
    const steps: number[] = [];
    const said = await client.call(
      `${alias}_trigger-long-running-operation`,
      { duration: 0.06, steps: 3 },
      (progress) => steps.push(progress),
    );
    expect(said).toContain('completed');
    expect(steps).toEqual([1, 2, 3]);
  });

  it('reads a resource that three servers offer under the same URI, from each of them', async () => {
    const resources = await client.listResources();
    const twins = resources.filter(({ name }) => name === resources[0]?.name);
    expect(new Set(twins.map(({ uri }) => uri)).size).toBe(copies.length);
    const read = await Promise.all(twins.map(({ uri }) => client.read(uri)));
    expect(read.map(({ uri }) => uri)).toEqual(twins.map(({ uri }) => uri));
    expect(new Set(read.map(({ text }) => text.length > 100)).has(false)).toBe(false);
  });

  it('fills in a resource template of each of them', async () => {
    const templates = (await client.listTemplates()).filter(({ uriTemplate }) =>
      uriTemplate.includes('dynamic/text'),
    );
    expect(templates).toHaveLength(copies.length);
    for (const { uriTemplate } of templates) {
      const { text } = await client.read(uriTemplate.replace(/\{.*\}/, '7'));
      expect(text).toContain('Resource 7');
    }
  });

  it('reaches the memory and the files behind the gateway', async () => {
    const name = generation.replace(' ', '-');
    await client.call('memory_create_entities', {
      entities: [{ name, entityType: 'client', observations: ['was here'] }],
    });
    expect(await client.call('memory_read_graph')).toContain(name);
    expect(await client.call('files_read_text_file', { path: join(folder, 'note.txt') })).toBe(
      'a line in a file',
    );
  });

  it('hears of a tool that is not there in the words of its SDK', async () => {
    await expect(client.call('pipe_ehco')).rejects.toThrow(/pipe_ehco/);
  });
});

it.each(['v1', 'v2 legacy'] as const)(
  '%s gets the log messages that it subscribed to',
  async (generation) => {
    const client = await open(generation);
    await client.setLevel('debug');
    // One of its own: the server does not hear of a second subscription to the same resource.
    const resources = await client.listResources();
    await client.subscribe(resources[generation === 'v1' ? 0 : 1]?.uri ?? '');
    await client.logged.take('the message of the server', (data) =>
      String(data).includes('Received Subscribe Resource request'),
    );
  },
);

it.each(generations)('%s over the stdio bridge sees and calls the same', async (generation) => {
  const bridge: Wire = {
    kind: 'stdio',
    command: process.execPath,
    args: [bridgeProgram, 'stdio'],
    env: bridgeEnvironment(),
  };
  const [bridged, direct] = await Promise.all([open(generation, bridge), open(generation)]);
  expect((await bridged.listTools()).map(({ name }) => name)).toEqual(
    (await direct.listTools()).map(({ name }) => name),
  );
  const steps: number[] = [];
  await bridged.call('pipe_trigger-long-running-operation', { duration: 0.4, steps: 2 }, (step) =>
    steps.push(step),
  );
  // Over stdio both SDKs forget the progress that arrives in one piece with the answer.
  expect(steps[0]).toBe(1);
  expect(await bridged.call('stream_echo', { message: 'hi' })).toBe('Echo: hi');
  await bridged.close();
});

it('SDK v1 over HTTP with SSE works on the endpoint pair, for all servers and for one', async () => {
  for (const [path, tool] of [
    ['/sse', 'pipe_echo'],
    ['/servers/pipe/sse', 'echo'],
  ] as const) {
    const client = await open('v1', { kind: 'sse', url: `${gateway.url}${path}`, headers: gateway.headers });
    expect((await client.listTools()).map(({ name }) => name)).toContain(tool);
    expect(await client.call(tool, { message: 'old' })).toBe('Echo: old');
    await client.close();
  }
});

it('the URL of one server has its own names', async () => {
  for (const generation of ['v1', 'v2 modern'] as const) {
    const client = await open(generation, {
      kind: 'http',
      url: gateway.mcpUrl('memory'),
      headers: gateway.headers,
    });
    const names = (await client.listTools()).map(({ name }) => name);
    expect(names).toContain('read_graph');
    expect(names.filter((name) => name.includes('echo'))).toEqual([]);
    expect(await client.call('read_graph')).toContain('entities');
  }
});

describe('the Inspector', () => {
  async function inspect(...words: readonly string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await runChild({
      command: process.execPath,
      args: [inspector, '--cli', ...words],
      env: bridgeEnvironment(),
    });
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  it('calls and prompts over the stdio bridge', async () => {
    const bridge = [process.execPath, bridgeProgram, 'stdio'];
    const called = await inspect(
      ...bridge,
      ...['--method', 'tools/call', '--tool-name', 'pipe_get-sum', '--tool-arg', 'a=40', '--tool-arg', 'b=2'],
    );
    expect(JSON.stringify(called)).toContain('42');
    const prompt = await inspect(
      ...bridge,
      ...['--method', 'prompts/get', '--prompt-name', 'sse_simple-prompt'],
    );
    expect(prompt['messages']).toHaveLength(1);
  });

  // This version of it cannot send a header, so it needs a daemon that asks for none.
  it('lists over HTTP from a daemon without authentication', async () => {
    const open = await startGateway({
      flags: ['--no-auth'],
      servers: [{ name: 'memory', launch: { kind: 'stdio', command: process.execPath, args: [memory] } }],
    });
    try {
      const { tools } = await inspect(open.mcpUrl(), '--transport', 'http', '--method', 'tools/list');
      expect((tools as { name: string }[]).map(({ name }) => name)).toContain('memory_read_graph');
    } finally {
      await open.stop();
    }
  });
});
