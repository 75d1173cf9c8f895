/**
 * transports/process/process-facts — what the system knows about processes: parent, group, start, memory, time used.
 *
 * Read from /proc on Linux, from `ps` elsewhere. A pid alone says nothing, because the system gives it to somebody else
 * later; a pid with its start time is one process for good.
 * Knows nothing of: which of them are ours.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ProcessFacts {
  readonly pid: number;
  readonly parentId: number;
  readonly groupId: number;
  /** As `ps` shows it; `Z` has ended but was not collected. */
  readonly state: string;
  /** Ticks since boot on Linux, a date elsewhere: compare, do not read. */
  readonly startedAt: string;
  readonly residentBytes: number;
  /** Processor time used since its start. */
  readonly cpuMs: number;
  /** Since its start. */
  readonly uptimeMs: number;
  /** The program's short name; for people. */
  readonly name: string;
}

/** Linux counts processor time and start times in these on every architecture that Node runs on. */
const ticksPerSecond = 100;
const pageBytes = 4_096;

/** All processes of this machine that we may see. Empty when the system tells nothing. */
export async function listProcesses(): Promise<readonly ProcessFacts[]> {
  if (process.platform === 'linux') return listFromProc();
  if (process.platform === 'win32') return [];
  return listFromPs();
}

/** @param folder of the system, other than `/proc` for tests only */
export async function listFromProc(folder = '/proc'): Promise<readonly ProcessFacts[]> {
  let names: string[];
  let uptimeSeconds: number;
  try {
    names = (await readdir(folder)).filter(
      (name) => name.charCodeAt(0) >= 0x31 && name.charCodeAt(0) <= 0x39,
    );
    uptimeSeconds = Number.parseFloat(await readFile(`${folder}/uptime`, 'utf8'));
  } catch {
    return []; // no room for another open file, or the system shows nothing
  }
  const found: ProcessFacts[] = [];
  await Promise.all(
    names.map(async (name) => {
      try {
        const facts = parseStat(await readFile(`${folder}/${name}/stat`, 'latin1'), uptimeSeconds);
        if (facts !== undefined) found.push(facts);
      } catch {
        // It ended while we looked.
      }
    }),
  );
  return found;
}

/** @see proc(5), /proc/pid/stat. The name stands in parentheses and may hold spaces and parentheses itself. */
export function parseStat(text: string, uptimeSeconds: number): ProcessFacts | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open === -1 || close === -1) return undefined;
  const fields = text.slice(close + 2).split(' ');
  const startTicks = fields[19];
  if (startTicks === undefined) return undefined;
  return {
    pid: Number(text.slice(0, open).trim()),
    parentId: Number(fields[1]),
    groupId: Number(fields[2]),
    state: fields[0] ?? '?',
    startedAt: startTicks,
    residentBytes: Number(fields[21]) * pageBytes,
    cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond,
    uptimeMs: Math.max(0, (uptimeSeconds - Number(startTicks) / ticksPerSecond) * 1_000),
    name: text.slice(open + 1, close),
  };
}

async function listFromPs(): Promise<readonly ProcessFacts[]> {
  try {
    const { stdout } = await run(
      'ps',
      ['-A', '-o', 'pid=,ppid=,pgid=,stat=,rss=,time=,etime=,lstart=,ucomm='],
      { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, timeout: 5_000, maxBuffer: 16 * 1024 * 1024 },
    );
    return stdout
      .split('\n')
      .map(parsePsLine)
      .filter((facts) => facts !== undefined);
  } catch {
    return [];
  }
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
    startedAt: startedAt!,
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

/**
 * When `pid` started, cheaply and at once (Linux only); undefined elsewhere and when it is not there.
 * Used in the moment a child is started, so it must not wait.
 */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'), 0)?.startedAt;
  } catch {
    return undefined;
  }
}

/** Changes with every start of the machine; what was written before belongs to processes that are gone. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return 'unknown';
  }
}

/** The value of one environment variable of another process, as it was at its start; undefined when it has none or we may not look. */
export async function environmentVariableOf(pid: number, name: string): Promise<string | undefined> {
  try {
    if (process.platform === 'linux') {
      const text = await readFile(`/proc/${pid}/environ`, 'utf8');
      const entry = text.split('\0').find((part) => part.startsWith(`${name}=`));
      return entry?.slice(name.length + 1);
    }
    const { stdout } = await run('ps', ['-E', '-ww', '-o', 'command=', '-p', String(pid)], {
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      timeout: 5_000,
    });
    return new RegExp(`(?:^| )${name}=(\\S*)`).exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}
