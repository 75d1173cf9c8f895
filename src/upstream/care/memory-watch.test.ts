/**
 * upstream/care/memory-watch.test — who has to go when memory runs over.
 */
import { describe, expect, it } from 'vitest';
import { findOverBudget, isNearBudget, type MemoryUse } from './memory-watch.ts';

const use = (key: string, residentBytes: number, budgetBytes = 0): MemoryUse<string> => ({
  key,
  residentBytes,
  budgetBytes,
});
const keys = (uses: readonly MemoryUse<string>[], totalBytes: number): string[] =>
  findOverBudget(uses, totalBytes).map(({ key, of }) => `${key}:${of}`);

describe('findOverBudget', () => {
  it.each([
    ['nobody without budgets', [use('a', 900), use('b', 900)], 0, []],
    [
      'a server over its own budget, not one that is at it',
      [use('a', 101, 100), use('b', 100, 100)],
      0,
      ['a:server'],
    ],
    ['the largest when all together are over', [use('a', 40), use('b', 50), use('c', 30)], 100, ['b:total']],
    [
      'as many as it takes, largest first',
      [use('a', 40), use('b', 50), use('c', 30)],
      35,
      ['b:total', 'a:total'],
    ],
    [
      'nobody for the total when those over their own budget make room',
      [use('a', 90, 50), use('b', 50)],
      100,
      ['a:server'],
    ],
    ['nobody at exactly the total', [use('a', 50), use('b', 50)], 100, []],
  ] as const)('names %s', (_, uses, totalBytes, expected) => {
    expect(keys(uses, totalBytes)).toEqual(expected);
  });

  it('says how much was used and how much is allowed', () => {
    expect(findOverBudget([use('a', 101, 100)], 0)).toEqual([
      { key: 'a', residentBytes: 101, limitBytes: 100, of: 'server' },
    ]);
  });
});

it('looks again soon only when a budget is more than half used', () => {
  expect(isNearBudget([use('a', 50, 100)], 0)).toBe(false);
  expect(isNearBudget([use('a', 51, 100)], 0)).toBe(true);
  expect(isNearBudget([use('a', 30), use('b', 30)], 100)).toBe(true);
  expect(isNearBudget([use('a', 1_000)], 0)).toBe(false);
});
