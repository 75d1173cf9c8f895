/**
 * catalogue/nearest.test — what may have been meant.
 */
import { expect, it } from 'vitest';
import { nearestNames } from './nearest.ts';

it.each([
  ['everything_ech', ['everything_echo']],
  ['EVERYTHING_ECHO', ['everything_echo']],
  ['echo', ['everything_echo']],
  ['zzz', []],
  [`echo${'x'.repeat(125)}`, []],
  [`everything_echo${'x'.repeat(4_000_000)}`, []],
])('for %.40s suggests %j', (wanted, expected) => {
  expect(nearestNames(wanted, ['everything_echo', 'github_issues', 'memory_read'])).toEqual(expected);
});
