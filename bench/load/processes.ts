/**
 * bench/load/processes — CPU time and memory of processes, from /proc.
 *
 * Knows nothing of: what the processes do. Linux only; elsewhere every reading is undefined.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessReading {
  /** User and system time since its start, µs. All threads, also those that have ended. */
  readonly cpuUs: number;
  readonly rssBytes: number;
}

/** USER_HZ is 100 on every Linux that Node.js runs on. */
const tickUs = 10_000;
const pageBytes = 4_096;

/** @returns undefined when there is no such process, or no /proc */
export function readProcess(pid: number): ProcessReading | undefined {
  const fields = readStat(pid);
  if (fields === undefined) return undefined;
  return {
    cpuUs: (Number(fields[11]) + Number(fields[12])) * tickUs,
    rssBytes: Number(fields[21]) * pageBytes,
  };
}

/** The process and all its descendants, summed. */
export function readTree(pid: number): ProcessReading | undefined {
  const own = readProcess(pid);
  if (own === undefined) return undefined;
  let { cpuUs, rssBytes } = own;
  for (const child of descendantsOf(pid)) {
    const reading = readProcess(child);
    cpuUs += reading?.cpuUs ?? 0;
    rssBytes += reading?.rssBytes ?? 0;
  }
  return { cpuUs, rssBytes };
}

export function descendantsOf(pid: number): readonly number[] {
  const parents = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const candidate = Number(name);
    if (!Number.isInteger(candidate)) continue;
    const parent = Number(readStat(candidate)?.[1] ?? -1);
    const siblings = parents.get(parent);
    if (siblings === undefined) parents.set(parent, [candidate]);
    else siblings.push(candidate);
  }
  const found: number[] = [];
  const open = [pid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const child of parents.get(next) ?? []) {
      found.push(child);
      open.push(child);
    }
  }
  return found;
}

/** The fields of /proc/PID/stat from the third on: a command name may hold blanks and brackets. */
function readStat(pid: number): readonly string[] | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}
