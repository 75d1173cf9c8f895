/**
 * support/fake-history — a history of calls in memory, with the filters of the real one.
 */
import type { History } from '../../src/admin/ports.ts';
import type { CallEntry } from '../../src/model/index.ts';

const at = 1_700_000_000_000;

export function callSample(id: number, changes: Partial<CallEntry> = {}): CallEntry {
  return {
    id,
    endedAt: at + id * 1_000,
    party: {
      principalId: 'client:c1',
      principalName: 'laptop',
      clientId: 'c1',
      app: 'claude-code',
      appVersion: '2.1.0',
      folder: '/home/ana/code/acme',
      spaceId: 'default',
      rule: undefined,
      era: 'legacy',
      revision: '2025-11-25',
    },
    target: {
      method: 'tools/call',
      serverId: 's1',
      server: 'github',
      originalName: 'create_issue',
      shownName: 'github_create_issue',
      era: 'legacy',
      revision: '2025-06-18',
    },
    sessionId: 1,
    outcome: 'ok',
    code: undefined,
    said: undefined,
    totalUs: 12_000,
    queueUs: 1_000,
    serverUs: 10_500,
    streamUs: 0,
    requestBytes: 80,
    resultBytes: 400,
    asks: [],
    progress: 0,
    traceId: undefined,
    callId: `c-${id}`,
    ...changes,
  };
}

export function fakeHistory(calls: readonly CallEntry[]): History {
  return {
    counts: { recorded: calls.length, dropped: 0, waiting: 0, since: at, mayMissBefore: undefined },
    async find({ outcomes, party, target, minUs = 0, since = 0, before = Number.MAX_SAFE_INTEGER, limit }) {
      const fitting = [...calls]
        .reverse()
        .filter(
          (call) =>
            call.id < before &&
            call.totalUs >= minUs &&
            call.endedAt >= since &&
            (outcomes === undefined || outcomes.includes(call.outcome)) &&
            (party === undefined || party(call.party)) &&
            (target === undefined || target(call.target)),
        );
      const page = fitting.slice(0, limit);
      return { calls: page, next: fitting.length > limit ? page.at(-1)?.id : undefined };
    },
    get: async (id) => calls.find((call) => call.id === id),
    sessions: async () => [],
    follow: () => () => {},
  };
}
