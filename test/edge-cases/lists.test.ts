/**
 * Edge cases of lists: changes told once, caching told honestly, pages over any mix of servers.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pagedScript } from '../fixtures/quirks/features.ts';
import { eventually } from '../support/deadline.ts';
import { type Era, type Json, META, type RawCall, type RawHttpClient } from '../support/raw-client.ts';
import { rawTool, type ServerHandler } from '../support/raw-server.ts';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
/** More than one page of ours. */
const MANY = 2_050;
/** What the changing servers list now. */
const listed = new Map<string, Json[]>();

function changing(alias: string): Record<string, ServerHandler> {
  return {
    'tools/list': (call) => ({
      ...(call.era === 'modern' ? { resultType: 'complete', ttlMs: 60_000, cacheScope: 'public' } : {}),
      tools: listed.get(alias) ?? [rawTool('constant')],
    }),
    'resources/read': (call) => ({
      ...(call.era === 'modern' ? { resultType: 'complete', ttlMs: 1, cacheScope: 'public' } : {}),
      contents: [{ uri: call.params['uri'], text: 'x' }],
    }),
    // A modern server tells of changes on the stream of whoever listens.
    'subscriptions/listen': (call) => {
      const filter = call.params['notifications'] as Json;
      const meta = { _meta: { [META.subscriptionId]: call.id } };
      call.notify('notifications/subscriptions/acknowledged', { notifications: filter, ...meta });
      listeners.set(alias, (method) => call.notify(method, meta));
      return undefined;
    },
  };
}
const listeners = new Map<string, (method: string) => void>();

beforeAll(async () => {
  const many = Array.from({ length: MANY }, (_, at) => rawTool(`many_${String(at).padStart(4, '0')}`));
  const resources = [{ uri: 'res://one', name: 'one' }];
  rig = await startRig({
    old: { wire: 'http', script: { eras: ['legacy'], resources, handlers: changing('old') } },
    oldpipe: { wire: 'stdio', script: { eras: ['legacy'], handlers: changing('oldpipe') } },
    new: { wire: 'http', script: { eras: ['modern'], resources, handlers: changing('new') } },
    newpipe: { wire: 'stdio', script: { eras: ['modern'], handlers: changing('newpipe') } },
    paged: { wire: 'http', script: pagedScript(['modern']) },
    pagedpipe: { wire: 'stdio', script: pagedScript(['legacy']) },
    none: { wire: 'http', script: { eras: ['legacy'], tools: [] } },
    many: { wire: 'http', script: { eras: ['legacy'], tools: many } },
    dying: { wire: 'stdio', script: { eras: ['legacy'], tools: [rawTool('mortal')] } },
  });
});
afterAll(() => rig.close());

function namesIn(result: Json | undefined): string[] {
  const tools = (result?.['tools'] ?? []) as { name: string }[];
  return tools.map((tool) => tool.name);
}

/** All pages, each as it came. */
async function pagesOf(client: RawHttpClient, method = 'tools/list'): Promise<Json[]> {
  const pages: Json[] = [];
  let cursor: unknown;
  do {
    const page: Json = await client.result(method, cursor === undefined ? {} : { cursor });
    pages.push(page);
    cursor = page['nextCursor'];
  } while (cursor !== undefined);
  return pages;
}

async function allNames(client: RawHttpClient): Promise<string[]> {
  return (await pagesOf(client)).flatMap(namesIn);
}

const CHANGED = 'notifications/tools/list_changed';
const changesOn = (call: RawCall) => call.inbox.all.filter((message) => message.method === CHANGED);

describe.each(['old', 'oldpipe', 'new', 'newpipe'])('edge 33: a changed list (%s)', (alias) => {
  it('is told once to each legacy session and each modern listener that sees it, and is there by then', async () => {
    // The listing at the server is what its clients knew until now.
    const tellChange = () => {
      const message = { jsonrpc: '2.0', method: CHANGED };
      if (alias === 'old') rig.http('old').push(message);
      else if (alias === 'oldpipe') rig.stdio('oldpipe').alive()[0]?.send(message);
      else listeners.get(alias)?.(CHANGED);
    };
    const onAll = await rig.client('legacy');
    const onOne = await rig.client('legacy', alias);
    const elsewhere = await rig.client('legacy', 'none');
    const standing = [onAll, onOne, elsewhere].map((client) => client.openStream());
    await Promise.all(standing.map((stream) => stream.head));
    const modern = await rig.client('modern');
    const listening = modern.listen({ toolsListChanged: true }, { id: `l-${alias}` });
    const prompts = modern.listen({ promptsListChanged: true }, { id: `p-${alias}` });
    const far = (await rig.client('modern', 'none')).listen({ toolsListChanged: true });
    await Promise.all(
      [listening, prompts, far].map((call) =>
        call.inbox.take('ack', (message) => message.method === 'notifications/subscriptions/acknowledged'),
      ),
    );
    const name = `fresh_${alias}`;
    listed.set(alias, [rawTool('constant'), rawTool(name)]);
    // Several words about one change are one change.
    tellChange();
    tellChange();
    tellChange();
    const told = [standing[0], standing[1], listening] as RawCall[];
    for (const stream of told) {
      await stream.inbox.take('the change', (message) => message.method === CHANGED);
      expect(await allNames(await rig.client('legacy'))).toContain(`${alias}_${name}`);
    }
    const [heard] = changesOn(listening);
    expect(heard?.params?.['_meta']).toMatchObject({ [META.subscriptionId]: `l-${alias}` });
    // A second change is the proof that the first was told once: nothing else came in between.
    listed.set(alias, [rawTool('constant')]);
    tellChange();
    for (const stream of told) await stream.inbox.take('the second change', (one) => one.method === CHANGED);
    expect(told.map((stream) => changesOn(stream).length)).toEqual([2, 2, 2]);
    expect(changesOn(standing[2] as RawCall)).toEqual([]);
    expect([...changesOn(prompts), ...changesOn(far)]).toEqual([]);
    for (const call of [...standing, listening, prompts, far]) call.abort();
  });
});

describe('edge 33: a session that does not listen when a list changes', () => {
  it.each([
    ['listens for the first time', false],
    ['takes its stream up again', true],
  ])('hears of it once when it %s', async (_what, resumes) => {
    const client = await rig.client('legacy', 'old');
    let lastEventId: string | undefined;
    if (resumes) {
      const before = client.openStream();
      const first = await eventually('the first event', () =>
        before.events.all.find((event) => event.id !== undefined),
      );
      lastEventId = first.id;
      before.abort();
      await before.ended;
    }
    const watcher = await rig.client('legacy', 'old');
    const watching = watcher.openStream();
    await watching.head;
    listed.set('old', [rawTool('constant'), rawTool(`missed_${String(resumes)}`)]);
    rig.http('old').push({ jsonrpc: '2.0', method: CHANGED });
    await watching.inbox.take('the change', (message) => message.method === CHANGED);
    const after = client.openStream(lastEventId === undefined ? {} : { lastEventId });
    await after.inbox.take('the missed change', (message) => message.method === CHANGED);
    expect(changesOn(after)).toHaveLength(1);
    for (const call of [watching, after]) call.abort();
  });
});

describe('edge 35: caching', () => {
  it.each([undefined, 'old', 'new', 'oldpipe', 'newpipe'])(
    'every cacheable modern result has both fields, the same scope on all pages (%s)',
    async (alias) => {
      const client = await rig.client('modern', alias);
      const results = [await client.result('server/discover'), ...(await pagesOf(client))];
      for (const method of ['prompts/list', 'resources/list', 'resources/templates/list']) {
        const answer = await client.request(method);
        if (answer.result !== undefined) results.push(answer.result);
      }
      if (alias === undefined || !alias.endsWith('pipe')) {
        results.push(await client.result('resources/read', { uri: 'res://one' }));
      }
      expect(results.length).toBeGreaterThan(3);
      for (const result of results) {
        expect(result['resultType']).toBe('complete');
        expect(result['ttlMs']).toBeGreaterThanOrEqual(0);
        expect(['public', 'private']).toContain(result['cacheScope']);
      }
      const scopes = new Set((await pagesOf(client)).map((page) => page['cacheScope']));
      expect(scopes.size).toBe(1);
    },
  );

  it('a list of several servers is nobody else’s, and a legacy client sees no such fields', async () => {
    const modern = await rig.client('modern');
    expect((await modern.result('tools/list'))['cacheScope']).toBe('private');
    const legacy = await rig.client('legacy');
    for (const page of await pagesOf(legacy)) {
      expect(Object.keys(page).filter((key) => ['ttlMs', 'cacheScope', 'resultType'].includes(key))).toEqual(
        [],
      );
    }
    expect(await legacy.result('resources/read', { uri: 'res://one' })).toEqual({
      contents: [{ uri: 'res://one', text: 'x' }],
    });
  });

  it('what one principal read is asked for anew for another', async () => {
    const reads = () =>
      rig.http('new').received.all.filter((one) => one.message?.method === 'resources/read').length;
    const before = reads();
    const { text } = await rig.gateway.admin.createKey('another reader');
    const one = await rig.client('modern', 'new');
    const two = await rig.client('modern', 'new', { headers: { authorization: `Bearer ${text}` } });
    await one.result('resources/read', { uri: 'res://one' });
    await two.result('resources/read', { uri: 'res://one' });
    expect(reads()).toBe(before + 2);
  });
});

describe('edge 36: pages', () => {
  it.each(['legacy', 'modern'] as const)(
    'all pages of all servers arrive, once and in one order (%s)',
    async (era: Era) => {
      const client = await rig.client(era);
      const names = await allNames(client);
      expect(new Set(names).size).toBe(names.length);
      for (const alias of ['paged', 'pagedpipe']) {
        const own = names
          .filter((name) => name.startsWith(`${alias}_`))
          .map((name) => name.slice(alias.length + 1));
        expect(own).toEqual([
          'page0_a',
          'page0_b',
          'page1_a',
          'page1_b',
          'page3_a',
          'page3_b',
          'page4_a',
          'page4_b',
        ]);
      }
      expect(names.filter((name) => name.startsWith('many_'))).toHaveLength(MANY);
      expect(names.filter((name) => name.startsWith('none_'))).toEqual([]);
      expect(await allNames(await rig.client(era))).toEqual(names);
      expect((await pagesOf(client)).length).toBeGreaterThan(1);
    },
  );

  it.each(['legacy', 'modern'] as const)(
    'a cursor that is not ours, changed, or of another list is refused (%s)',
    async (era) => {
      const client = await rig.client(era);
      const { nextCursor } = await client.result('tools/list');
      const cursor = String(nextCursor);
      const { text } = await rig.gateway.admin.createKey(`foreign ${era}`);
      const foreign = await rig.client(era, undefined, { headers: { authorization: `Bearer ${text}` } });
      const changed = `${cursor.slice(0, -2)}${cursor.at(-2) === 'A' ? 'B' : 'A'}${cursor.at(-1)}`;
      const refused = [
        ...(await Promise.all(
          ['', 'x', changed, `${cursor}=`, 7, null].map((one) =>
            client.request('tools/list', { cursor: one }),
          ),
        )),
        await client.request('prompts/list', { cursor }),
        await foreign.request('tools/list', { cursor }),
        await (await rig.client(era, 'many')).request('tools/list', { cursor }),
      ];
      expect(refused.map((answer) => answer.error?.code)).toEqual(refused.map(() => -32602));
      // A cursor may be used again.
      const page = await client.result('tools/list', { cursor });
      expect(await client.result('tools/list', { cursor })).toEqual(page);
    },
  );

  it('one server that is down costs its own tools only', async () => {
    const client = await rig.client('legacy');
    const before = await allNames(client);
    expect(before).toContain('dying_mortal');
    await rig.gateway.admin.changeServer('dying', { isEnabled: false });
    const after = await eventually('a list without it', async () => {
      const names = await allNames(client);
      return names.includes('dying_mortal') ? undefined : names;
    });
    expect(after).toEqual(before.filter((name) => name !== 'dying_mortal'));
  });
});
