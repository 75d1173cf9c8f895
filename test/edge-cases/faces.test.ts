/**
 * Servers that show different things on different legs: by era, to each client, after something happened in a session.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EverythingServer, startEverythingServer } from '../fixtures/reference/everything-server.ts';
import { eventually } from '../support/deadline.ts';
import { type Era, type Json, RawHttpClient } from '../support/raw-client.ts';
import { rawTool, type ServerCall, type ServerHandler } from '../support/raw-server.ts';
import { namesOfServersTools } from '../support/tool-names.ts';
import { type Rig, startRig, textOf, textResult } from './rig.ts';

const ABLE: Json = { elicitation: { form: {} }, sampling: {}, roots: {} };

async function toolsOf(client: RawHttpClient): Promise<string[]> {
  return namesOfServersTools(await client.result('tools/list'));
}

describe('R17 a server that offers something else in each era', () => {
  let rig: Rig;
  let server: EverythingServer;

  beforeAll(async () => {
    server = await startEverythingServer({ isTwoFaced: true });
    rig = await startRig({});
    await rig.gateway.addServer({ name: 'two', launch: { kind: 'http', url: server.url } });
    await rig.client('legacy', 'two');
    await eventually('both legs', async () => {
      const { legs } = await rig.gateway.admin.getServer('two');
      return legs.length === 2 || undefined;
    });
    const client = await rig.client('legacy', 'two');
    await eventually(
      'the legacy lists',
      async () => (await toolsOf(client)).includes('only_legacy') || undefined,
    );
  });
  afterAll(async () => {
    await rig.close();
    await server.close();
  });

  it.each<[Era, Era]>([
    ['legacy', 'modern'],
    ['modern', 'legacy'],
  ])('shows its %s face to clients of that era, as directly', async (era, other) => {
    const client = await rig.client(era, 'two', { capabilities: ABLE });
    const direct = await RawHttpClient.connect({ url: server.url, era, capabilities: ABLE });
    try {
      const listed = await toolsOf(client);
      expect(listed).toEqual(await toolsOf(direct));
      expect([listed.includes(`only_${era}`), listed.includes(`only_${other}`)]).toEqual([true, false]);
      expect(textOf((await client.callTool(`only_${era}`)).result)).toBe(`served in the ${era} era`);
      expect((await client.callTool(`only_${other}`)).error?.code).toBe(-32602);
    } finally {
      direct.close();
    }
  });

  it.each<[Era, Json]>([
    ['legacy', { logging: true, subscribe: true }],
    ['modern', { logging: false, subscribe: false }],
  ])('says of itself in the %s era what it can do there', async (era, expected) => {
    const client = await rig.client(era, 'two');
    const told = era === 'legacy' ? client.initializeResult : await client.result('server/discover');
    const capabilities = told?.['capabilities'] as Json;
    expect({
      logging: capabilities['logging'] !== undefined,
      subscribe: (capabilities['resources'] as Json)['subscribe'] === true,
    }).toEqual(expected);
  });

  it('lets a legacy client subscribe at its own face, and hear of it', async () => {
    const client = await rig.client('legacy', 'two');
    const standing = client.openStream();
    await standing.head;
    const { resources } = await client.result('resources/list');
    const uri = (resources as { uri: string }[])[0]?.uri ?? '';
    await client.result('resources/subscribe', { uri });
    server.changes.resourceUpdated(uri);
    const heard = await standing.inbox.take(
      'the change',
      ({ method }) => method === 'notifications/resources/updated',
    );
    expect(heard.params?.['uri']).toBe(uri);
    standing.abort();
  });

  it('gives each tool one name on the URL of all servers, in both eras', async () => {
    const legacy = await toolsOf(await rig.client('legacy'));
    const modern = await toolsOf(await rig.client('modern'));
    expect(legacy).toContain('two_only_legacy');
    expect(modern).toContain('two_only_modern');
    const shared = legacy.filter((name) => modern.includes(name));
    expect([legacy.length - shared.length, modern.length - shared.length]).toEqual([1, 1]);
  });

  it('is read again when it is connected anew', async () => {
    const client = await rig.client('legacy', 'two');
    expect(client.initializeResult).toMatchObject({ capabilities: { logging: {} } });
    await rig.gateway.admin.refreshServer('two');
    await eventually(
      'the legacy lists again',
      async () => (await toolsOf(client)).includes('only_legacy') || undefined,
    );
  });
});

describe('R18 tools that change in the session of one client', () => {
  let rig: Rig;
  /** Which processes have unlocked their tool. */
  const isUnlocked = new WeakMap<object, boolean>();
  const handlers: Record<string, ServerHandler> = {
    'tools/call:unlock': (call) => {
      isUnlocked.set(call.session, true);
      call.notify('notifications/tools/list_changed');
      return textResult(call.era, 'unlocked');
    },
    'tools/call:secret': (call: ServerCall) => textResult(call.era, 'the secret'),
    'tools/list': (call) => ({
      tools: [rawTool('unlock'), ...(isUnlocked.get(call.session) === true ? [rawTool('secret')] : [])],
    }),
  };

  beforeAll(async () => {
    rig = await startRig({
      lock: {
        wire: 'stdio',
        script: { eras: ['legacy'], handlers },
        install: { sessionPolicy: 'per-client' },
      },
    });
  });
  afterAll(() => rig.close());

  it.each([['lock'], [undefined]])(
    'are listed and callable for that client, and for no other (%s)',
    async (alias) => {
      const prefix = alias === undefined ? 'lock_' : '';
      const one = await rig.client('legacy', alias);
      const standing = one.openStream();
      await standing.head;
      await one.callTool(`${prefix}unlock`);
      await standing.inbox.take('the news', ({ method }) => method === 'notifications/tools/list_changed');
      expect(await toolsOf(one)).toContain(`${prefix}secret`);
      expect(textOf((await one.callTool(`${prefix}secret`)).result)).toBe('the secret');
      const stranger = await rig.client('legacy', alias);
      expect(await toolsOf(stranger)).toEqual([`${prefix}unlock`]);
      expect((await stranger.callTool(`${prefix}secret`)).error?.message).toContain('Unknown tool');
      standing.abort();
    },
  );

  it('are gone with the leg', async () => {
    const client = await rig.client('legacy', 'lock');
    await client.callTool('unlock');
    await eventually('its own tool', async () => (await toolsOf(client)).includes('secret') || undefined);
    await rig.gateway.admin.refreshServer('lock');
    await eventually('the shared list', async () => !(await toolsOf(client)).includes('secret') || undefined);
  });
});

describe('R18 what a server says on the leg of one client', () => {
  it('reaches that client alone', async () => {
    const rig = await startRig({
      talk: {
        wire: 'stdio',
        script: {
          eras: ['legacy'],
          tools: [rawTool('plain')],
          capabilities: { logging: {} },
          handlers: {},
        },
        install: { sessionPolicy: 'per-client' },
      },
    });
    try {
      const clients = await Promise.all([rig.client('legacy', 'talk'), rig.client('legacy', 'talk')]);
      const streams = [];
      for (const client of clients) {
        await client.result('logging/setLevel', { level: 'info' });
        const stream = client.openStream();
        await stream.head;
        streams.push(stream);
        await client.callTool('plain');
      }
      const [, first, second] = rig.stdio('talk').alive();
      for (const [at, process] of [first, second].entries())
        process?.send({
          jsonrpc: '2.0',
          method: 'notifications/message',
          params: { level: 'error', data: `of process ${at}` },
        });
      for (const stream of streams)
        await stream.inbox.take('a message', ({ method }) => method === 'notifications/message');
      const heard = streams.map((stream) =>
        stream.inbox.all
          .filter(({ method }) => method === 'notifications/message')
          .map(({ params }) => params?.['data']),
      );
      expect(heard).toEqual([['of process 0'], ['of process 1']]);
      for (const stream of streams) stream.abort();
    } finally {
      await rig.close();
    }
  });
});

describe('R20 tasks of 2025-11-25 and the legs of their makers', () => {
  it('stay where they were made while the server turns to private legs, and their news arrive', async () => {
    const tasks = new Map<string, object>();
    const handlers: Record<string, ServerHandler> = {
      'tools/call:begin': (call) => {
        const taskId = `task-${tasks.size + 1}`;
        tasks.set(taskId, call.session);
        return { task: { taskId, status: 'working', ttl: null } };
      },
      'tools/call:ask': async (call) =>
        textResult(
          call.era,
          JSON.stringify((await call.ask('elicitation/create', { message: '?' })).result ?? {}),
        ),
      'tasks/get': (call) => {
        const taskId = String(call.params['taskId']);
        if (tasks.get(taskId) !== call.session) throw new Error('no such task in this process');
        return { taskId, status: 'working', ttl: null };
      },
    };
    const rig = await startRig({
      jobs: {
        wire: 'stdio',
        script: {
          eras: ['legacy'],
          tools: [rawTool('begin'), rawTool('ask')],
          capabilities: { tasks: { requests: { tools: { call: {} } } } },
          handlers,
        },
      },
    });
    try {
      const [one, two] = await Promise.all(
        ['one', 'two'].map((name) =>
          rig.client('legacy', 'jobs', {
            capabilities: ABLE,
            handlers: { 'elicitation/create': () => ({ action: 'accept', content: { name } }) },
          }),
        ),
      );
      if (one === undefined || two === undefined) throw new Error('no clients');
      const standing = one.openStream();
      await standing.head;
      const begun = await one.callTool('begin', {}, { params: { task: {} } });
      const taskId = String((begun.result?.['task'] as Json | undefined)?.['taskId']);
      // Both ask at once: from now on each has a leg of its own.
      await Promise.all([one.callTool('ask'), two.callTool('ask')]);
      await one.callTool('ask');
      expect(rig.stdio('jobs').alive().length).toBeGreaterThan(1);
      expect((await one.result('tasks/get', { taskId }))['taskId']).toBe(taskId);
      rig
        .stdio('jobs')
        .alive()[0]
        ?.send({
          jsonrpc: '2.0',
          method: 'notifications/tasks/status',
          params: { taskId, status: 'completed', ttl: null },
        });
      const news = await standing.inbox.take(
        'its end',
        ({ method }) => method === 'notifications/tasks/status',
      );
      expect(news.params).toMatchObject({ taskId, status: 'completed' });
      expect(two.inbox.all.some(({ method }) => method === 'notifications/tasks/status')).toBe(false);
      standing.abort();
    } finally {
      await rig.close();
    }
  });
});

describe('R23 a server that lists what its client is able to use', () => {
  let rig: Rig;
  /** What each process or session heard at its handshake. */
  const declared = new WeakMap<object, Json>();
  const script = {
    eras: ['legacy'] as const,
    handlers: {
      initialize: (call: ServerCall) => {
        declared.set(call.session, call.params['capabilities'] as Json);
        return {
          protocolVersion: '2025-11-25',
          capabilities: { tools: { listChanged: true } },
          serverInfo: { name: 'tailor', version: '1' },
        };
      },
      'tools/list': (call: ServerCall) => {
        const heard = declared.get(call.session) ?? {};
        return {
          tools: [
            rawTool('plain'),
            ...(heard['sampling'] === undefined ? [] : [rawTool('uses_model')]),
            ...(heard['roots'] === undefined ? [] : [rawTool('uses_folders')]),
          ],
        };
      },
    },
  };

  beforeAll(async () => {
    rig = await startRig({
      bridged: { wire: 'stdio', script },
      own: { wire: 'stdio', script, install: { declares: 'client' } },
      ownworkspace: {
        wire: 'stdio',
        script,
        install: { declares: 'client', sessionPolicy: 'per-workspace' },
      },
    });
  });
  afterAll(() => rig.close());

  it.each<[string, Era, Json, string[]]>([
    ['bridged', 'legacy', {}, ['plain', 'uses_model', 'uses_folders']],
    ['own', 'legacy', {}, ['plain']],
    ['own', 'legacy', { sampling: {} }, ['plain', 'uses_model']],
    ['own', 'modern', { roots: {} }, ['plain', 'uses_folders']],
    ['ownworkspace', 'legacy', { sampling: {}, roots: {} }, ['plain', 'uses_model', 'uses_folders']],
  ])('shows it at %s to a %s client with %j', async (alias, era, capabilities, expected) => {
    const name = `client of ${JSON.stringify(capabilities)}`;
    const client = await rig.client(era, alias, { capabilities, clientInfo: { name, version: '1' } });
    expect(await toolsOf(client)).toEqual(expected);
  });

  it('hears it differently as soon as a person wants that', async () => {
    const set = await rig.gateway.cli(['set', 'bridged', '--declare', 'client']);
    expect(set.code, set.stderr).toBe(0);
    expect((await rig.gateway.cli(['show', 'bridged'])).stdout).toContain('what each client can do');
    await eventually('the list of an unable client', async () => {
      const client = await rig.client('legacy', 'bridged', { capabilities: {} });
      return (await toolsOf(client)).length === 1 || undefined;
    });
  });
});
