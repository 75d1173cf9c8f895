/**
 * observe/call-audit.test — which calls become one entry, and what of a call does not enter the audit.
 */
import { expect, it } from 'vitest';
import type { CallEntry } from '../model/index.ts';
import { auditOfCalls } from './call-audit.ts';

let nextId = 1;
function call(
  principalId: string,
  name: string,
  outcome: CallEntry['outcome'] = 'ok',
  method = 'tools/call',
): CallEntry {
  const id = nextId++;
  return {
    id,
    endedAt: 1_000 + id,
    party: {
      principalId,
      principalName: principalId.toUpperCase(),
      clientId: principalId,
      app: 'app',
      appVersion: '1',
      folder: '/home/ada/secret-project',
      spaceId: 'default',
      rule: undefined,
      era: 'modern',
      revision: '2026-07-28',
    },
    target: {
      method,
      serverId: 's1',
      server: 'files',
      originalName: name,
      shownName: `files_${name}`,
      era: undefined,
      revision: undefined,
    },
    sessionId: 1,
    outcome,
    code: outcome === 'refused' ? 'access.held' : undefined,
    said: 'what the server said',
    totalUs: 1,
    queueUs: 0,
    serverUs: 1,
    streamUs: 0,
    requestBytes: 10,
    resultBytes: 10,
    asks: [],
    progress: 0,
    traceId: undefined,
    callId: `c${id}`,
  };
}

it('is one entry for each caller, tool and outcome of a batch, without what was said', () => {
  nextId = 1;
  const records = auditOfCalls([
    call('ada', 'read'),
    call('bob', 'read'),
    call('ada', 'read'),
    call('ada', 'list', 'ok', 'tools/list'),
    call('ada', 'read', 'timeout'),
    call('ada', 'delete', 'refused'),
  ]);
  expect(
    records.map(({ who, what, on, decision, facts }) => [who.name, what, on, decision, facts?.['calls']]),
  ).toEqual([
    ['ADA', 'calls.tools/call', 'files/read', 'done', 2],
    ['BOB', 'calls.tools/call', 'files/read', 'done', 1],
    ['ADA', 'calls.tools/call', 'files/read', 'failed', 1],
    ['ADA', 'calls.tools/call', 'files/delete', 'refused', 1],
  ]);
  expect(records[0]?.facts).toMatchObject({ firstId: 1, lastId: 3 });
  expect(JSON.stringify(records)).not.toMatch(/secret-project|server said/);
});
