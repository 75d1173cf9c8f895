/**
 * observe/history/call-history.test — calls are noted off their way, in batches, and what is lost is counted.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { deferred } from '../../../test/support/deferred.ts';
import { ManualClock, silentLogger } from '../../base/index.ts';
import {
  type CallEntry,
  type Caller,
  type CallHistoryRepository,
  CallRecord,
  type Principal,
  type WorkSession,
} from '../../model/index.ts';
import { CallHistory, queueLimit } from './call-history.ts';

class MemoryRepository implements CallHistoryRepository {
  readonly calls: CallEntry[] = [];
  readonly batches: number[] = [];
  readonly stored = new Map<number, WorkSession>();
  fails = false;
  holds: Promise<void> | undefined;

  async lastIds() {
    return { call: this.calls.at(-1)?.id ?? 0, session: Math.max(0, ...this.stored.keys()) };
  }
  async append(calls: readonly CallEntry[], sessions: readonly WorkSession[]) {
    await this.holds;
    if (this.fails) throw new Error('the disk is full');
    this.batches.push(calls.length);
    this.calls.push(...calls);
    for (const session of sessions) this.stored.set(session.id, session);
  }
  async get(id: number) {
    return this.calls.find((call) => call.id === id);
  }
  async find() {
    return { calls: this.calls, next: undefined };
  }
  async sessions() {
    return [...this.stored.values()];
  }
  async removeOld() {
    return 0;
  }
  async span() {
    return { oldest: 0, newest: 0 };
  }
}

let clock: ManualClock;
let repository: MemoryRepository;
let kept: Map<string, string>;

beforeEach(() => {
  clock = new ManualClock();
  repository = new MemoryRepository();
  kept = new Map();
});

function openHistory(): Promise<CallHistory> {
  return CallHistory.open({
    repository,
    clock,
    logger: silentLogger,
    marks: {
      get: async (key) => kept.get(key),
      set: async (key, value) => void kept.set(key, value),
      delete: async (key) => void kept.delete(key),
    },
    redact: (text) => text.replaceAll('s3cret', '***'),
    keepMs: 1_000,
    keepCalls: 1_000,
  });
}

const testPrincipal = {
  id: 'client:c1',
  clientId: 'c1',
  kind: 'key',
  name: 'laptop',
} as unknown as Principal;

function caller(app: string, folder?: string): Caller {
  return {
    principal: testPrincipal,
    route: { kind: 'all' },
    client: { era: 'legacy', revision: '2025-11-25', info: { name: app, version: '1' }, capabilities: {} },
    sessionKey: 'x',
    workspace: folder,
  };
}

function ended(by: Caller, changes: Partial<CallRecord> = {}): CallRecord {
  const record = new CallRecord('c-1', by, 'tools/call', clock.monotonic(), 10);
  return Object.assign(record, {
    server: { id: 's1', alias: 'files' },
    originalName: 'read',
    shownName: 'files_read',
    legEra: 'legacy',
    legRevision: '2025-06-18',
    endedAt: clock.monotonic(),
    outcome: 'ok',
    ...changes,
  });
}

describe('the history of calls', () => {
  it('writes a quarter of a second later, all that ended meanwhile in one go', async () => {
    const history = await openHistory();
    const by = caller('cursor');
    history.ended(ended(by));
    history.ended(ended(by));
    expect(history.counts).toMatchObject({ recorded: 0, waiting: 2, dropped: 0 });
    clock.advance(250);
    await history.flush();
    expect(repository.batches).toEqual([2]);
    expect(repository.calls.map(({ id }) => id)).toEqual([1, 2]);
    expect(history.counts).toMatchObject({ recorded: 2, waiting: 0 });
    await history.close();
  });

  it('splits the time into waiting, server, its stream, and ours', async () => {
    const history = await openHistory();
    const startedAt = clock.monotonic();
    clock.advance(100);
    history.ended(
      ended(caller('cursor'), {
        startedAt,
        sentAt: startedAt + 10,
        firstToldAt: startedAt + 40,
        answeredAt: startedAt + 90,
        endedAt: startedAt + 100,
      } as Partial<CallRecord>),
    );
    const endedAt = clock.now();
    clock.advance(200);
    await history.flush();
    expect(repository.calls[0]).toMatchObject({
      endedAt,
      totalUs: 100_000,
      queueUs: 10_000,
      serverUs: 80_000,
      streamUs: 50_000,
    });
    await history.close();
  });

  it('keeps of what was said one line without secrets', async () => {
    const history = await openHistory();
    history.ended(ended(caller('cursor'), { outcome: 'error', said: `no\n  s3cret ${'x'.repeat(9_000)}` }));
    await history.flush();
    const said = repository.calls[0]?.said ?? '';
    expect(said.startsWith('no *** xxx')).toBe(true);
    expect(said.length).toBeLessThanOrEqual(301);
    await history.close();
  });

  it('counts exactly what it cannot keep, and keeps the rest', async () => {
    const history = await openHistory();
    const hold = deferred<void>();
    repository.holds = hold.promise;
    const by = caller('cursor');
    const total = queueLimit + 2_000;
    for (let count = 0; count < total; count += 1) history.ended(ended(by));
    const { dropped } = history.counts;
    expect(dropped).toBeGreaterThan(0);
    hold.resolve();
    await history.flush();
    expect(repository.calls.length + dropped).toBe(total);
    expect(history.counts).toMatchObject({ recorded: total - dropped, dropped, waiting: 0 });
    await history.close();
  });

  it('tries again what could not be written, in its order', async () => {
    const history = await openHistory();
    repository.fails = true;
    history.ended(ended(caller('cursor')));
    await history.flush();
    expect(history.counts).toMatchObject({ recorded: 0, waiting: 1 });
    repository.fails = false;
    history.ended(ended(caller('cursor')));
    clock.advance(2_000);
    await history.flush();
    expect(repository.calls.map(({ id }) => id)).toEqual([1, 2]);
    await history.close();
  });

  it('goes on with its numbers and sessions after a restart', async () => {
    const first = await openHistory();
    first.ended(ended(caller('cursor', '/a')));
    await first.close();
    const second = await openHistory();
    expect(second.counts.mayMissBefore).toBeUndefined();
    second.ended(ended(caller('cursor', '/a')));
    await second.flush();
    expect(repository.calls.map(({ id, sessionId }) => [id, sessionId])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    // It is not closed: the next one says so.
    expect((await openHistory()).counts.mayMissBefore).toBe(clock.now());
  });

  it('tells who follows, and a listener that throws harms nobody', async () => {
    const history = await openHistory();
    const seen: number[] = [];
    history.follow(() => {
      throw new Error('broken');
    });
    const end = history.follow(({ id }) => seen.push(id));
    history.ended(ended(caller('cursor')));
    await history.flush();
    end();
    history.ended(ended(caller('cursor')));
    await history.flush();
    expect(seen).toEqual([1]);
    await history.close();
    history.ended(ended(caller('cursor')));
    expect(history.counts.dropped).toBe(1);
  });
});

describe('a work session', () => {
  it('is one app in one folder, whatever its connections do, until a long pause', async () => {
    const history = await openHistory();
    history.ended(ended(caller('cursor', '/a')));
    history.ended(ended(caller('cursor', '/b')));
    history.ended(ended(caller('claude-code', '/a')));
    await history.flush();
    clock.advance(29 * 60_000);
    history.ended(ended(caller('cursor', '/a'), { outcome: 'timeout' }));
    await history.flush();
    clock.advance(31 * 60_000);
    history.ended(ended(caller('cursor', '/a')));
    await history.flush();
    expect(repository.calls.map(({ sessionId }) => sessionId)).toEqual([1, 2, 3, 1, 4]);
    expect(repository.stored.get(1)).toMatchObject({ calls: 2, failures: 1, app: 'cursor', folder: '/a' });
    await history.close();
  });
});
