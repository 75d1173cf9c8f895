/**
 * test/suites/call-history — what every store of calls must do: find by any filter from the newest on, page, remove the oldest.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type CallEntry,
  type CallFilter,
  type CallHistoryRepository,
  callQuery,
  type WorkSession,
} from '../../src/model/index.ts';
import { callSample } from '../support/fake-history.ts';
import type { StoreHarness } from './store-harness.ts';

const session: WorkSession = {
  id: 1,
  principalId: 'client:c1',
  principalName: 'laptop',
  app: 'cursor',
  folder: '/a',
  spaceId: 'default',
  startedAt: 1_000,
  lastAt: 2_000,
  calls: 2,
  failures: 1,
};

export function callHistorySuite(name: string, make: () => Promise<StoreHarness>): void {
  describe(`the history of calls over ${name}`, () => {
    let harness: StoreHarness;
    let history: CallHistoryRepository;

    beforeEach(async () => {
      harness = await make();
      history = (await harness.open()).repositories.callHistory;
    });
    afterEach(() => harness.dispose());

    const ids = async (filter: CallFilter, limit = 100): Promise<number[]> =>
      (await history.find(callQuery(filter, { limit }))).calls.map(({ id }) => id);

    /** Every kind of call that a filter tells from others. */
    async function store(count: number): Promise<CallEntry[]> {
      const base = callSample(1);
      const calls = Array.from({ length: count }, (_, at) => {
        const id = at + 1;
        return callSample(id, {
          outcome: id % 50 === 0 ? 'timeout' : id % 20 === 0 ? 'tool-error' : 'ok',
          totalUs: id % 40 === 0 ? 2_500_000 : 900,
          sessionId: id % 2,
          code: id % 50 === 0 ? 'upstream.timed_out' : undefined,
          traceId: id === 7 ? 'ab'.repeat(16) : undefined,
          asks: id === 7 ? ['elicitation:accept'] : [],
          party: id % 3 === 0 ? { ...base.party, app: 'cursor', folder: '/srv' } : base.party,
          target:
            id % 5 === 0
              ? {
                  ...base.target,
                  serverId: 's2',
                  server: 'files',
                  originalName: 'read',
                  shownName: 'files_read',
                }
              : base.target,
        });
      });
      for (let at = 0; at < count; at += 300) await history.append(calls.slice(at, at + 300), []);
      return calls;
    }

    it('gives a call back as it was stored, also in another life', async () => {
      const refused = callSample(2, {
        outcome: 'refused',
        said: 'a "line" \\ with ü 🦊',
        code: 'gateway.unknown_tool',
        asks: ['elicitation:decline', 'roots:answered'],
        progress: 3,
        traceId: 'ab'.repeat(16),
        target: {
          ...callSample(2).target,
          serverId: undefined,
          server: undefined,
          era: undefined,
          revision: undefined,
        },
        party: {
          ...callSample(2).party,
          clientId: undefined,
          app: undefined,
          folder: undefined,
          rule: 'key',
        },
      });
      await history.append([callSample(1), refused], [session]);
      expect(await history.get(1)).toEqual(callSample(1));
      const later = (await harness.open()).repositories.callHistory;
      expect((await later.find({ limit: 10 })).calls).toEqual([refused, callSample(1)]);
      expect(await later.lastIds()).toEqual({ call: 2, session: 1 });
      expect(await later.sessions({ limit: 10 })).toEqual([session]);
      expect(await later.get(99)).toBeUndefined();
    });

    it('is empty at first', async () => {
      expect(await history.lastIds()).toEqual({ call: 0, session: 0 });
      expect(await history.find({ limit: 10 })).toEqual({ calls: [], next: undefined });
      expect(await history.removeOld(Number.MAX_SAFE_INTEGER, 0, 100)).toBe(0);
    });

    it('finds by every part of a filter, the newest first', async () => {
      await store(200);
      expect(await ids({}, 3)).toEqual([200, 199, 198]);
      expect(await ids({ outcomes: ['timeout'] })).toEqual([200, 150, 100, 50]);
      expect(await ids({ outcomes: ['timeout', 'tool-error'] }, 4)).toEqual([200, 180, 160, 150]);
      expect(await ids({ outcomes: ['ok', 'timeout'] }, 3)).toEqual([200, 199, 198]);
      expect(await ids({ minMs: 1_000 }, 2)).toEqual([200, 160]);
      expect(await ids({ minMs: 0.5, maxMs: 1 }, 2)).toEqual([199, 198]);
      expect(await ids({ servers: ['files'] }, 2)).toEqual([200, 195]);
      expect(await ids({ clients: ['cursor'] }, 2)).toEqual([198, 195]);
      expect(await ids({ folders: ['/srv'], servers: ['files'] }, 2)).toEqual([195, 180]);
      expect(await ids({ tools: ['nothing'] })).toEqual([]);
      expect(await ids({ code: 'upstream.timed_out', clients: ['cursor'] })).toEqual([150]);
      expect(await ids({ trace: 'ab'.repeat(16) })).toEqual([7]);
      expect(await ids({ session: 1 }, 2)).toEqual([199, 197]);
      const at = callSample(150).endedAt;
      expect(await ids({ since: at, until: at + 2_000 })).toEqual([152, 151, 150]);
      expect(await ids({ since: at + 10_000_000 })).toEqual([]);
    });

    it('pages through everything once', async () => {
      await store(700);
      const seen: number[] = [];
      let before: number | undefined;
      do {
        const page = await history.find(callQuery({ servers: ['files'] }, { before, limit: 50 }));
        seen.push(...page.calls.map(({ id }) => id));
        before = page.next;
      } while (before !== undefined);
      expect(seen).toEqual(Array.from({ length: 140 }, (_, at) => 700 - at * 5));
    });

    it('removes the oldest by age and by number, a part at a time', async () => {
      await store(300);
      expect(await history.removeOld(callSample(101).endedAt, 1_000, 60)).toBe(60);
      expect(await history.removeOld(callSample(101).endedAt, 1_000, 60)).toBe(40);
      expect(await history.removeOld(callSample(101).endedAt, 1_000, 60)).toBe(0);
      expect(await history.span()).toEqual({ oldest: 101, newest: 300 });
      expect(await history.removeOld(0, 50, 1_000)).toBe(150);
      expect(await history.span()).toEqual({ oldest: 251, newest: 300 });
    });

    it('counts a session on', async () => {
      await history.append([], [session]);
      await history.append(
        [],
        [
          { ...session, lastAt: 9_000, calls: 5 },
          { ...session, id: 2, lastAt: 8_000 },
        ],
      );
      expect((await history.sessions({ limit: 10 })).map(({ id, calls }) => [id, calls])).toEqual([
        [1, 5],
        [2, 2],
      ]);
      expect((await history.sessions({ since: 8_500, limit: 10 })).map(({ id }) => id)).toEqual([1]);
    });

    it('stores nothing of a batch that cannot be stored whole', async () => {
      const other = { ...callSample(1).party, app: 'new' };
      await expect(
        history.append([callSample(1), callSample(1, { party: other })], []),
      ).rejects.toMatchObject({ code: expect.stringMatching(/^store\./) });
      expect(await ids({})).toEqual([]);
      await history.append([callSample(1, { party: other })], []);
      expect((await history.get(1))?.party).toEqual(other);
    });
  });
}
