/**
 * soak/figures — what a soak measured, and how it is told in docs/reliability.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import process from 'node:process';
import { repositoryPath } from '../support/paths.ts';

export interface Figures {
  readonly minutes: number;
  readonly clients: number;
  readonly servers: number;
  readonly kills: number;
  readonly revivals: number;
  readonly right: number;
  readonly refused: number;
  readonly wrong: number;
  readonly lostSessions: number;
  readonly orphans: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly loopP99MedianMs: number;
  readonly loopP99WorstMs: number;
  /** Peaks of the second and of the last third of the time. */
  readonly residentMiddleMiB: number;
  readonly residentLastMiB: number;
  readonly growthMiBPerMinute: number;
  readonly descriptorsBefore: number;
  readonly descriptorsAfter: number;
}

const begin = '<!-- soak: begin, written by npm run soak -->';
const end = '<!-- soak: end -->';

/** The most that was held at any time from `fromMs` to `toMs`, bytes. */
export function peakBetween(
  samples: readonly { readonly atMs: number; readonly bytes: number }[],
  fromMs: number,
  toMs: number,
): number {
  const within = samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  return Math.max(0, ...within.map(({ bytes }) => bytes));
}

/** Replaces the figures of the last soak in docs/reliability.md. */
export function writeFigures(figures: Figures, hasPassed: boolean): void {
  const file = repositoryPath('docs/reliability.md');
  const page = readFileSync(file, 'utf8');
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to === -1) throw new Error('docs/reliability.md has no place for the figures');
  writeFileSync(file, `${page.slice(0, from)}${begin}\n\n${render(figures, hasPassed)}\n\n${page.slice(to)}`);
}

function render(figures: Figures, hasPassed: boolean): string {
  const number = (value: number): string => value.toLocaleString('en');
  const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
  return `${hasPassed ? 'Passed' : '**Failed**'}: ${figures.minutes} minutes, Node ${process.versions.node}, ${cpus().length} processors that were shared with other work.

| what | figure |
|---|---|
| clients, half of each era | ${figures.clients} |
| servers, half of them of both eras | ${figures.servers} |
| servers killed (SIGKILL) | ${number(figures.kills)} |
| servers that a person had to start again after five ends in a row | ${number(figures.revivals)} |
| right answers | ${number(figures.right)} |
| calls refused with a reason while their server was away | ${number(figures.refused)} |
| wrong answers | ${figures.wrong} |
| lost sessions | ${figures.lostSessions} |
| processes left behind | ${figures.orphans} |
| time of a call, p50 / p99, restarts of servers included | ${ms(figures.p50Ms)} / ${ms(figures.p99Ms)} |
| event-loop delay p99 per two seconds, median / worst | ${ms(figures.loopP99MedianMs)} / ${ms(figures.loopP99WorstMs)} |
| resident memory, peak of the second third / of the last | ${figures.residentMiddleMiB} / ${figures.residentLastMiB} MiB |
| growth between these peaks | ${figures.growthMiBPerMinute.toFixed(2)} MiB a minute |
| open descriptors before / after | ${figures.descriptorsBefore} / ${figures.descriptorsAfter} |`;
}
