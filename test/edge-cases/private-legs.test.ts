/**
 * Servers that keep state for each client: who gets a connection of their own, what is asked there, when it ends.
 */
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, withDeadline } from '../support/deadline.ts';
import { deferred } from '../support/deferred.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { type Era, type Json, type RawAnswer, RawHttpClient } from '../support/raw-client.ts';
import { rawTool, type ServerCall, type ServerHandler } from '../support/raw-server.ts';
import { type Rig, startRig, textOf, textResult } from './rig.ts';

const FORM: Json = { message: 'Who?', requestedSchema: { type: 'object', properties: {} } };
const ABLE: Json = { elicitation: { form: {} }, sampling: {}, roots: {} };
const ACCEPT: Json = { action: 'accept', content: { name: 'Ada' } };

function echo(call: ServerCall, value: unknown): Json {
  return textResult(call.era, JSON.stringify(value));
}

/** A gate that the test opens. */
let gate = deferred<void>();
let entered = deferred<void>();

const handlers: Record<string, ServerHandler> = {
  'tools/call:ask': async (call) => echo(call, (await call.ask('elicitation/create', FORM)).result),
  'tools/call:ask_then_say': async (call) => {
    const answer = await call.ask('elicitation/create', FORM);
    return { isError: true, content: [{ type: 'text', text: `disk is full (${answer.error?.code})` }] };
  },
  'tools/call:wait': async (call) => {
    entered.resolve();
    await Promise.race([gate.promise, call.cancelled]);
    return echo(call, 'waited');
  },
  'tools/call:plain': (call) => echo(call, 'plain'),
};

function script(): { eras: readonly Era[]; tools: Json[]; handlers: Record<string, ServerHandler> } {
  const tools = Object.keys(handlers).map((key) => rawTool(key.slice('tools/call:'.length)));
  return { eras: ['legacy'], tools, handlers };
}

function requests(answer: RawAnswer): Json {
  expect(answer.result?.['resultType'], answer.text).toBe('input_required');
  return answer.result?.['inputRequests'] as Json;
}

/** What the client gives back when it returns with an answer to everything. */
function comeBack(answer: RawAnswer, value: Json = ACCEPT): { params: Json } {
  const inputResponses = Object.fromEntries(Object.keys(requests(answer)).map((key) => [key, value]));
  return { params: { inputResponses, requestState: answer.result?.['requestState'] } };
}

describe('asks over one pipe', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig(
      {
        pipe: { wire: 'stdio', script: script(), install: { sessionPolicy: 'shared' } },
        own: { wire: 'stdio', script: script(), install: { sessionPolicy: 'per-client' } },
        auto: { wire: 'stdio', script: script() },
        narrow: {
          wire: 'stdio',
          script: script(),
          install: { sessionPolicy: 'shared', limits: { concurrency: 1 } },
        },
      },
      { env: { MCPMUX_PARKED_CALL_MS: '20000' } },
    );
  });
  afterAll(() => rig.close());

  it.each(['pipe', 'own', 'auto'])(
    'R15 a modern client with two calls is asked on one of them (%s)',
    async (alias) => {
      const client = await rig.client('modern', alias, { capabilities: ABLE });
      gate = deferred();
      entered = deferred();
      const waiting = client.callTool('wait');
      await withDeadline(entered.promise, 5_000, 'the first call did not reach the server');
      const first = await client.callTool('ask');
      const second = await client.callTool('ask', {}, comeBack(first));
      expect(JSON.parse(textOf(second.result))).toEqual(ACCEPT);
      gate.resolve();
      expect(textOf((await waiting).result)).toBe('"waited"');
    },
  );

  it.each(['pipe', 'auto'])(
    'R15 the first ask among calls of two clients waits until it is certain (%s)',
    async (alias) => {
      const one = await rig.client('legacy', alias, { capabilities: ABLE });
      const two = await rig.client('legacy', alias, {
        capabilities: ABLE,
        handlers: { 'elicitation/create': () => ACCEPT },
      });
      gate = deferred();
      entered = deferred();
      const waiting = one.callTool('wait');
      await withDeadline(entered.promise, 5_000, 'the first call did not reach the server');
      const asking = two.callTool('ask');
      const line = await eventually('the held ask in the log', async () =>
        (await rig.log(alias)).find(({ message }) => message.includes('is held until')),
      );
      expect(line.message).toContain('elicitation/create');
      gate.resolve();
      expect(JSON.parse(textOf((await asking).result))).toEqual(ACCEPT);
      await waiting;
      expect(one.asked.all).toEqual([]);
      // From now on each has a connection of its own under `auto`, and one under `shared`.
      await two.callTool('ask');
      expect(rig.stdio(alias).alive().length).toBe(alias === 'auto' ? 2 : 1);
    },
  );

  it('R16 gives what the server said when its ask was refused, as it said it', async () => {
    const client = await rig.client('modern', 'pipe', { capabilities: {} });
    const answer = await client.callTool('ask_then_say');
    expect([answer.status, answer.result?.['isError']]).toEqual([200, true]);
    expect(textOf(answer.result)).toBe('disk is full (-32601)');
  });

  it('R70 a form that nobody looks at does not block the next one of its client', async () => {
    const client = await rig.client('modern', 'pipe', { capabilities: ABLE });
    const ignored = await client.callTool('ask', { n: 1 });
    const second = await client.callTool('ask', { n: 2 });
    const answered = await client.callTool('ask', { n: 2 }, comeBack(second));
    expect(JSON.parse(textOf(answered.result))).toEqual(ACCEPT);
    // The first one still waits, and is still good.
    expect(JSON.parse(textOf((await client.callTool('ask', { n: 1 }, comeBack(ignored))).result))).toEqual(
      ACCEPT,
    );
  });

  it('R70 says to another client what holds its ask, and until when', async () => {
    const ignorer = await rig.client('modern', 'pipe', { capabilities: ABLE });
    const ignored = await ignorer.callTool('ask');
    requests(ignored);
    const other = await rig.client('legacy', 'pipe', { capabilities: ABLE });
    await other.callTool('ask_then_say');
    const line = await eventually('the refusal in the log', async () =>
      (await rig.log('pipe')).find(({ message }) => message.includes('was refused')),
    );
    expect(line.message).toMatch(/one of them waits for its person until \d\d:\d\d:\d\d UTC at most/);
    await ignorer.callTool('ask', {}, comeBack(ignored));
  });

  it('R95 a call that waits for its person keeps its place, and gives it to a newer one of its client', async () => {
    const client = await rig.client('modern', 'narrow', { capabilities: ABLE });
    const other = await rig.client('legacy', 'narrow', { capabilities: ABLE });
    const first = await client.callTool('ask');
    const waiting = other.callTool('plain');
    const isHeld = await Promise.race([
      waiting.then(() => false),
      new Promise((resolve) => setTimeout(() => resolve(true), 300)),
    ]);
    expect(isHeld, 'the call of another client passed a place that is taken').toBe(true);
    // The client comes back to its call without a place of its own to wait for.
    expect(JSON.parse(textOf((await client.callTool('ask', {}, comeBack(first))).result))).toEqual(ACCEPT);
    expect(textOf((await waiting).result)).toBe('"plain"');

    const ignored = await client.callTool('ask', { n: 1 });
    expect(textOf((await client.callTool('plain')).result)).toBe('"plain"');
    const late = await client.callTool('ask', { n: 1 }, comeBack(ignored));
    expect(late.error?.message).toContain('a newer call of this client took its place');
  });
});

describe('R14 private legs of clients that never say goodbye', () => {
  let rig: Rig;
  const count = 34;
  beforeAll(async () => {
    rig = await startRig({
      many: { wire: 'http', script: script(), install: { sessionPolicy: 'per-client' } },
    });
  });
  afterAll(() => rig.close());

  it(`${count} of them are served, and the first gets a new one when it calls again`, async () => {
    const first = await rig.client('legacy', 'many');
    for (let at = 1; at < count; at += 1) {
      const client = at === 1 ? first : await rig.client('legacy', 'many');
      expect(textOf((await client.callTool('plain')).result)).toBe('"plain"');
    }
    const legs = async (): Promise<number> => (await rig.gateway.admin.getServer('many')).legs.length;
    await eventually('32 private legs beside the shared one', async () =>
      (await legs()) === 33 ? true : undefined,
    );
    expect(textOf((await first.callTool('plain')).result)).toBe('"plain"');
    expect(await legs()).toBe(33);
  });
});

describe('R19 a server that needs folders from its client', () => {
  let gateway: Gateway;
  let folder: string;
  const clients: RawHttpClient[] = [];

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-folders-')));
    await writeFile(join(folder, 'note.txt'), 'in the folder');
    gateway = await startGateway();
    const program = repositoryPath('node_modules/@modelcontextprotocol/server-filesystem/dist/index.js');
    const launch = { kind: 'stdio' as const, command: process.execPath, args: [program] };
    for (const sessionPolicy of ['auto', 'per-client', 'shared'] as const) {
      const { state } = await gateway.addServer({ name: sessionPolicy, launch, sessionPolicy });
      expect(state.status).toBe('connected');
    }
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await gateway.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function connect(era: Era, alias: string, root = folder): Promise<RawHttpClient> {
    const client = new RawHttpClient({
      url: gateway.mcpUrl(alias),
      era,
      headers: gateway.headers,
      capabilities: { roots: {} },
      handlers: { 'roots/list': () => ({ roots: [{ uri: `file://${root}`, name: 'here' }] }) },
    });
    clients.push(client);
    if (era === 'legacy') await client.initialize();
    return client;
  }

  it.each(['auto', 'per-client'])(
    'a legacy client works in its folder with its very first call (%s)',
    async (alias) => {
      const client = await connect('legacy', alias);
      const answer = await client.callTool('read_text_file', { path: join(folder, 'note.txt') });
      expect(textOf(answer.result)).toBe('in the folder');
      expect(client.asked.all.map(({ method }) => method)).toEqual(['roots/list']);
    },
  );

  it.each(['auto', 'per-client'])(
    'a modern client is asked when it calls first, and then no more (%s)',
    async (alias) => {
      const client = await connect('modern', alias);
      const args = { path: join(folder, 'note.txt') };
      const first = await client.callTool('read_text_file', args);
      expect(Object.values(requests(first))).toEqual([{ method: 'roots/list', params: {} }]);
      const back = comeBack(first, { roots: [{ uri: `file://${folder}` }] });
      expect(textOf((await client.callTool('read_text_file', args, back)).result)).toBe('in the folder');
      expect(textOf((await client.callTool('read_text_file', args)).result)).toBe('in the folder');
    },
  );

  it('two clients have a folder each', async () => {
    const elsewhere = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-folders-')));
    try {
      const [here, there] = [await connect('legacy', 'auto'), await connect('legacy', 'auto', elsewhere)];
      const path = join(folder, 'note.txt');
      const [allowed, refused] = await Promise.all([
        here.callTool('read_text_file', { path }),
        there.callTool('read_text_file', { path }),
      ]);
      expect([allowed.result?.['isError'] ?? false, refused.result?.['isError']]).toEqual([false, true]);
    } finally {
      await rm(elsewhere, { recursive: true, force: true });
    }
  });

  it('what a client told once answers its other servers, until it says that its folders changed', async () => {
    const client = new RawHttpClient({
      url: gateway.mcpUrl(),
      era: 'legacy',
      headers: gateway.headers,
      capabilities: { roots: {} },
      handlers: { 'roots/list': () => ({ roots: [{ uri: `file://${folder}` }] }) },
    });
    clients.push(client);
    await client.initialize();
    const path = join(folder, 'note.txt');
    expect(textOf((await client.callTool('auto_read_text_file', { path })).result)).toBe('in the folder');
    expect(textOf((await client.callTool('per-client_read_text_file', { path })).result)).toBe(
      'in the folder',
    );
    expect(client.asked.all).toHaveLength(1);
    await client.notify('notifications/roots/list_changed');
    expect(textOf((await client.callTool('auto_read_text_file', { path })).result)).toBe('in the folder');
    await eventually('the client asked again', () => client.asked.all.length > 1 || undefined);
  });

  it.each([
    ['auto', 'each client that shares folders gets a connection of its own', null],
    [
      'shared',
      'gets none while all clients share one connection',
      'run: mcpmux tune shared --session-policy auto',
    ],
  ])('status says so (%s)', async (alias, says, nextStep) => {
    const { state } = await gateway.admin.getServer(alias);
    expect(state.reason).toContain('it needs folders (roots) from its client');
    expect(state.reason).toContain(says);
    expect(state.nextStep).toBe(nextStep);
    expect((await gateway.cli(['status'])).stdout).toContain('needs folders (roots) from its client');
  });
});

describe('R93 what a server asks outside of calls', () => {
  it('is taken back from the client when the server takes it back', async () => {
    const rig = await startRig({
      own: { wire: 'stdio', script: script(), install: { sessionPolicy: 'per-client' } },
    });
    try {
      const client = await rig.client('legacy', 'own', {
        capabilities: ABLE,
        handlers: { 'elicitation/create': () => undefined },
      });
      const standing = client.openStream();
      await standing.head;
      await client.callTool('plain');
      const mine = await eventually('the process of the client', () => rig.stdio('own').alive()[1]);
      mine.send({ jsonrpc: '2.0', id: 'form', method: 'elicitation/create', params: FORM });
      const asked = await standing.inbox.take('the form', ({ method }) => method === 'elicitation/create');
      mine.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'form' } });
      const taken = await standing.inbox.take(
        'its end',
        ({ method }) => method === 'notifications/cancelled',
      );
      expect(taken.params?.['requestId']).toBe(asked.id);
      standing.abort();
    } finally {
      await rig.close();
    }
  });
});
