/**
 * fault/small-disk — a folder on a disk that can be filled and freed while a daemon works on it.
 *
 * A file system in memory of a few megabytes, where this process may mount one (root, or sudo without a question). Elsewhere
 * the system's limit on the size of files of one process (RLIMIT_FSIZE): then no file of the daemon can grow.
 */
import { mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChild } from '../support/child.ts';

export interface SmallDisk {
  readonly folder: string;
  /** How it is done here. */
  readonly by: 'mount' | 'file size limit';
  /** From now on nothing more fits for the process `pid`. */
  fill(pid: number): Promise<void>;
  free(pid: number): Promise<void>;
  close(): Promise<void>;
}

export async function openSmallDisk(megabytes: number): Promise<SmallDisk> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-disk-')));
  const mount = await asRoot('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', folder);
  if (mount === undefined) return limitedInstead(folder);
  if (process.getuid?.() !== 0) await mount('chown', String(process.getuid?.()), folder);
  const filler = join(folder, 'filler');
  return {
    folder,
    by: 'mount',
    async fill() {
      for (let size = 1024 * 1024; size >= 1; size = Math.floor(size / 4)) {
        // Ends with ENOSPC, first in big steps, then in small ones.
        for (;;) {
          try {
            await writeFile(filler, Buffer.alloc(size, 1), { flag: 'a' });
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code === 'ENOSPC') break;
            throw error;
          }
        }
      }
    },
    free: () => rm(filler),
    async close() {
      await mount('umount', '--lazy', folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function limitedInstead(folder: string): Promise<SmallDisk> {
  return {
    folder,
    by: 'file size limit',
    fill: async (pid) => {
      const sizes = await Promise.all(
        ['mcpmux.db', 'mcpmux.db-wal'].map((name) => stat(join(folder, name)).then(({ size }) => size)),
      );
      await limitFileSize(pid, Math.max(...sizes));
    },
    free: (pid) => limitFileSize(pid, 'unlimited'),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** No file of the process may grow beyond it; 0: not one byte can be written to any file. */
export async function limitFileSize(pid: number, bytes: number | 'unlimited'): Promise<void> {
  const { code, stderr } = await runChild({
    command: 'prlimit',
    args: ['--pid', String(pid), `--fsize=${bytes}:`],
  });
  if (code !== 0) throw new Error(`prlimit: ${stderr}`);
}

/** @returns how to run more as root; undefined where that is not allowed */
async function asRoot(...command: readonly [string, ...string[]]) {
  for (const prefix of [[], ['sudo', '-n']]) {
    const run = async (...args: readonly string[]): Promise<boolean> => {
      const [program, ...rest] = [...prefix, ...args];
      return (await runChild({ command: program!, args: rest }).catch(() => undefined))?.code === 0;
    };
    if (await run(...command)) return run;
  }
  return undefined;
}
