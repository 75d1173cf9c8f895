import { describe, expect, it } from 'vitest';
import { type ProcessFacts, platform } from '../../platform/index.ts';
import { readProcessTrees, treeOf } from './process-table.ts';

describe.runIf(platform.hasProcessGroups)('the process table', () => {
  it('gives an empty tree for a process that is gone', async () => {
    expect(await readProcessTrees([2 ** 22 + 1])).toMatchObject([
      { processes: [], residentBytes: 0, uptimeMs: 0 },
    ]);
  });
});

it('treeOf takes the group and all descendants, also those that left the group, but not the dead', () => {
  const entry = (pid: number, parentId: number, groupId: number, state = 'S'): ProcessFacts => ({
    pid,
    parentId,
    groupId,
    state,
    startedAt: '1',
    residentBytes: 10,
    cpuMs: 1,
    uptimeMs: pid,
    name: 'x',
  });
  const all = [
    entry(3, 2, 1),
    entry(9, 5, 9),
    entry(1, 0, 1),
    entry(2, 1, 1),
    entry(4, 3, 4),
    entry(6, 1, 1, 'Z'),
    entry(7, 1_000, 1),
  ];
  const tree = treeOf(1, all);
  expect(tree.processes.map((found) => found.pid)).toEqual([1, 2, 3, 4, 7]);
  expect(tree).toMatchObject({ residentBytes: 50, cpuMs: 5, uptimeMs: 1 });
});
