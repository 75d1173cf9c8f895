/**
 * daemon/compose/history-wing — what happened: the history of calls.
 */
import type { CallHistoryRepository } from '../../model/index.ts';
import { type AuditLog, auditOfCalls, CallHistory } from '../../observe/index.ts';
import type { Foundation } from './foundation.ts';
import type { ObserveWing } from './observe-wing.ts';
import type { StoreWing } from './store-wing.ts';

export interface HistoryWing {
  /** Undefined: a person switched it off. */
  readonly history: CallHistory | undefined;
}

/** @throws store.* */
export async function openHistoryWing(
  foundation: Foundation,
  { store }: StoreWing,
  { audit }: ObserveWing,
): Promise<HistoryWing> {
  const { settings, closer, clock, secrets } = foundation;
  const logger = foundation.logger.child({ room: 'observe' });
  if (settings.historyMaxCalls === 0) return { history: undefined };
  const history = await CallHistory.open({
    repository: auditedHistory(store.repositories.callHistory, audit),
    marks: store.repositories.settings,
    clock,
    logger,
    redact: (text, serverId) => secrets.redact(text, serverId),
    keepMs: settings.historyKeepMs,
    keepCalls: settings.historyMaxCalls,
  });
  closer.own('call history', history);
  return { history };
}

/** Each batch of calls that is written leaves its entries in the audit. */
function auditedHistory(repository: CallHistoryRepository, audit: AuditLog): CallHistoryRepository {
  return {
    ...repository,
    async append(calls, sessions) {
      await repository.append(calls, sessions);
      for (const record of auditOfCalls(calls)) audit.later(record);
    },
  };
}
