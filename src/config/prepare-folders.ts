/**
 * config/prepare-folders — makes the folders of the daemon, private, and says early when one cannot be used.
 *
 * Knows nothing of: what is put into them.
 */
import { constants } from 'node:fs';
import { access, chmod, lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeError } from '../base/index.ts';
import { makeFolders, platform } from '../platform/index.ts';
import { configError } from './errors.ts';
import { type SettingName, type Settings, waysToSet } from './settings.ts';

/**
 * Makes data, logs and socket folder where they are missing (mode 0700).
 *
 * @throws config.folder_not_writable, config.folder_not_ours, config.folder_exposed
 */
export async function prepareFolders(
  settings: Pick<Settings, 'dataDir' | 'logsDir' | 'socketPath'>,
): Promise<void> {
  await prepareDataFolder(settings);
  await makeFolder(settings.logsDir, 'log folder', 'logsDir');
  if (settings.socketPath.startsWith('\\\\.\\pipe\\')) return;
  const socketDir = dirname(settings.socketPath);
  await makeFolder(socketDir, 'folder of the admin socket', 'socketPath');
  await checkSocketFolder(socketDir, socketDir === join(settings.dataDir, 'run'));
}

/** What a command needs that works without a daemon. @throws config.folder_not_writable */
export function prepareDataFolder({ dataDir }: Pick<Settings, 'dataDir'>): Promise<void> {
  return makeFolder(dataDir, 'data folder', 'dataDir');
}

async function makeFolder(folder: string, what: string, name: SettingName): Promise<void> {
  try {
    const made = await makeFolders(folder);
    if (made !== undefined) await platform.folderRights?.makePrivate(made);
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
 * have made it before us, or a link in its place. One that is open to others is refused and left as it is: it is not ours to
 * close (a shared folder, the temporary folder itself), and those who work in it would be shut out.
 *
 * @param isOurs made by us and for nobody else: it is closed again when somebody has opened it, a copy without modes for example
 */
async function checkSocketFolder(folder: string, isOurs: boolean): Promise<void> {
  const userId = process.getuid?.();
  if (userId === undefined) return;
  const facts = await lstat(folder);
  if (!facts.isDirectory() || facts.uid !== userId) throw configError('folder_not_ours', { folder });
  if ((facts.mode & 0o077) === 0) return;
  if (isOurs) return chmod(folder, 0o700);
  throw configError('folder_exposed', { folder, mode: (facts.mode & 0o7777).toString(8).padStart(4, '0') });
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a file is in the way',
  EEXIST: 'a file is in the way',
  ENOENT: 'this file system takes no folders',
};

function reasonOf(error: unknown): string {
  return reasons[(error as NodeJS.ErrnoException).code ?? ''] ?? describeError(error);
}
