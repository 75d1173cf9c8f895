/**
 * observe/errors — what can go wrong when somebody asks what happened.
 */
import { defineErrors } from '../base/index.ts';

export const observeError = defineErrors('observe', {
  history_off: {
    kind: 'unavailable',
    says: () => 'the history of calls is switched off',
    hint: () => 'start the daemon with MCPMUX_HISTORY_MAX_CALLS above 0',
  },
  alert_failed: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `an alert did not reach ${f.channel}: ${f.reason}`,
    hint: () => 'check the settings: mcpmux config show',
  },
  nothing_to_explain: {
    kind: 'not-found',
    says: (f) => `there is no call, server, client or error code "${f.reference}"`,
    hint: (f) => (f.nearest ? `did you mean: ${f.nearest}` : 'see: mcpmux status'),
  },
});
