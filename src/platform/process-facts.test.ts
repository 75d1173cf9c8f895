import { describe, expect, it } from 'vitest';
import { listFromProc, parseStat } from './linux.ts';
import { platform } from './platform.ts';
import { parsePsLine } from './unix.ts';

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
    startedAt: '2026-11-02T10:11:12.000Z',
    name: 'node',
  });
});

describe.runIf(platform.hasProcessGroups)('the process table', () => {
  it('knows this very process', async () => {
    const self = (await platform.processes.list()).find((entry) => entry.pid === process.pid);
    expect(self).toMatchObject({ parentId: process.ppid });
    expect(self!.residentBytes).toBeGreaterThan(10_000_000);
    expect(self!.cpuMs).toBeGreaterThan(0);
    if (platform.hasProc) expect(platform.processes.startTimeOf(process.pid)).toBe(self!.startedAt);
  });
});
