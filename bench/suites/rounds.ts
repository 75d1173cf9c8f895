/**
 * bench/suites/rounds — measures targets side by side: every round runs each target once, then comes the next round.
 *
 * Noise of a shared machine only ever adds, and it comes in waves; interleaved, a wave hits all targets alike, and the
 * best of several rounds is the figure that the neighbours disturbed least.
 * Knows nothing of: goals, tables.
 */
import { type LoadResult, runLoad } from '../load/load.ts';
import type { Target } from '../targets/target.ts';
import type { Point } from './points.ts';

export interface RoundOptions {
  readonly rounds: number;
  readonly warmMs: number;
  readonly measuredMs: number;
  /** `performance.now()` after which no further round begins; the first one always runs. */
  readonly endsAt?: number | undefined;
  /** Told before each measurement. */
  readonly progress?: (text: string) => void;
  /** A target could not be measured in this round; the others go on. */
  readonly failed?: (problem: string) => void;
}

/** Best and median of the rounds. */
export interface Figure {
  readonly best: number;
  readonly median: number;
}

export interface Cell {
  readonly point: string;
  readonly target: string;
  readonly role: Target['role'];
  readonly upstream: Target['upstream'];
  readonly era: Target['era'];
  readonly rounds: number;
  /** Of the target's own process; undefined where none is watched. */
  readonly cpuUs: Figure | undefined;
  readonly p50Us: Figure;
  readonly p99Us: Figure;
  readonly callsPerSecond: Figure;
  readonly rssBytes: number | undefined;
  readonly errors: number;
  readonly errorSample: string | undefined;
  /** Every round, for whoever wants to judge the noise. */
  readonly all: readonly { readonly cpuUs: number | undefined; readonly p50Us: number }[];
}

export async function measureRounds(
  points: readonly Point[],
  targets: readonly Target[],
  options: RoundOptions,
): Promise<readonly Cell[]> {
  const cells: Cell[] = [];
  for (const point of points) {
    const taking = targets.filter((target) => point.takes?.(target) !== false && canBear(target, point));
    const results = new Map<Target, LoadResult[]>(taking.map((target) => [target, []]));
    const rounds = roundsOf(point, taking, options.rounds);
    for (const [at, round] of rounds.entries()) {
      if (at > 0 && performance.now() > (options.endsAt ?? Number.POSITIVE_INFINITY)) break;
      for (const target of round) {
        options.progress?.(`${point.name} · round ${at + 1} of ${rounds.length} · ${target.name}`);
        try {
          results.get(target)?.push(await measureOnce(point, target, options));
        } catch (error) {
          options.failed?.(error instanceof Error ? error.message : String(error));
        }
      }
    }
    for (const [target, rounds] of results)
      if (rounds.length > 0) cells.push(summarise(point, target, rounds));
  }
  return cells;
}

/** Who takes part in each round: all, then those that are compared alone, where the point asks for that. */
function roundsOf(point: Point, taking: readonly Target[], count: number): readonly (readonly Target[])[] {
  const rounds: (readonly Target[])[] = Array.from({ length: count }, () => taking);
  const { closer } = point;
  if (closer === undefined) return rounds;
  const compared = taking.filter(closer.takes);
  return [...rounds, ...Array.from({ length: closer.rounds }, () => compared)];
}

function canBear(target: Target, point: Point): boolean {
  return point.connections <= (target.maxConnections ?? Number.POSITIVE_INFINITY);
}

/**
 * Runs every target before anything is measured, until it has served so many calls or the time is up: a program that
 * has served ten thousand calls is compiled, one that has served a thousand spends half its time compiling, and the two
 * must not be compared.
 */
export async function warmUp(
  targets: readonly Target[],
  limits: { readonly calls: number; readonly maxMs: number },
  options: Pick<RoundOptions, 'progress' | 'failed'>,
): Promise<void> {
  const point: Point = { name: 'warm-up', work: { kind: 'echo', textBytes: 200 }, connections: 16 };
  for (const target of targets) {
    options.progress?.(`warm-up · ${target.name}`);
    const endsAt = performance.now() + limits.maxMs;
    try {
      for (let calls = 0; calls < limits.calls && performance.now() < endsAt; )
        calls += (await measureOnce(point, target, { warmMs: 0, measuredMs: 500 })).calls;
    } catch (error) {
      options.failed?.(error instanceof Error ? error.message : String(error));
    }
  }
}

export async function measureOnce(
  point: Point,
  target: Target,
  options: Pick<RoundOptions, 'warmMs' | 'measuredMs'>,
): Promise<LoadResult> {
  const longer = point.longer ?? 1;
  try {
    return await runLoad({
      place: target,
      work: point.work,
      connections: point.connections,
      warmMs: options.warmMs * longer,
      measuredMs: options.measuredMs * longer,
      watched: target.watched,
      toolSuffix: toolSuffixOf(target, point),
      openLane: target.openLane,
    });
  } catch (error) {
    throw new Error(
      `${target.name}, ${point.name}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function toolSuffixOf(target: Target, point: Point): string {
  if (point.work.kind === 'list') return 'echo';
  return `${target.toolPrefix ?? ''}${point.work.kind}`;
}

function summarise(point: Point, target: Target, results: readonly LoadResult[]): Cell {
  const all = results.map((result) => ({
    cpuUs: result.calls > 0 ? result.processes['own']?.cpuUsPerCall : undefined,
    p50Us: result.p50Us,
    p99Us: result.p99Us,
    rate: result.callsPerSecond,
  }));
  const cpu = all.flatMap(({ cpuUs }) => (cpuUs === undefined ? [] : [cpuUs]));
  return {
    point: point.name,
    target: target.name,
    role: target.role,
    upstream: target.upstream,
    era: target.era,
    rounds: results.length,
    cpuUs: cpu.length > 0 ? lowest(cpu) : undefined,
    p50Us: lowest(all.map(({ p50Us }) => p50Us)),
    p99Us: lowest(all.map(({ p99Us }) => p99Us)),
    callsPerSecond: highest(all.map(({ rate }) => rate)),
    rssBytes: results.at(-1)?.processes['own']?.rssBytes,
    errors: results.reduce((sum, { errors }) => sum + errors, 0),
    errorSample: results.find(({ errorSample }) => errorSample !== undefined)?.errorSample,
    all: all.map(({ cpuUs, p50Us }) => ({ cpuUs, p50Us })),
  };
}

export function lowest(values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  return { best: sorted[0] ?? Number.NaN, median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN };
}

function highest(values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => b - a);
  return { best: sorted[0] ?? Number.NaN, median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN };
}
