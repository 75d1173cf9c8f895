/**
 * bench/report/goals — what is to be reached, and whether it was: every goal a ratio or a bound, from cells to a verdict.
 *
 * Pure. Ratios are of best to best within one run; figures of two runs are never compared.
 */
import type { LongMessageFigures } from '../suites/long-messages.ts';
import type { MemoryFigures } from '../suites/memory.ts';
import type { Cell, Figure } from '../suites/rounds.ts';
import type { StartFigures } from '../suites/start.ts';

export interface Measured {
  readonly cells: readonly Cell[];
  readonly longMessages?: LongMessageFigures | undefined;
  readonly memory?: MemoryFigures | undefined;
  readonly start?: StartFigures | undefined;
}

export type Verdict = 'aim' | 'must' | 'missed';

export interface GoalResult {
  readonly goal: string;
  readonly must: number;
  readonly aim: number;
  readonly unit: '×' | 'ms' | 'MB' | 'kB' | '× less';
  readonly best: number;
  readonly median: number | undefined;
  readonly verdict: Verdict;
}

const bareOf = { stdio: 'bare relay, stdio, parse', http: 'bare relay, HTTP' } as const;
const largeBareOf = { stdio: 'bare relay, stdio, splice', http: 'bare relay, HTTP' } as const;
const upstreams = ['stdio', 'http'] as const;
const spell = { stdio: 'stdio', http: 'HTTP' } as const;

/** The goals for which there are figures. */
export function judgeGoals(measured: Measured): readonly GoalResult[] {
  return [
    ...relayGoals(measured.cells),
    ...rivalGoals(measured.cells),
    ...listGoals(measured.cells),
    ...longMessageGoals(measured.longMessages),
    ...memoryGoals(measured.memory),
    ...startGoals(measured.start),
  ];
}

function relayGoals(cells: readonly Cell[]): GoalResult[] {
  const goals: GoalResult[] = [];
  for (const upstream of upstreams) {
    for (const connections of [16, 64]) {
      const point = `200 B, c=${connections}`;
      goals.push(
        ...ratio(`CPU per call, 200 B, ${spell[upstream]}, c=${connections} ÷ bare relay`, 1.6, 1.25, {
          cells,
          point,
          upstream,
          bare: bareOf[upstream],
          figure: (cell) => cell.cpuUs,
        }),
      );
    }
    goals.push(
      ...ratio(`p50, 200 B, ${spell[upstream]}, c=1 ÷ bare relay`, 1.4, 1.2, {
        cells,
        point: '200 B, c=1',
        upstream,
        bare: bareOf[upstream],
        figure: (cell) => cell.p50Us,
      }),
      ...ratio(`CPU per call, 1 MB result, ${spell[upstream]} ÷ bare relay`, 1.7, 1.2, {
        cells,
        point: '1 MB result, c=4',
        upstream,
        bare: largeBareOf[upstream],
        figure: (cell) => cell.cpuUs,
      }),
      ...ratio(`CPU per call, 1 MB request, ${spell[upstream]} ÷ bare relay`, 2, 1.4, {
        cells,
        point: '1 MB request, c=4',
        upstream,
        bare: largeBareOf[upstream],
        figure: (cell) => cell.cpuUs,
      }),
    );
  }
  return goals;
}

interface RatioOf {
  readonly cells: readonly Cell[];
  readonly point: string;
  readonly upstream: 'stdio' | 'http';
  readonly bare: string;
  readonly figure: (cell: Cell) => { readonly best: number; readonly median: number } | undefined;
}

/**
 * The gateway as it runs by default: with a key, client and server of one era, against the bare relay with requests of
 * that era. Of the two eras the dearer one counts.
 * Where it was not measured with a key, it counts without.
 */
function plainGateways(cells: readonly Cell[], point: string, upstream: 'stdio' | 'http'): readonly Cell[] {
  const sameEra = cells.filter(
    (cell) =>
      cell.point === point &&
      cell.role === 'gateway' &&
      cell.upstream === upstream &&
      /legacy → legacy|modern → modern/.test(cell.target),
  );
  const withKey = sameEra.filter((cell) => cell.target.endsWith('with a key'));
  return withKey.length > 0 ? withKey : sameEra;
}

function ratio(goal: string, must: number, aim: number, of: RatioOf): readonly GoalResult[] {
  const ratios: { readonly best: number; readonly median: number }[] = [];
  for (const cell of plainGateways(of.cells, of.point, of.upstream)) {
    const bareCell = of.cells.find(
      ({ point, target, era }) => point === of.point && target.startsWith(of.bare) && era === cell.era,
    );
    const own = of.figure(cell);
    const bare = bareCell === undefined ? undefined : of.figure(bareCell);
    if (own === undefined || bare === undefined) continue;
    ratios.push({ best: own.best / bare.best, median: own.median / bare.median });
  }
  if (ratios.length === 0) return [];
  const best = Math.max(...ratios.map((figure) => figure.best));
  const median = Math.max(...ratios.map((figure) => figure.median));
  return [{ goal, must, aim, unit: '×', best, median, verdict: atMost(best, must, aim) }];
}

function rivalGoals(cells: readonly Cell[]): GoalResult[] {
  const goals: GoalResult[] = [];
  for (const upstream of upstreams) {
    const point = '200 B, c=16';
    const rivals = cells
      .filter((cell) => cell.point === point && cell.role === 'rival' && cell.upstream === upstream)
      .filter((cell) => cell.errors === 0 && cell.cpuUs !== undefined)
      .sort((a, b) => (a.cpuUs?.best ?? 0) - (b.cpuUs?.best ?? 0));
    const own = plainGateways(cells, point, upstream).map((cell) => cell.cpuUs?.best ?? Number.NaN);
    const rival = rivals[0];
    if (rival?.cpuUs === undefined || own.length === 0) continue;
    const best = rival.cpuUs.best / Math.max(...own);
    const [must, aim] = upstream === 'stdio' ? [4, 6] : [8, 12];
    goals.push({
      goal: `CPU per call, ${spell[upstream]}, c=16, against the best rival (${rival.target.split(',')[0]})`,
      must,
      aim,
      unit: '× less',
      best,
      median: undefined,
      verdict: best >= aim ? 'aim' : best >= must ? 'must' : 'missed',
    });
  }
  return goals;
}

function listGoals(cells: readonly Cell[]): GoalResult[] {
  const own = cells.filter((cell) => cell.role === 'gateway' && cell.point.startsWith('tools/list, 2000'));
  if (own.length === 0) return [];
  const best = Math.max(...own.map((cell) => cell.p50Us.best)) / 1_000;
  const median = Math.max(...own.map((cell) => cell.p50Us.median)) / 1_000;
  return [
    {
      goal: 'tools/list, 2,000 tools, p50',
      must: 0.5,
      aim: 0.3,
      unit: 'ms',
      best,
      median,
      verdict: atMost(best, 0.5, 0.3),
    },
  ];
}

function longMessageGoals(figures: LongMessageFigures | undefined): GoalResult[] {
  if (figures === undefined) return [];
  const delay = (goal: string, { best, median }: Figure): GoalResult => ({
    goal: `event-loop delay p99, ${goal}`,
    must: 50,
    aim: 25,
    unit: 'ms',
    best,
    median,
    verdict: atMost(best, 50, 25),
  });
  return [
    delay('result of 24 MB with isError', figures.resultDelayMs),
    delay('request of 4 MB, 1.3 million values', figures.requestDelayMs),
  ];
}

function memoryGoals(memory: MemoryFigures | undefined): GoalResult[] {
  if (memory === undefined) return [];
  const bound = (goal: string, must: number, aim: number, unit: 'MB' | 'kB', best: number): GoalResult => ({
    goal,
    must,
    aim,
    unit,
    best,
    median: undefined,
    verdict: atMost(best, must, aim),
  });
  return [
    bound('RSS with one server, idle', 75, 60, 'MB', memory.idleBytes / 2 ** 20),
    bound('RSS with one server, after c=64', 140, 110, 'MB', memory.loadedBytes / 2 ** 20),
    bound(
      `growth per idle legacy session (${memory.sessions}), beyond its socket`,
      20,
      5,
      'kB',
      memory.bytesPerSession / 1_000,
    ),
    bound(`the same for ${memory.sessions} more`, 20, 5, 'kB', memory.bytesPerFurtherSession / 1_000),
  ];
}

function startGoals(start: StartFigures | undefined): GoalResult[] {
  if (start === undefined) return [];
  const ready = start.serversReadyMs.best / start.bareServersMs.best;
  return [
    {
      goal: 'port open after spawn',
      must: 250,
      aim: 150,
      unit: 'ms',
      best: start.portOpenMs.best,
      median: start.portOpenMs.median,
      verdict: atMost(start.portOpenMs.best, 250, 150),
    },
    {
      goal: `${start.servers} stdio servers ready ÷ spawning them bare`,
      must: 1.3,
      aim: 1.1,
      unit: '×',
      best: ready,
      median: start.serversReadyMs.median / start.bareServersMs.median,
      verdict: atMost(ready, 1.3, 1.1),
    },
  ];
}

function atMost(value: number, must: number, aim: number): Verdict {
  return value <= aim ? 'aim' : value <= must ? 'must' : 'missed';
}
