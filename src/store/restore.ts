/**
 * store/restore — the way in to restoring a backup, light to import: the work is loaded when it is asked for.
 */
import type { RestoreOptions, RestoreResult } from './archive/restore.ts';

/**
 * Makes a database from a backup, on this machine or another. The daemon must not be running on it meanwhile.
 *
 * @throws store.bad_archive, store.already_there, store.not_writable, store.disk_full, store.unreachable, and those of creating a key
 */
export async function restoreStore(options: RestoreOptions): Promise<RestoreResult> {
  const archive = await import('./archive/restore.ts');
  return archive.restoreStore(options);
}
