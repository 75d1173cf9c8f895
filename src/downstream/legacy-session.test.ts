/**
 * downstream/legacy-session.test — what a client that does not listen is told later, and whose answer an answer is.
 */
import { describe, expect, it } from 'vitest';
import { principalOf } from '../../test/support/principals.ts';
import { raw } from '../../test/support/raw-json.ts';
import { ByteBudget, Cancellation, ManualClock } from '../base/index.ts';
import type { EventStream, StreamEvent } from '../http/index.ts';
import type { SessionId, SessionRecord } from '../model/index.ts';
import { KeptBytes } from './kept-bytes.ts';
import { LegacySession } from './legacy-session.ts';

function session(memory?: KeptBytes): { session: LegacySession; told: string[] } {
  const record = {
    id: 's' as SessionId,
    subscriptions: [],
    capabilitiesText: '{}',
  } as unknown as SessionRecord;
  const principal = principalOf('alice');
  const route = { kind: 'all' } as const;
  const made = new LegacySession(record, principal, route, new ManualClock(), true, memory);
  const told: string[] = [];
  return { session: made, told };
}

function attach(to: LegacySession, told: string[]): void {
  to.standingStream().attach({
    isOpen: true,
    bufferedBytes: 0,
    send: (event: StreamEvent) => {
      told.push(String(event.data));
      return true;
    },
    end: () => {},
  } as unknown as EventStream);
}

describe('what was missed', () => {
  it('tells of changed lists, however many resources changed before', () => {
    const { session: idle, told } = session();
    for (let at = 0; at < 500; at += 1)
      idle.notify('notifications/resources/updated', raw({ uri: `u:${at}` }));
    idle.notify('notifications/tools/list_changed', undefined);
    attach(idle, told);
    idle.caughtUp();
    expect([told.length, told.at(-1)]).toEqual([
      101,
      '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}',
    ]);
  });
});

describe('an ask', () => {
  it('has an id that no other life of the session has given', () => {
    const ids = [session(), session()].map(({ session: one, told }) => {
      attach(one, told);
      void one.ask({ method: 'roots/list', params: undefined }, new Cancellation(), undefined);
      return JSON.parse(told[0] as string).id as string;
    });
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^mux-[0-9A-Za-z]{8}-1$/);
  });
});

it('an ask whose call was cancelled before it is never put to the client', async () => {
  const { session: one, told } = session();
  attach(one, told);
  const cancellation = new Cancellation();
  cancellation.cancel('too late');
  const reply = await one.ask({ method: 'roots/list', params: undefined }, cancellation, undefined);
  expect([reply.kind, told]).toEqual(['error', []]);
});

it('what is held for a session is let go once, and at once when it is over', () => {
  const { session: one } = session();
  const released: string[] = [];
  const hold = (uri: string, name: string): void => one.hold(uri, () => released.push(name));
  hold('a', 'a1');
  hold('a', 'a2');
  hold('b', 'b');
  one.letGo('a');
  one.letGo('a');
  expect(released).toEqual(['a2', 'a1']);
  one.close('over');
  hold('c', 'c');
  one.close('again');
  expect(released).toEqual(['a2', 'a1', 'b', 'c']);
});

it('turns of a session follow each other, also after one that failed', async () => {
  const { session: one } = session();
  const done: number[] = [];
  const first = one.inTurn(async () => {
    await Promise.resolve();
    done.push(1);
    throw new Error('no');
  });
  const second = one.inTurn(async () => done.push(2));
  await expect(first).rejects.toThrow('no');
  await second;
  expect(done).toEqual([1, 2]);
});

describe('streams that are over', () => {
  it.each([
    ['many small ones', 61, 10, 8],
    ['few large ones', 7, 900_000, 4],
    ['one', 1, 900_000, 1],
  ])('R94 are kept within both bounds after %s', (_, count, bytes, left) => {
    const budget = new ByteBudget({ totalBytes: 1e9, ownerBytes: 1e9 });
    const { session: busy } = session(new KeptBytes(budget, 'alice'));
    const streams = Array.from({ length: count }, () => busy.newStream());
    for (const stream of streams) stream.send('x'.repeat(bytes));
    // While they run they stay.
    for (const stream of streams) expect(busy.findStream(stream.id)).toBe(stream);
    for (const stream of streams) stream.finish();
    const kept = streams.filter((stream) => busy.findStream(stream.id) !== undefined);
    expect(kept).toEqual(streams.slice(-left));
    expect(budget.usedBytes).toBe(kept.reduce((sum, stream) => sum + stream.keptBytes, 0));
    busy.close('over');
    expect(budget.usedBytes).toBe(0);
  });
});
