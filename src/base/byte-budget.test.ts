import { describe, expect, it } from 'vitest';
import { ByteBudget, heapBytesOf } from './byte-budget.ts';

describe('a byte budget', () => {
  it('keeps one owner from using up what the others need', () => {
    const budget = new ByteBudget({ totalBytes: 100, ownerBytes: 60 });
    expect(budget.take('a', 60)).toBe(true);
    expect(budget.take('a', 1)).toBe(false);
    expect(budget.isOwnerFull('a', 1)).toBe(true);
    expect(budget.take('b', 41)).toBe(false);
    expect(budget.isOwnerFull('b', 41)).toBe(false);
    expect(budget.take('b', 40)).toBe(true);
    expect(budget.usedBytes).toBe(100);
  });

  it('has room again for what was given back, and forgets owners that keep nothing', () => {
    const budget = new ByteBudget({ totalBytes: 100, ownerBytes: 100 });
    budget.take('a', 100);
    budget.give('a', 30);
    expect([budget.usedBytes, budget.usedBytesOf('a')]).toEqual([70, 70]);
    budget.give('a', 70);
    expect([budget.usedBytes, budget.usedBytesOf('a')]).toEqual([0, 0]);
  });

  it('takes nothing when there is no room', () => {
    const budget = new ByteBudget({ totalBytes: 10, ownerBytes: 10 });
    expect(budget.take('a', 11)).toBe(false);
    expect(budget.usedBytes).toBe(0);
  });

  it.each([
    ['abc', 3],
    ['äöü', 3],
    ['a€', 4],
    ['', 0],
  ])('counts %j as %i bytes of heap', (text, bytes) => {
    expect(heapBytesOf(text)).toBe(bytes);
  });
});
