/**
 * store/upgrade-backups — a copy of the SQLite database before each upgrade, so that a person can go back.
 *
 * `copies/<database>.v<version>-<time>` beside the database; the newest three are kept. Sealed values in a copy open
 * with the root key of that time.
 */
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sql } from 'kysely';
import { type Clock, describeError, isMcpMuxError, randomText } from '../base/index.ts';
import { platform, replaceFile } from '../platform/index.ts';
import type { Database } from './drivers/database.ts';
import { storeError } from './errors.ts';
import { createPrivateFile, ensurePrivateFolder, syncFile, syncFolder } from './files.ts';

const keptCopies = 3;

function folderOf(file: string): string {
  return join(dirname(file), 'copies');
}

/** `20260131T235959Z`: sorts by time, fits every file system. */
export function fileTime(epochMs: number): string {
  return new Date(epochMs)
    .toISOString()
    .replace(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'Z');
}

/** @returns the path of the copy. @throws store.not_writable, store.disk_full */
export async function createUpgradeBackup(
  database: Database,
  file: string,
  version: number,
  clock: Clock,
): Promise<string> {
  const folder = folderOf(file);
  const path = join(folder, `${basename(file)}.v${version}-${fileTime(clock.now())}`);
  const partial = `${path}.${randomText(8)}.partial`;
  try {
    await ensurePrivateFolder(folder);
    // SQLite fills an empty file that is there; so it has our mode from the beginning.
    await (await createPrivateFile(partial)).close();
    await sql`vacuum into ${partial}`.execute(database.db);
    await syncFile(partial);
    await replaceFile(platform.files, partial, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {}); // The first failure is the one to tell.
    if (isMcpMuxError(error)) throw error;
    throw storeError('not_writable', { location: folder, reason: describeError(error) }, error);
  }
  const names = await copyNames(file);
  for (const name of names.slice(0, -keptCopies)) await rm(join(folder, name), { force: true });
  return path;
}

/** The newest copy, whatever its version; undefined when there is none. */
export async function newestUpgradeBackup(file: string): Promise<string | undefined> {
  const name = (await copyNames(file)).at(-1);
  return name === undefined ? undefined : join(folderOf(file), name);
}

/** Oldest first. */
async function copyNames(file: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folderOf(file));
  } catch {
    return []; // No folder: no copies.
  }
  const prefix = `${basename(file)}.v`;
  const timeOf = (name: string) => name.slice(name.lastIndexOf('-') + 1);
  return names
    .filter((name) => name.startsWith(prefix) && /\.v\d+-\d{8}T\d{6}Z$/.test(name))
    .sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : timeOf(a) > timeOf(b) ? 1 : 0));
}
