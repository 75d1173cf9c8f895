/**
 * upstream/care/buffer-budget.test — who is held and who is failed when too much waits in memory.
 */
import { expect, it } from 'vitest';
import { BufferBudget, type WireUse } from './buffer-budget.ts';

const limits = { wireBytes: 80, totalBytes: 100, graceMs: 1_000 };
const uses = (...bytes: number[]): WireUse<string>[] =>
  bytes.map((bufferedBytes, at) => ({ wire: 'abc'[at]!, bufferedBytes }));

it('leaves everybody alone under the budget', () => {
  expect(new BufferBudget<string>(limits).judge(uses(50, 50), 0)).toEqual({
    hold: [],
    release: [],
    fail: [],
  });
});

it('holds all but the largest over the budget, once, and lets them go well under it', () => {
  const budget = new BufferBudget<string>(limits);
  expect(budget.judge(uses(50, 60, 5), 0)).toEqual({ hold: ['a', 'c'], release: [], fail: [] });
  expect(budget.judge(uses(50, 61, 5), 100)).toEqual({ hold: [], release: [], fail: [] });
  // Not yet: a little less is no reason to begin the same again.
  expect(budget.judge(uses(50, 40, 0), 200)).toEqual({ hold: ['b'], release: ['a'], fail: [] });
  expect(budget.judge(uses(50, 20, 0), 300)).toEqual({ hold: [], release: ['c', 'b'], fail: [] });
});

it('fails the largest when holding did not help in time, and gives the rest time anew', () => {
  const budget = new BufferBudget<string>(limits);
  budget.judge(uses(50, 60), 0);
  expect(budget.judge(uses(50, 60), 1_000).fail).toEqual([]);
  expect(budget.judge(uses(50, 60), 1_001).fail).toEqual([{ wire: 'b', bufferedBytes: 60, limitBytes: 100 }]);
  expect(budget.judge(uses(60, 50), 1_002).fail).toEqual([]);
});

it('fails at once a wire that keeps more than one wire may', () => {
  const verdict = new BufferBudget<string>(limits).judge(uses(81, 10), 0);
  expect(verdict).toEqual({
    hold: [],
    release: [],
    fail: [{ wire: 'a', bufferedBytes: 81, limitBytes: 80 }],
  });
});
