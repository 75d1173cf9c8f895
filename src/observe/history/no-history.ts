/**
 * observe/history/no-history — the history where a person has switched it off: empty, and it says so.
 */
import { observeError } from '../errors.ts';

const off = (): never => {
  throw observeError('history_off');
};

export const noHistory = {
  counts: { recorded: 0, dropped: 0, waiting: 0, since: 0, mayMissBefore: undefined },
  find: async () => off(),
  get: async () => off(),
  sessions: async () => off(),
  follow: () => off(),
};
