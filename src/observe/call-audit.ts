/**
 * observe/call-audit — calls as entries of the audit: who called what, how often and how it ended, one entry for each of these
 * in a batch of the call history. Arguments and results are no part of it.
 *
 * Pure.
 */
import type { AuditDecision, AuditRecord, CallEntry, CallOutcomeName } from '../model/index.ts';

/** What acts or reads; lists and pings say nothing of interest here. */
const recorded: ReadonlySet<string> = new Set([
  'tools/call',
  'resources/read',
  'prompts/get',
  'completion/complete',
]);

const decisionOf: Readonly<Record<CallOutcomeName, AuditDecision>> = {
  ok: 'done',
  asked: 'done',
  cancelled: 'done',
  refused: 'refused',
  'tool-error': 'failed',
  error: 'failed',
  timeout: 'failed',
};

/** In the order of the first call of each. */
export function auditOfCalls(calls: readonly CallEntry[]): readonly AuditRecord[] {
  const groups = new Map<string, CallEntry[]>();
  for (const call of calls) {
    const { method, serverId, originalName, shownName } = call.target;
    if (!recorded.has(method)) continue;
    const key = [call.party.principalId, method, serverId, originalName ?? shownName, call.outcome].join(
      '\n',
    );
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [call]);
    else group.push(call);
  }
  return [...groups.values()].map((group) => recordOf(group));
}

function recordOf(group: readonly CallEntry[]): AuditRecord {
  const [first] = group as [CallEntry];
  const { party, target, outcome, code } = first;
  const name = target.originalName ?? target.shownName ?? '';
  return {
    who: { kind: 'client', id: party.principalId, name: party.principalName },
    what: `calls.${target.method}`,
    on: (target.server === undefined ? name : `${target.server}/${name}`).slice(0, 200),
    decision: decisionOf[outcome],
    facts: {
      calls: group.length,
      outcome,
      code,
      // To find them in the history.
      firstId: first.id,
      lastId: group.at(-1)?.id,
    },
  };
}
