/**
 * bench/report/markdown — the results as a page: goals first, then every target at every point.
 */
import type { Cell, Figure } from '../suites/rounds.ts';
import type { GoalResult, Measured } from './goals.ts';
import type { MachineFacts } from './machine.ts';

export interface Report extends Measured {
  readonly machine: MachineFacts;
  readonly rounds: number;
  readonly isQuick: boolean;
  readonly rivals: Readonly<Record<string, string>>;
  readonly goals: readonly GoalResult[];
  readonly problems: readonly string[];
}

export function renderMarkdown(report: Report): string {
  const { machine } = report;
  const lines = [
    '# Results of the benchmark suite',
    '',
    `Written by \`npm run bench${report.isQuick ? ' -- --quick' : ''}\`; how to read it: [performance](../docs/performance.md).`,
    '',
    `- ${machine.at.slice(0, 10)}, commit ${machine.commit}${machine.isDirty ? ' with local changes' : ''}, Node.js ${machine.node}, ${machine.platform}`,
    `- ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB; load of the last minute at the start: ${machine.load}`,
    `- ${report.rounds} interleaved rounds; "best" is the least disturbed of them, "median" shows the noise. Load generator, gateway and servers share the cores. Compare ratios, not microseconds.`,
  ];
  const rivals = Object.entries(report.rivals).map(([name, version]) => `${name} ${version}`);
  if (rivals.length > 0) lines.push(`- rivals: ${rivals.join(', ')}`);
  lines.push('', '## Goals', '', ...goalTable(report.goals));
  for (const point of new Set(report.cells.map((cell) => cell.point)))
    lines.push('', `## ${point}`, '', ...cellTable(report.cells.filter((cell) => cell.point === point)));
  const { start } = report;
  if (start !== undefined) {
    lines.push('', '## Start', '', '| what | best ms | median ms |', '|---|--:|--:|');
    const row = (what: string, figure: Figure): string =>
      `| ${what} | ${figure.best.toFixed(0)} | ${figure.median.toFixed(0)} |`;
    lines.push(
      row('bare Node.js with a port open', start.bareNodeMs),
      row('port open after spawn', start.portOpenMs),
      row(`${start.servers} servers spawned bare, listed`, start.bareServersMs),
      row(`${start.servers} servers ready, from the daemon's own spawn on`, start.serversReadyMs),
    );
  }
  if (report.problems.length > 0)
    lines.push('', '## Not measured', '', ...report.problems.map((problem) => `- ${problem}`));
  return `${lines.join('\n')}\n`;
}

/** The goals as a table of Markdown. */
export function goalTable(goals: readonly GoalResult[]): readonly string[] {
  return [
    '| goal | must | aim | best | median | |',
    '|---|--:|--:|--:|--:|---|',
    ...goals.map(
      ({ goal, must, aim, unit, best, median, verdict }) =>
        `| ${goal} | ${bound(must, unit)} | ${bound(aim, unit)} | ${show(best)}${unitAfter(unit)} | ${median === undefined ? '' : show(median)} | ${verdict === 'missed' ? '**missed**' : verdict === 'aim' ? 'aim reached' : 'must reached'} |`,
    ),
  ];
}

function cellTable(cells: readonly Cell[]): readonly string[] {
  const bareOf = (cell: Cell): number | undefined =>
    cells.find((other) => other.role === 'bare' && other.upstream === cell.upstream)?.cpuUs?.best;
  return [
    '| target | CPU µs per call | median | ÷ bare relay | p50 µs | median | p99 µs | RSS MB | errors |',
    '|---|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...cells.map((cell) => {
      const bare = bareOf(cell);
      const share = cell.cpuUs === undefined || bare === undefined ? '' : (cell.cpuUs.best / bare).toFixed(2);
      return `| ${cell.target} | ${whole(cell.cpuUs?.best)} | ${whole(cell.cpuUs?.median)} | ${share} | ${whole(cell.p50Us.best)} | ${whole(cell.p50Us.median)} | ${whole(cell.p99Us.best)} | ${cell.rssBytes === undefined ? '' : (cell.rssBytes / 2 ** 20).toFixed(0)} | ${cell.errors} |`;
    }),
  ];
}

function bound(value: number, unit: GoalResult['unit']): string {
  return unit === '× less' ? `≥ ${value}` : `≤ ${value}`;
}

function unitAfter(unit: GoalResult['unit']): string {
  return unit === '×' ? '' : unit === '× less' ? ' × less' : ` ${unit}`;
}

function show(value: number): string {
  return value >= 20 ? value.toFixed(0) : value.toFixed(2);
}

function whole(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '' : value.toFixed(0);
}
