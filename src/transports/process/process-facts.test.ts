import { describe, expect, it } from 'vitest';
import {
  listFromProc,
  listProcesses,
  type ProcessFacts,
  parsePsLine,
  parseStat,
  startTimeOf,
} from './process-facts.ts';
import { readProcessTrees, treeOf } from './process-table.ts';

describe('parseStat (proc(5), /proc/pid/stat)', () => {
  it('reads a name with spaces and parentheses', () => {
    const fields = `S 12 34 34 0 -1 4194304 1 2 3 4 150 50 0 0 20 0 11 0 5000 1234567 2500 1844`;
    expect(parseStat(`77 (tmux: (server) x) ${fields}`, 60)).toEqual({
      pid: 77,
      parentId: 12,
      groupId: 34,
      state: 'S',
      startedAt: '5000',
      residentBytes: 2_500 * 4_096,
      cpuMs: 2_000,
      uptimeMs: 10_000,
      name: 'tmux: (server) x',
    });
  });

  it('gives nothing for what is no such line', () => {
    expect(parseStat('', 0)).toBeUndefined();
    expect(parseStat('1 (x) S', 0)).toBeUndefined();
  });
});

it('tells nothing, and throws nothing, when the system cannot be read', async () => {
  expect(await listFromProc('/proc/0/none')).toEqual([]);
});

it('parsePsLine reads a line of ps as macOS writes it', () => {
  const line = ' 501   1  501 Ss    2048   1:02.50 01-02:03:04 Mon Nov  2 10:11:12 2026     node';
  expect(parsePsLine(line)).toEqual({
    pid: 501,
    parentId: 1,
    groupId: 501,
    state: 'S',
    residentBytes: 2_097_152,
    cpuMs: 62_500,
    uptimeMs: (86_400 + 2 * 3_600 + 3 * 60 + 4) * 1_000,
    startedAt: 'Mon Nov  2 10:11:12 2026',
    name: 'node',
  });
});

describe.runIf(process.platform !== 'win32')('the process table', () => {
  it('knows this very process', async () => {
    const self = (await listProcesses()).find((entry) => entry.pid === process.pid);
    expect(self).toMatchObject({ parentId: process.ppid });
    expect(self!.residentBytes).toBeGreaterThan(10_000_000);
    expect(self!.cpuMs).toBeGreaterThan(0);
    if (process.platform === 'linux') expect(startTimeOf(process.pid)).toBe(self!.startedAt);
  });

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
