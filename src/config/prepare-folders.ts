/**
 * config/prepare-folders — makes the folders of the daemon, private, and says early when one cannot be used.
 *
 * Knows nothing of: what is put into them.
 */
import { constants } from 'node:fs';
import { access, chmod, lstat, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describeError } from '../base/index.ts';
import { configError } from './errors.ts';
import { type SettingName, type Settings, waysToSet } from './settings.ts';

/**
 * Makes data, logs and socket folder where they are missing (mode 0700).
 *
 * @throws config.folder_not_writable, config.folder_not_ours
 */
export async function prepareFolders(
  settings: Pick<Settings, 'dataDir' | 'logsDir' | 'socketPath'>,
): Promise<void> {
  await makeFolder(settings.dataDir, 'data folder', 'dataDir');
  await makeFolder(settings.logsDir, 'log folder', 'logsDir');
  if (settings.socketPath.startsWith('\\\\.\\pipe\\')) return;
  const socketDir = dirname(settings.socketPath);
  await makeFolder(socketDir, 'folder of the admin socket', 'socketPath');
  await makePrivate(socketDir);
}

async function makeFolder(folder: string, what: string, name: SettingName): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw configError(
      'folder_not_writable',
      { what, folder, reason: reasonOf(error), wayOut: waysToSet(name) },
      error,
    );
  }
}

/**
 * The folder is what guards the socket: whoever may enter it administers. In the temporary folder somebody else may
 * have made it before us, or a link in its place.
 */
async function makePrivate(folder: string): Promise<void> {
  const userId = process.getuid?.();
  if (userId === undefined) return;
  const facts = await lstat(folder);
  if (!facts.isDirectory() || facts.uid !== userId) throw configError('folder_not_ours', { folder });
  if ((facts.mode & 0o077) !== 0) await chmod(folder, 0o700);
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a file is in the way',
  EEXIST: 'a file is in the way',
};

function reasonOf(error: unknown): string {
  return reasons[(error as NodeJS.ErrnoException).code ?? ''] ?? describeError(error);
}
