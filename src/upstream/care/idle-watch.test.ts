/**
 * upstream/care/idle-watch.test — when a server counts as unused.
 */
import { expect, it } from 'vitest';
import { type IdleFacts, IdleWatch } from './idle-watch.ts';

const facts = (change: Partial<IdleFacts<string>> = {}): IdleFacts<string> => ({
  key: 'a',
  idleStopMs: 1_000,
  isReady: true,
  isInUse: false,
  requests: 3,
  ...change,
});

it('stops a server after its time without a call, and tells it once', () => {
  const watch = new IdleWatch<string>();
  expect(watch.look([facts()], 0)).toEqual([]);
  expect(watch.look([facts()], 999)).toEqual([]);
  expect(watch.look([facts()], 1_000)).toEqual([{ key: 'a', forMs: 1_000 }]);
  expect(watch.look([facts()], 1_001)).toEqual([]);
});

it.each([
  ['a call came', { requests: 4 }],
  ['somebody waits or listens', { isInUse: true }],
  ['it was not ready', { isReady: false }],
  ['it was to be kept', { idleStopMs: 0 }],
] as const)('counts anew when %s in between', (_, change) => {
  const watch = new IdleWatch<string>();
  watch.look([facts()], 0);
  watch.look([facts(change)], 900);
  const later = facts('requests' in change ? change : {});
  expect(watch.look([later], 1_800)).toEqual([]);
  expect(watch.look([later], 2_800)).toHaveLength(1);
});

it('keeps a server without a limit for good, and forgets one that is gone', () => {
  const watch = new IdleWatch<string>();
  watch.look([facts({ idleStopMs: 0 }), facts({ key: 'b' })], 0);
  expect(watch.look([facts({ idleStopMs: 0 })], 1e9)).toEqual([]);
  expect(watch.look([facts({ key: 'b' })], 1e9)).toEqual([]);
});
