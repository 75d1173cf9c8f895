/**
 * platform/unix — processes as `ps` shows them: macOS, and Unixes that are not Linux.
 *
 * Times are asked for in UTC: `lstart` is a local time, and the TZ of two daemons need not be the same.
 */
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import type { ProcessFacts, ProcessTable } from './process-facts.ts';

const run = promisify(execFile);
const environment = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };
const columns = 'pid=,ppid=,pgid=,stat=,rss=,time=,etime=,lstart=,ucomm=';

export const unixProcesses: ProcessTable = {
  async list() {
    try {
      const { stdout } = await run('ps', ['-A', '-o', columns], {
        env: environment,
        timeout: 5_000,
        maxBuffer: 16 * 1024 * 1024,
      });
      return parsePs(stdout);
    } catch {
      return [];
    }
  },
  // `ps` takes too long for the moment a child is started in.
  startTimeOf: () => undefined,
  bootId() {
    bootTime ??= askBootTime();
    return bootTime;
  },
  async environmentVariableOf(pid, name) {
    try {
      const { stdout } = await run('ps', ['-E', '-ww', '-o', 'command=', '-p', String(pid)], {
        env: environment,
        timeout: 5_000,
      });
      return findVariable(stdout, name);
    } catch {
      return undefined;
    }
  },
  async environmentVariables(name) {
    const { stdout } = await run('ps', ['-A', '-E', '-ww', '-o', 'pid=,command='], {
      env: environment,
      timeout: 5_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    const values = new Map<number, string>();
    for (const line of stdout.split('\n')) {
      const pid = Number.parseInt(line, 10);
      const value = findVariable(line, name);
      if (Number.isInteger(pid) && value !== undefined) values.set(pid, value);
    }
    return values;
  },
  // Restricted programs (those of the system, many interpreters) show none.
  showsEnvironment: false,
};

/** Does not change while we live. */
let bootTime: string | undefined;

function askBootTime(): string {
  try {
    const text = execFileSync('sysctl', ['-n', 'kern.boottime'], { env: environment, timeout: 2_000 });
    return parseBootTime(text.toString('latin1')) ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

/** `{ sec = 1764590000, usec = 123456 } Mon Dec  1 …`: the seconds; the rest moves when the clock is set. */
export function parseBootTime(text: string): string | undefined {
  const seconds = /sec\s*=\s*(\d+)/.exec(text)?.[1];
  return seconds === undefined ? undefined : `boot-${seconds}`;
}

/** In a line of `ps -E`: the command and its arguments, then the variables, all parted by spaces. */
export function findVariable(line: string, name: string): string | undefined {
  return new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1];
}

export function parsePs(text: string): readonly ProcessFacts[] {
  return text
    .split('\n')
    .map(parsePsLine)
    .filter((facts) => facts !== undefined);
}

const psLine =
  /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(\S+ +\S+ +\d+ +[\d:]+ +\d+)\s+(.*)$/;

/** One line of `ps -o pid,ppid,pgid,stat,rss,time,etime,lstart,ucomm`. */
export function parsePsLine(line: string): ProcessFacts | undefined {
  const match = psLine.exec(line);
  if (match === null) return undefined;
  const [, pid, parentId, groupId, state, rss, time, elapsed, startedAt, name] = match;
  return {
    pid: Number(pid),
    parentId: Number(parentId),
    groupId: Number(groupId),
    state: state!.charAt(0),
    startedAt: asUtc(startedAt!),
    residentBytes: Number(rss) * 1_024,
    cpuMs: parseClockTime(time!),
    uptimeMs: parseClockTime(elapsed!),
    name: name!.trim(),
  };
}

/** `[[days-]hours:]minutes:seconds[.hundredths]` in ms. */
function parseClockTime(text: string): number {
  const [days, rest] = text.includes('-') ? text.split('-') : ['0', text];
  let seconds = 0;
  for (const part of rest!.split(':')) seconds = seconds * 60 + Number(part);
  return Math.round((Number(days) * 86_400 + seconds) * 1_000);
}

/** `Mon Dec  1 12:00:00 2026` as ps printed it for TZ=UTC, in a form that every Date.parse takes for UTC. */
function asUtc(text: string): string {
  const at = Date.parse(`${text.replace(/ +/g, ' ')} UTC`);
  return Number.isNaN(at) ? text : new Date(at).toISOString();
}
