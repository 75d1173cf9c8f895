/**
 * Edge cases of what is told without being asked: log messages, listen streams, resources that change.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, withDeadline } from '../support/deadline.ts';
import { type Json, META, type RawCall, type RpcMessage } from '../support/raw-client.ts';
import { rawTool, type ServerHandler } from '../support/raw-server.ts';
import { type Rig, startRig, textResult } from './rig.ts';

const ACK = 'notifications/subscriptions/acknowledged';
const UPDATED = 'notifications/resources/updated';
const MESSAGE = 'notifications/message';
const LEVELS = ['debug', 'info', 'warning', 'error'];

let rig: Rig;
/** What each modern server is listened for now, and how to tell it. */
const listens = new Map<string, { readonly filter: Json; tell(method: string, params?: Json): void }>();

const logging: Record<string, ServerHandler> = {
  'tools/call:talk': (call) => {
    const wanted = (call.params['_meta'] as Json | undefined)?.[META.logLevel];
    // A modern server says nothing unless it is asked to.
    if (call.era === 'legacy' || wanted !== undefined) {
      for (const level of LEVELS) call.notify(MESSAGE, { level, logger: 'talker', data: { level } });
    }
    return textResult(call.era, 'talked');
  },
};
const resources = ['res://a', 'res://b'].map((uri) => ({ uri, name: uri.slice(-1) }));
const common = { tools: [rawTool('talk')], resources, capabilities: { logging: {} } };

function modern(alias: string) {
  return {
    ...common,
    eras: ['modern'] as const,
    handlers: {
      ...logging,
      'subscriptions/listen': ((call) => {
        const filter = call.params['notifications'] as Json;
        const _meta = { [META.subscriptionId]: call.id };
        const mine = {
          filter,
          tell: (method: string, params: Json = {}) => call.notify(method, { ...params, _meta }),
        };
        call.notify(ACK, { notifications: filter, _meta });
        listens.set(alias, mine);
        void call.cancelled.then(() => {
          if (listens.get(alias) === mine) listens.delete(alias);
        });
        return undefined;
      }) satisfies ServerHandler,
    },
  };
}

beforeAll(async () => {
  const legacy = { ...common, eras: ['legacy'] as const, handlers: logging };
  rig = await startRig({
    old: { wire: 'http', script: legacy },
    oldpipe: { wire: 'stdio', script: legacy },
    new: { wire: 'http', script: modern('new') },
    newpipe: { wire: 'stdio', script: modern('newpipe') },
    mute: { wire: 'http', script: { eras: ['legacy'], resources, capabilities: { resources: {} } } },
  });
});
afterAll(() => rig.close());

const ALL = ['old', 'oldpipe', 'new', 'newpipe'] as const;

function levelsOn(messages: readonly RpcMessage[]): unknown[] {
  return messages.filter((message) => message.method === MESSAGE).map((message) => message.params?.['level']);
}

describe.each(ALL)('edge 31: log messages (%s)', (alias) => {
  it('come to a modern request that names a level, at or above it, on its stream only', async () => {
    const client = await rig.client('modern', alias);
    const listen = client.listen({ toolsListChanged: true });
    await listen.inbox.take('ack', (message) => message.method === ACK);
    const silent = client.open('tools/call', { name: 'talk', arguments: {} });
    await silent.ended;
    expect(levelsOn(silent.inbox.all)).toEqual([]);
    const call = client.open(
      'tools/call',
      { name: 'talk', arguments: {} },
      { meta: { [META.logLevel]: 'debug' } },
    );
    await call.ended;
    expect(levelsOn(call.inbox.all)).toEqual(LEVELS);
    expect(call.inbox.all[0]?.params).toEqual({ level: 'debug', logger: 'talker', data: { level: 'debug' } });
    if (alias.startsWith('old')) {
      const some = client.open(
        'tools/call',
        { name: 'talk', arguments: {} },
        { meta: { [META.logLevel]: 'warning' } },
      );
      await some.ended;
      expect(levelsOn(some.inbox.all)).toEqual(['warning', 'error']);
    }
    expect(levelsOn(listen.inbox.all)).toEqual([]);
    listen.abort();
  });

  it('a level that is none is refused', async () => {
    const client = await rig.client('modern', alias);
    const modernAnswer = await client.callTool('talk', {}, { meta: { [META.logLevel]: 'loud' } });
    expect(modernAnswer.error?.code).toBe(-32602);
    const legacy = await rig.client('legacy', alias);
    expect((await legacy.request('logging/setLevel', { level: 'loud' })).error?.code).toBe(-32602);
  });

  it('the level of one legacy session is not that of another', async () => {
    const loud = await rig.client('legacy', alias);
    const quiet = await rig.client('legacy', alias);
    const silent = await rig.client('legacy', alias);
    await loud.result('logging/setLevel', { level: 'debug' });
    await quiet.result('logging/setLevel', { level: 'error' });
    const calls: RawCall[] = [];
    for (const client of [loud, quiet, silent]) {
      const call = client.open('tools/call', { name: 'talk', arguments: {} });
      await call.ended;
      calls.push(call);
    }
    // A modern server is asked for one level and keeps to it; what it says beyond is held back.
    expect(calls.map((call) => levelsOn(call.inbox.all))).toEqual([LEVELS, ['error'], []]);
  });
});

describe('edge 32: listen streams', () => {
  it.each([
    ['text', 'id-1'],
    ['a number', 17],
    ['zero', 0],
  ])('tag every message with an id that is %s', async (_what, id) => {
    const client = await rig.client('modern', 'old');
    const listen = client.listen({ toolsListChanged: true, resourceSubscriptions: ['res://a'] }, { id });
    const ack = await listen.inbox.take('the acknowledgement');
    expect(ack.method).toBe(ACK);
    expect(ack.params).toEqual({
      notifications: { toolsListChanged: true, resourceSubscriptions: ['res://a'] },
      _meta: { [META.subscriptionId]: id },
    });
    rig.http('old').push({ jsonrpc: '2.0', method: UPDATED, params: { uri: 'res://a' } });
    const updated = await listen.inbox.take('the update', (message) => message.method === UPDATED);
    expect(updated.params).toEqual({ uri: 'res://a', _meta: { [META.subscriptionId]: id } });
    listen.abort();
  });

  it('acknowledge only what can be kept, and never tell what was not asked for', async () => {
    const client = await rig.client('modern', 'mute');
    const listen = client.listen({
      toolsListChanged: true,
      promptsListChanged: true,
      resourceSubscriptions: ['res://a'],
      unheardOf: true,
    });
    const ack = await listen.inbox.take('the acknowledgement');
    // This server has no prompts and does not tell of single resources.
    expect(ack.params?.['notifications']).toEqual({ toolsListChanged: true });
    const other = await rig.client('modern', 'old');
    const narrow = other.listen({ resourceSubscriptions: ['res://a'] });
    const wide = other.listen({ resourceSubscriptions: ['res://a', 'res://b'] });
    for (const call of [narrow, wide]) await call.inbox.take('the acknowledgement');
    for (const uri of ['res://b', 'res://c', 'res://a']) {
      rig.http('old').push({ jsonrpc: '2.0', method: UPDATED, params: { uri } });
    }
    const about = (call: RawCall) =>
      call.inbox.all
        .filter((message) => message.method === UPDATED)
        .map((message) => message.params?.['uri']);
    for (const call of [narrow, wide]) {
      await call.inbox.take('the last update', (message) => message.params?.['uri'] === 'res://a');
    }
    expect([about(narrow), about(wide)]).toEqual([['res://a'], ['res://b', 'res://a']]);
    narrow.abort();
    rig.http('old').push({ jsonrpc: '2.0', method: UPDATED, params: { uri: 'res://b' } });
    await eventually('an update after the other left', () => (about(wide).length === 3 ? true : undefined));
    for (const call of [wide, listen]) call.abort();
  });

  it('refuses a listen without a filter', async () => {
    const client = await rig.client('modern', 'old');
    expect((await client.request('subscriptions/listen', {})).error?.code).toBe(-32602);
  });
});

describe.each(ALL)('edge 34: subscriptions of resources (%s)', (alias) => {
  /** What the server was told to watch and no longer to watch, in order; or what it is listened for now. */
  const watched = (): string[] => {
    if (alias.startsWith('new')) {
      const uris = listens.get(alias)?.filter['resourceSubscriptions'] as string[] | undefined;
      return (uris ?? []).map((uri) => `+${uri}`);
    }
    const all =
      alias === 'old'
        ? rig.http('old').received.all.map((one) => one.message)
        : rig.stdio('oldpipe').alive()[0]?.received.all;
    return (all ?? []).flatMap((message) => {
      if (message?.method === 'resources/subscribe') return [`+${String(message.params?.['uri'])}`];
      if (message?.method === 'resources/unsubscribe') return [`-${String(message.params?.['uri'])}`];
      return [];
    });
  };
  const tell = (uri: string) => {
    const message = { jsonrpc: '2.0', method: UPDATED, params: { uri } };
    if (alias === 'old') rig.http('old').push(message);
    else if (alias === 'oldpipe') rig.stdio('oldpipe').alive()[0]?.send(message);
    else listens.get(alias)?.tell(UPDATED, { uri });
  };

  it('are counted: the server is told of the first and after the last', async () => {
    const uri = 'res://b';
    await eventually('nobody to watch', () => (isWatched(watched(), uri) ? undefined : true));
    const begin = watched().length;
    const legacy = await rig.client('legacy', alias);
    const standing = legacy.openStream();
    await standing.head;
    const modernClient = await rig.client('modern', alias);
    const first = modernClient.listen({ resourceSubscriptions: [uri] });
    const second = modernClient.listen({ resourceSubscriptions: [uri] });
    for (const call of [first, second]) await call.inbox.take('the acknowledgement');
    await legacy.result('resources/subscribe', { uri });
    await eventually('the server to watch', () => (isWatched(watched(), uri) ? true : undefined));
    if (alias.startsWith('old')) expect(watched().slice(begin)).toEqual([`+${uri}`]);
    tell(uri);
    for (const call of [first, second, standing]) {
      await call.inbox.take('the update', (message) => message.method === UPDATED);
    }
    first.abort();
    await legacy.result('resources/unsubscribe', { uri });
    await first.ended;
    tell(uri);
    await second.inbox.take('the second update', (message) => message.method === UPDATED);
    expect(isWatched(watched(), uri)).toBe(true);
    second.abort();
    await eventually('the server to be told after the last', () =>
      isWatched(watched(), uri) ? undefined : true,
    );
    if (alias.startsWith('old')) expect(watched().slice(begin)).toEqual([`+${uri}`, `-${uri}`]);
    expect(standing.inbox.all.filter((message) => message.method === UPDATED)).toHaveLength(1);
    standing.abort();
  });

  it('end with the session that made them', async () => {
    const uri = 'res://a';
    await eventually('nobody to watch', () => (isWatched(watched(), uri) ? undefined : true));
    const legacy = await rig.client('legacy', alias);
    await legacy.result('resources/subscribe', { uri });
    await eventually('the server to watch', () => (isWatched(watched(), uri) ? true : undefined));
    await legacy.terminate();
    await eventually('the server to be told', () => (isWatched(watched(), uri) ? undefined : true));
  });

  it('are made again after the server was started again', async () => {
    const uri = 'res://a';
    const client = await rig.client('modern', alias);
    const listen = client.listen({ resourceSubscriptions: [uri] });
    await listen.inbox.take('the acknowledgement');
    await eventually('the server to watch', () => (isWatched(watched(), uri) ? true : undefined));
    const times = watched().filter((one) => one === `+${uri}`).length;
    const before = listens.get(alias);
    const streams = () => (alias === 'old' ? rig.http('old').received.all.filter(isStream).length : 0);
    const streamsBefore = streams();
    if (alias.endsWith('pipe')) {
      const process = rig.stdio(alias).alive()[0];
      process?.exit(1);
      await process?.gone;
    } else {
      await rig.gateway.admin.refreshServer(alias);
    }
    await eventually('the server to watch again', () => {
      if (alias === 'oldpipe') return isWatched(watched(), uri) ? true : undefined;
      if (alias === 'old')
        // This server keeps nothing for a client whose stream is not open yet.
        return watched().filter((one) => one === `+${uri}`).length > times && streams() > streamsBefore
          ? true
          : undefined;
      return listens.get(alias) !== before && isWatched(watched(), uri) ? true : undefined;
    });
    tell(uri);
    await listen.inbox.take('the update', (message) => message.method === UPDATED);
    listen.abort();
  });
});

/** Did it ask for the server's own stream? */
const isStream = (one: { readonly method: string }): boolean => one.method === 'GET';

/** Is `uri` watched after these were said in order? */
function isWatched(said: readonly string[], uri: string): boolean {
  return said.findLast((one) => one.slice(1) === uri)?.startsWith('+') === true;
}

// The last of the file: it ends the daemon.
describe('edge 32: when the daemon stops', () => {
  it('a listen stream ends with the empty result', async () => {
    const client = await rig.client('modern');
    const listen = client.listen({ toolsListChanged: true }, { id: 'last' });
    await listen.inbox.take('the acknowledgement');
    const stopping = rig.gateway.admin.stopDaemon();
    const end = await listen.inbox.take('the result', (message) => message.result !== undefined);
    expect(end).toEqual({
      jsonrpc: '2.0',
      id: 'last',
      result: { resultType: 'complete', _meta: { [META.subscriptionId]: 'last' } },
    });
    await withDeadline(listen.ended, 5_000, 'the stream did not end');
    await stopping.catch(() => undefined);
  });
});
