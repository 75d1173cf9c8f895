/**
 * catalogue/similar-names.test — what may have been meant.
 */
import { expect, it } from 'vitest';
import { similarNames } from './similar-names.ts';

it.each([
  ['everything_ech', ['everything_echo']],
  ['EVERYTHING_ECHO', ['everything_echo']],
  ['echo', ['everything_echo']],
  ['zzz', []],
  [`echo${'x'.repeat(125)}`, []],
  [`everything_echo${'x'.repeat(4_000_000)}`, []],
])('for %.40s suggests %j', (wanted, expected) => {
  expect(similarNames(wanted, ['everything_echo', 'github_issues', 'memory_read'])).toEqual(expected);
});
