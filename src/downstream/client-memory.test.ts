/**
 * downstream/client-memory.test — what clients make us keep is bounded in bytes: for each principal, and for all.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../test/support/deferred.ts';
import {
  closeRigs,
  hello,
  initialize,
  post,
  type Reply,
  type Rig,
  startRig,
  subscribe,
} from '../../test/support/downstream-rig.ts';
import { principalOf } from '../../test/support/principals.ts';
import { raw } from '../../test/support/raw-json.ts';
import { ByteBudget, type JsonObject, ManualClock } from '../base/index.ts';
import { resultAnswer } from '../gateway/index.ts';
import { type ClientId, principalIdOf, type SessionId } from '../model/index.ts';
import { LegacySession } from './legacy-session.ts';
import { readInitialize } from './read-initialize.ts';

closeRigs();

const mebibyte = 1024 * 1024;
/** 63 kB whose tree takes 1.3 MB. */
const large: JsonObject = { x: Array.from({ length: 21_000 }, () => ({})) };
const asBob = { authorization: 'Bearer bob' };

const call = (rig: Rig, session: string, bytes: number, headers = {}): Promise<Reply> =>
  post(
    rig,
    { method: 'tools/call', params: { name: 't', arguments: { text: 'x'.repeat(bytes) } } },
    { session, headers },
  );

describe('R69 sessions', () => {
  it('R69 a session whose client says 63 kB of itself takes 80 kB at most', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const sessions: LegacySession[] = [];
    const used = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = used();
    for (let count = 0; count < 200; count += 1) {
      const params = raw({ ...hello, capabilities: large });
      const facts = readInitialize(params);
      if (facts === undefined) throw new Error('refused');
      const record = {
        ...facts,
        id: `${count}` as SessionId,
        principalId: principalIdOf('k1' as ClientId),
        routePath: '/mcp',
        logLevel: undefined,
        subscriptions: [],
        workspace: undefined,
        bridgeFolder: undefined,
        roots: undefined,
        createdAt: 0,
        lastUsedAt: 0,
      };
      const principal = principalOf('k1');
      const route = { kind: 'all' } as const;
      const session = new LegacySession(record, principal, route, new ManualClock(), false);
      // Looked at, as when a server asks something: it must not stay as a tree.
      expect(Array.isArray(session.caller.client.capabilities['x'])).toBe(true);
      sessions.push(session);
    }
    const each = (used() - before) / sessions.length;
    expect(each).toBeLessThan(80_000);
    expect(each).toBeGreaterThan(60_000);
  });

  it('R69 those that are not used make room for new ones, and come back', async () => {
    const memory = new ByteBudget({ totalBytes: mebibyte, ownerBytes: mebibyte / 2 });
    const rig = await startRig({ memory });
    const capabilities = { x: 'y'.repeat(60_000) };
    const ids: string[] = [];
    for (let count = 0; count < 30; count += 1) {
      const { status, session } = await post(rig, {
        method: 'initialize',
        params: { ...hello, capabilities },
      });
      expect(status).toBe(200);
      ids.push(session as string);
      rig.clock.advance(10);
    }
    expect(memory.usedBytesOf('client:k1')).toBeLessThanOrEqual(mebibyte / 2);
    expect(rig.downstream.sessionCount).toBeLessThan(10);
    expect((await post(rig, { method: 'ping' }, { session: ids[0] as string })).status).toBe(200);
    // One principal's sessions never cost another principal theirs.
    const other = await initialize(rig, asBob);
    expect((await post(rig, { method: 'ping' }, { session: other, headers: asBob })).status).toBe(200);
  });
});

describe('R69 calls that wait', () => {
  it('R69 are refused with 503 and Retry-After beyond the share of their principal', async () => {
    const memory = new ByteBudget({ totalBytes: 6 * mebibyte, ownerBytes: 3 * mebibyte });
    const rig = await startRig({ memory });
    const session = await initialize(rig);
    const bobs = await initialize(rig, asBob);
    const gate = deferred<void>();
    rig.serve.answer = async (request) => {
      rig.serve.callers.push(request.scope.caller);
      await gate.promise;
      return resultAnswer({});
    };
    const answers = Array.from({ length: 10 }, (_, id) =>
      fetch(`${rig.url}/mcp`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'mcp-session-id': session },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id,
          method: 'tools/call',
          params: { name: 'x'.repeat(900_000) },
        }),
      }),
    );
    let refused = 0;
    const settled = Promise.all(
      answers.map(async (answer) => {
        const { status, headers } = await answer;
        if (status === 503) refused += 1;
        return [status, headers.get('retry-after')];
      }),
    );
    while (rig.serve.callers.length + refused < 10) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(memory.usedBytesOf('client:k1')).toBeLessThanOrEqual(3 * mebibyte);
    // Another principal has room, and small requests always have.
    rig.serve.answer = async () => resultAnswer({});
    expect((await call(rig, bobs, 900_000, asBob)).status).toBe(200);
    expect((await post(rig, { method: 'ping' }, { session })).status).toBe(200);
    gate.resolve();
    const seen = await settled;
    expect(seen.filter(([status]) => status === 200)).toHaveLength(3);
    expect(seen.filter(([status, after]) => status === 503 && after === '1')).toHaveLength(7);
    // What was given back can be taken again.
    expect((await call(rig, session, 900_000)).status).toBe(200);
  });

  it.each([
    ['with a length', (body: string) => body],
    ['in chunks', (body: string) => new Blob([body]).stream()],
  ])('R69 count when they come %s', async (_, make) => {
    const memory = new ByteBudget({ totalBytes: mebibyte, ownerBytes: mebibyte / 2 });
    const rig = await startRig({ memory });
    const session = await initialize(rig);
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'ping',
      params: { x: 'x'.repeat(600_000) },
    });
    const answer = await fetch(`${rig.url}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'mcp-session-id': session },
      body: make(body) as string,
      ...({ duplex: 'half' } as object),
    });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(((await answer.json()) as Reply['body']).error?.message).toContain('memory');
  });
});

describe('R69 what can be had again', () => {
  it('R69 sessions that are not used make room for a large request', async () => {
    const memory = new ByteBudget({ totalBytes: 4 * mebibyte, ownerBytes: mebibyte });
    const rig = await startRig({ memory });
    const capabilities = { x: 'y'.repeat(60_000) };
    for (let count = 0; count < 16; count += 1) {
      await post(rig, { method: 'initialize', params: { ...hello, capabilities } });
      rig.clock.advance(10);
    }
    const session = await initialize(rig);
    expect(memory.usedBytesOf('client:k1')).toBeGreaterThan(0.8 * mebibyte);
    expect((await call(rig, session, 900_000)).status).toBe(200);
    expect(rig.released.length).toBeGreaterThan(5);
  });
});

describe('R69 what is kept for later', () => {
  it('R69 counts subscriptions', async () => {
    const memory = new ByteBudget({ totalBytes: mebibyte, ownerBytes: mebibyte / 2 });
    const rig = await startRig({ memory });
    const session = await initialize(rig);
    const uri = (at: number): string => `file:///${at}/${'x'.repeat(150_000)}`;
    const answers = [];
    for (let at = 0; at < 4; at += 1) answers.push(await subscribe(rig, session, uri(at)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 503, 503]);
    await post(rig, { method: 'resources/unsubscribe', params: { uri: uri(0) } }, { session });
    expect((await subscribe(rig, session, uri(4))).status).toBe(200);
    const ended = await fetch(`${rig.url}/mcp`, { method: 'DELETE', headers: { 'mcp-session-id': session } });
    expect(ended.status).toBe(200);
    expect(memory.usedBytes).toBe(0);
  });
});

describe('R73 the bound on sessions', () => {
  it('R73 lets everybody in who comes at once, as long as idle sessions can go', async () => {
    const rig = await startRig({ maxSessions: 10 });
    for (let count = 0; count < 10; count += 1) await initialize(rig);
    const all = await Promise.all(
      Array.from({ length: 60 }, () => post(rig, { method: 'initialize', params: hello })),
    );
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 200));
    expect(rig.downstream.sessionCount).toBeLessThanOrEqual(10);
    // Those that made room are in the store: their clients notice nothing.
    const pings = all.map(({ session }) => post(rig, { method: 'ping' }, { session: session as string }));
    expect((await Promise.all(pings)).map(({ status }) => status)).toEqual(all.map(() => 200));
    expect(rig.downstream.sessionCount).toBeLessThanOrEqual(10);
  });

  it('R73 takes the one that was unused longest, one that listens only when all do', async () => {
    const rig = await startRig({ maxSessions: 3 });
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      ids.push(await initialize(rig));
      rig.clock.advance(10);
    }
    const [listening, oldest] = ids as [string, string, string];
    const stream = await fetch(`${rig.url}/mcp`, {
      headers: { accept: 'text/event-stream', 'mcp-session-id': listening },
    });
    rig.clock.advance(10);
    await post(rig, { method: 'ping' }, { session: oldest });
    rig.clock.advance(10);
    await initialize(rig);
    expect(rig.released).toEqual([ids[2]]);
    await stream.body?.cancel();
  });

  it('R73 refuses with 503 when every session is at work', async () => {
    const rig = await startRig({ maxSessions: 2 });
    const gate = deferred<void>();
    rig.serve.answer = async ({ scope }) => {
      rig.serve.callers.push(scope.caller);
      await gate.promise;
      return resultAnswer({});
    };
    const calls = [];
    for (let count = 0; count < 2; count += 1) calls.push(call(rig, await initialize(rig), 10));
    while (rig.serve.callers.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await post(rig, { method: 'initialize', params: hello })).status).toBe(503);
    gate.resolve();
    await Promise.all(calls);
    expect((await post(rig, { method: 'initialize', params: hello })).status).toBe(200);
  });
});
