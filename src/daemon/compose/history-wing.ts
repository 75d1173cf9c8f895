/**
 * daemon/compose/history-wing — what happened: the history of calls.
 */
import { CallHistory } from '../../observe/index.ts';
import type { Foundation } from './foundation.ts';
import type { StoreWing } from './store-wing.ts';

export interface HistoryWing {
  /** Undefined: a person switched it off. */
  readonly history: CallHistory | undefined;
}

/** @throws store.* */
export async function openHistoryWing(foundation: Foundation, { store }: StoreWing): Promise<HistoryWing> {
  const { settings, closer, clock, secrets } = foundation;
  const logger = foundation.logger.child({ room: 'observe' });
  if (settings.historyMaxCalls === 0) return { history: undefined };
  const history = await CallHistory.open({
    repository: store.repositories.callHistory,
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
