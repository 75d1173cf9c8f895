import { describe, expect, it } from 'vitest';
import type { Cell } from '../suites/rounds.ts';
import { judgeGoals } from './goals.ts';

function cell(part: Partial<Cell> & Pick<Cell, 'target' | 'role' | 'upstream'>, cpuUs: number): Cell {
  const figure = { best: cpuUs, median: cpuUs * 2 };
  return {
    point: '200 B, c=16',
    era: 'legacy',
    rounds: 5,
    cpuUs: figure,
    p50Us: figure,
    p99Us: figure,
    callsPerSecond: figure,
    rssBytes: undefined,
    errors: 0,
    errorSample: undefined,
    all: [],
    ...part,
  };
}

const bare = cell({ target: 'bare relay, stdio, parse', role: 'bare', upstream: 'stdio' }, 50);
const bareModern = cell(
  { target: 'bare relay, stdio, parse, modern', role: 'bare', upstream: 'stdio', era: 'modern' },
  80,
);
const own = (era: 'legacy' | 'modern', cpuUs: number): Cell =>
  cell({ target: `McpMux, stdio, ${era} → ${era}`, role: 'gateway', upstream: 'stdio', era }, cpuUs);

describe('judgeGoals', () => {
  it.each([
    [60, 'aim'],
    [70, 'must'],
    [90, 'missed'],
  ])('judges %d µs beside a bare relay of 50 µs as %s', (cpuUs, verdict) => {
    const [goal] = judgeGoals({ cells: [bare, own('legacy', cpuUs)] });
    expect(goal).toMatchObject({ best: cpuUs / 50, verdict });
  });

  it('compares with the bare relay of the same era and counts the dearer of the two', () => {
    const [goal] = judgeGoals({ cells: [bare, bareModern, own('legacy', 60), own('modern', 120)] });
    expect(goal?.best).toBe(1.5);
  });

  it('leaves out goals for which the bare relay is missing', () => {
    expect(judgeGoals({ cells: [own('legacy', 60)] })).toEqual([]);
  });

  it('takes only rivals without errors as the best one', () => {
    const rival = (name: string, cpuUs: number, errors: number): Cell =>
      cell({ target: `${name}, stdio`, role: 'rival', upstream: 'stdio', errors }, cpuUs);
    const goals = judgeGoals({
      cells: [bare, own('legacy', 60), rival('fast-but-wrong', 70, 3), rival('right', 300, 0)],
    });
    expect(goals.at(-1)).toMatchObject({ goal: expect.stringContaining('right'), best: 5, verdict: 'must' });
  });
});
