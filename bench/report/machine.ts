/**
 * bench/report/machine — where and of what the figures are: machine, Node.js, commit.
 */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';

export interface MachineFacts {
  readonly at: string;
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  /** The neighbours: of the last minute, when the run began. */
  readonly load: number;
  readonly commit: string;
  /** Files differ from that commit. */
  readonly isDirty: boolean;
}

export function readMachine(): MachineFacts {
  const cores = cpus();
  return {
    at: new Date().toISOString(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    commit: git('rev-parse', '--short', 'HEAD') ?? 'unknown',
    isDirty: (git('status', '--porcelain', '--', 'src', 'bin', 'package-lock.json') ?? '') !== '',
  };
}

function git(...args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
