/**
 * daemon/errors — why a daemon does not start.
 */
import { defineErrors } from '../base/index.ts';

export const daemonError = defineErrors('daemon', {
  already_running: {
    kind: 'conflict',
    says: (f) =>
      `mcpmux is already running with this data folder (${f.dataDir})` +
      `${f.pid === undefined ? '' : `: pid ${f.pid}`}${f.url === undefined ? '' : `, ${f.url}`}`,
    hint: () => 'stop it with: mcpmux stop — or start this one with a data folder and port of its own',
  },
  lock_failed: {
    kind: 'unavailable',
    says: (f) => `the data folder ${f.dataDir} cannot be locked: ${f.reason}`,
    hint: (f) => f.hint as string | undefined,
  },
  no_service_manager: {
    kind: 'unavailable',
    says: (f) => `there is no ${f.manager} for this person here: ${f.reason}`,
    hint: () => 'start it from whatever starts programs here: mcpmux start',
  },
  service_refused: {
    kind: 'unavailable',
    says: (f) => `"${f.command}" ended with ${f.code}: ${f.reason}`,
    hint: () => 'mcpmux service status',
  },
});
