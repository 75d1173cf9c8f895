/**
 * platform/files — folders made and files replaced, where a system refuses it for a moment.
 *
 * Windows refuses to rename or remove a file that anybody has open: a virus scanner, an indexer, a backup. They let go
 * within moments, so it is tried again; elsewhere the same errors are nearly always final and are told at once.
 */
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const passing: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'EBUSY']);
const firstPauseMs = 10;
const longestPauseMs = 250;

export interface FileRules {
  /** Modes and owners mean something. */
  readonly hasModes: boolean;
  /** Open files cannot be renamed or removed, and a folder cannot be synced. */
  readonly holdsOpenFiles: boolean;
  /** How long a refusal that may pass is tried again. */
  readonly patienceMs: number;
}

export const posixFiles: FileRules = { hasModes: true, holdsOpenFiles: false, patienceMs: 100 };
export const windowsFiles: FileRules = { hasModes: false, holdsOpenFiles: true, patienceMs: 5_000 };

async function patiently(rules: FileRules, act: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + rules.patienceMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await act();
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!passing.has(code) || performance.now() + pauseMs > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** `from` takes the place of `to`, whether that is there or not. */
export function replaceFile(rules: FileRules, from: string, to: string): Promise<void> {
  return patiently(rules, () => rename(from, to));
}

/** Removes a file; one that is not there is fine. */
export function removeFile(rules: FileRules, path: string): Promise<void> {
  return patiently(rules, () => rm(path, { force: true }));
}

/**
 * Makes a folder and those above it that are missing, for their owner alone.
 *
 * Not with Node's own `recursive`: where a file system takes no folders (`/proc`) that tries for ever, in a thread
 * that nothing can end.
 *
 * @returns the uppermost folder that was made; undefined when all were there
 * @throws the error of mkdir(2); ENOTDIR when a file is in the way
 */
export async function makeFolders(path: string): Promise<string | undefined> {
  try {
    await mkdir(path, { mode: 0o700 });
    return path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'EISDIR' || code === 'EPERM' || code === 'EROFS') {
      const facts = await stat(path).catch(() => undefined);
      if (facts?.isDirectory() === true) return undefined;
      throw facts === undefined
        ? error
        : Object.assign(new Error(`ENOTDIR: a file is in the way, '${path}'`), { code: 'ENOTDIR' });
    }
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path) throw error;
    const made = await makeFolders(parent);
    // It is there now. What still says that it is not, takes no folders at all.
    await mkdir(path, { mode: 0o700 }).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== 'EEXIST') throw again;
    });
    return made ?? path;
  }
}
