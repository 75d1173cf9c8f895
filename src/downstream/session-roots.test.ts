/**
 * downstream/session-roots.test — when a client is asked where it works, and what it is taken for until it has said so.
 */
import { expect, it } from 'vitest';
import { principalOf } from '../../test/support/principals.ts';
import { raw } from '../../test/support/raw-json.ts';
import { ManualClock, silentLogger } from '../base/index.ts';
import type { EventStream, StreamEvent } from '../http/index.ts';
import type { SessionRecord } from '../model/index.ts';
import { LegacySession } from './legacy-session.ts';
import type { ReplyChannel } from './reply.ts';
import { graceMs, readRoots, SessionRoots } from './session-roots.ts';

function rig(
  options: { readonly hasRoots?: boolean; readonly asks?: boolean; readonly roots?: string[] } = {},
) {
  const { hasRoots = true, asks = true, roots } = options;
  const clock = new ManualClock();
  const record = {
    id: 's',
    revision: '2025-11-25',
    subscriptions: [],
    capabilitiesText: hasRoots ? '{"roots":{"listChanged":true}}' : '{}',
    roots,
  } as unknown as SessionRecord;
  const session = new LegacySession(record, principalOf('a'), { kind: 'all' }, clock, false);
  const sent: { id: string; method: string }[] = [];
  const listens = (): void =>
    session.standingStream().attach({
      send: ({ data }: StreamEvent) => sent.push(JSON.parse(String(data)) as never),
      onClose: () => {},
      isOpen: true,
    } as unknown as EventStream);
  let isAsking = asks;
  const told: unknown[] = [];
  const stored: (readonly string[])[] = [];
  const watched = new SessionRoots({
    asksForFolders: () => isAsking,
    realFolders: async (uris) => uris,
    changed: () => told.push(session.caller.roots),
    store: async (_, uris) => void stored.push(uris),
    asksListsOnce: () => false,
    clock,
    logger: silentLogger,
  });
  const begin = (): void => {
    watched.opened(session);
    session.isInitialized = true;
    watched.initialized(session);
  };
  const answer = async (...uris: string[]): Promise<void> => {
    const id = sent.at(-1)?.id as string;
    session.answered(id, raw({ roots: uris.map((uri) => ({ uri })) }), undefined);
    await new Promise(setImmediate);
  };
  return {
    clock,
    session,
    sent,
    told,
    stored,
    watched,
    begin,
    listens,
    answer,
    startAsking: () => {
      isAsking = true;
    },
    state: () => session.caller.roots?.state,
  };
}

it('asks when the client listens, and tells when it has said where it works', async () => {
  const { clock, begin, listens, sent, answer, told, stored, state } = rig();
  begin();
  expect(state()).toBe('pending');
  // Nobody listens yet: the first tries reach nobody.
  clock.advance(400);
  expect(sent).toEqual([]);
  await new Promise(setImmediate);
  listens();
  clock.advance(400);
  expect(sent).toMatchObject([{ method: 'roots/list' }]);
  // One at a time.
  clock.advance(1_200);
  expect(sent).toHaveLength(1);
  await answer('file:///a', 'file:///b');
  expect([told, stored]).toEqual([
    [{ state: 'arrived', uris: ['file:///a', 'file:///b'] }],
    [['file:///a', 'file:///b']],
  ]);
  clock.advance(60_000);
  expect([sent.length, state()]).toEqual([1, 'arrived']);
});

it('takes a client that stays silent for one without folders, and hears it all the same when it is late', async () => {
  const { clock, begin, listens, answer, told, state } = rig();
  listens();
  begin();
  clock.advance(graceMs);
  expect([state(), told]).toEqual(['lapsed', [{ state: 'lapsed' }]]);
  await answer('file:///late');
  expect(state()).toBe('arrived');
});

it.each([
  ['does not report folders', { hasRoots: false }],
  ['is in a world where no rule depends on them', { asks: false }],
])('asks nothing of a client that %s', (_, options) => {
  const { clock, begin, listens, sent, state } = rig(options);
  listens();
  begin();
  clock.advance(60_000);
  expect([sent, state()]).toEqual([[], undefined]);
});

it('asks from the moment on that a rule depends on folders', () => {
  const { clock, begin, listens, sent, session, watched, startAsking } = rig({ asks: false });
  listens();
  begin();
  startAsking();
  watched.accessChanged([session]);
  clock.advance(100);
  expect(sent).toMatchObject([{ method: 'roots/list' }]);
});

it('asks again when the client says that its folders are others, and keeps what it said till then', async () => {
  const { listens, begin, clock, answer, session, watched, told, sent } = rig();
  listens();
  begin();
  clock.advance(100);
  await answer('file:///a');
  watched.listChanged(session);
  expect(session.caller.roots).toEqual({ state: 'arrived', uris: ['file:///a'] });
  expect(sent).toHaveLength(2);
  await answer('file:///b');
  expect(told.at(-1)).toEqual({ state: 'arrived', uris: ['file:///b'] });
});

it('asks on the reply of a list when the client does not listen, and waits no longer than a moment', async () => {
  const { begin, clock, session, watched, state } = rig();
  begin();
  const said: string[] = [];
  const reply = { canSay: true, say: (text: string) => said.push(text) } as unknown as ReplyChannel;
  let isOver = false;
  const waiting = watched.settled(session, reply).then(() => {
    isOver = true;
  });
  expect(said).toHaveLength(1);
  const { id } = JSON.parse(said[0] as string) as { id: string };
  session.answered(id, raw({ roots: [{ uri: 'file:///a' }] }), undefined);
  await waiting;
  expect(state()).toBe('arrived');
  // Once it is known nobody waits.
  await watched.settled(session, reply);
  expect([said.length, isOver]).toEqual([1, true]);
  const silent = rig();
  silent.begin();
  const given = silent.watched.settled(silent.session, reply);
  silent.clock.advance(300);
  await given;
  expect(silent.state()).toBe('pending');
  clock.advance(1);
});

it('knows the folders of a session of an earlier life, and takes a refusal for none', async () => {
  const known = rig({ roots: ['file:///kept'] });
  known.begin();
  expect(known.session.caller.roots).toEqual({ state: 'arrived', uris: ['file:///kept'] });
  const refusing = rig();
  refusing.listens();
  refusing.begin();
  refusing.clock.advance(100);
  refusing.session.answered(refusing.sent[0]?.id as string, undefined, { code: -32601, message: 'no' });
  await new Promise(setImmediate);
  expect(refusing.session.caller.roots).toEqual({ state: 'arrived', uris: [] });
});

it.each([
  [{ roots: [{ uri: 'file:///a', name: 'A' }, { name: 'none' }, 'x', { uri: 7 }] }, ['file:///a']],
  [{ roots: 'x' }, []],
  [{}, []],
])('reads the folders in %j', (result, uris) => expect(readRoots(raw(result))).toEqual(uris));
