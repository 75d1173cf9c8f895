/**
 * store/drivers/sqlite-replace — puts one whole SQLite database in the place of another, whose log goes with it.
 *
 *     note written → old log removed → new file renamed into place → note removed
 *
 * A database and its write-ahead log are two files, and no system replaces two files at once. So what is to be done is
 * noted first. Whoever opens the database next finishes what the note says; before the note nothing has changed.
 * Knows nothing of: what is in the databases.
 */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { platform, removeFile, replaceFile } from '../../platform/index.ts';
import { syncFolder, writePrivateFile } from '../files.ts';

const noteOf = (file: string): string => `${file}.replacing`;

/** @param built a whole, synced database beside `file`, named as `buildSqlite` names it */
export async function replaceSqlite(built: string, file: string): Promise<void> {
  await writePrivateFile(noteOf(file), Buffer.from(`${basename(built)}\n`));
  await finishReplacement(file);
}

/** Finishes a replacement that was begun; does nothing where there is none. */
export async function finishReplacement(file: string): Promise<void> {
  let name: string;
  try {
    name = (await readFile(noteOf(file), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // The name of a file beside it, never a path: a note that was changed leads nowhere else.
  const isOurs = name.startsWith(`${basename(file)}.`) && isNewName(name);
  const built = join(dirname(file), name);
  // Gone: it was renamed already, and the log beside `file` is its own.
  if (isOurs && (await isFile(built))) {
    // Never a new database beside the log of another: SQLite would play the one into the other.
    for (const end of ['-wal', '-shm', '-journal']) await removeFile(platform.files, `${file}${end}`);
    await replaceFile(platform.files, built, file);
    await syncFolder(dirname(file));
  }
  await removeFile(platform.files, noteOf(file));
}

/** How a database is called that is not in its place yet. */
export function isNewName(name: string): boolean {
  return /^[^/\\]+\.[0-9A-Za-z]{8}\.new$/.test(name);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
