/**
 * platform/linux — processes as /proc shows them.
 */
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import type { ProcessFacts, ProcessTable } from './process-facts.ts';

/** Linux counts processor time and start times in these on every architecture that Node runs on. */
const ticksPerSecond = 100;
const pageBytes = 4_096;

export const linuxProcesses: ProcessTable = {
  list: () => listFromProc(),
  startTimeOf(pid) {
    try {
      return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'), 0)?.startedAt;
    } catch {
      return undefined;
    }
  },
  bootId() {
    try {
      return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    } catch {
      return 'unknown';
    }
  },
  async environmentVariableOf(pid, name) {
    try {
      const text = await readFile(`/proc/${pid}/environ`, 'utf8');
      const entry = text.split('\0').find((part) => part.startsWith(`${name}=`));
      return entry?.slice(name.length + 1);
    } catch {
      return undefined;
    }
  },
  async environmentVariables(name) {
    const values = new Map<number, string>();
    const begins = `\0${name}=`;
    const pids = (await readdir('/proc')).filter((entry) => /^[1-9]\d*$/.test(entry));
    await Promise.all(
      pids.map(async (pid) => {
        try {
          const text = `\0${await readFile(`/proc/${pid}/environ`, 'latin1')}`;
          const at = text.indexOf(begins);
          if (at < 0) return;
          const from = at + begins.length;
          const to = text.indexOf('\0', from);
          values.set(Number(pid), text.slice(from, to < 0 ? undefined : to));
        } catch {
          // It ended while we looked, or is somebody else's.
        }
      }),
    );
    return values;
  },
  showsEnvironment: true,
};

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
