/**
 * store/files — files and folders that hold credentials: made private, checked, written so that a power cut leaves old or new.
 *
 * Knows nothing of: what is in them. On Windows the checks of mode and owner are skipped: the user's profile folder guards them.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describeError, randomText } from '../base/index.ts';
import { makeFolders, platform, replaceFile } from '../platform/index.ts';
import { storeError } from './errors.ts';

const { hasModes } = platform.files;
const privateFile = 0o600;
const others = 0o077;

/**
 * Makes the folder with mode 0700 when it is missing, and checks it when it is there.
 *
 * @throws store.not_writable, store.exposed, store.wrong_owner
 */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
  } catch (error) {
    throw storeError('not_writable', { location: folder, reason: describeError(error) }, error);
  }
  if (!hasModes) return;
  const facts = await lstat(folder);
  if (!facts.isDirectory() && !facts.isSymbolicLink())
    throw storeError('not_writable', { location: folder, reason: 'it is not a folder' });
  if (facts.isSymbolicLink()) return checkPrivate(folder, await statFollowing(folder), '700');
  checkPrivate(folder, facts, '700');
}

async function statFollowing(path: string) {
  const { stat } = await import('node:fs/promises');
  return stat(path);
}

function checkPrivate(
  location: string,
  facts: { readonly uid: number; readonly mode: number },
  wanted: string,
): void {
  const us = process.getuid?.();
  if (us !== undefined && facts.uid !== us)
    throw storeError('wrong_owner', { location, owner: facts.uid, us });
  if ((facts.mode & others) !== 0)
    throw storeError('exposed', {
      location,
      mode: `0${(facts.mode & 0o777).toString(8)}`,
      wanted,
    });
}

/**
 * Is a private file there? Checks that it is a plain file of ours that nobody else can read and no other name leads to.
 *
 * @returns its size, or undefined when there is none
 * @throws  store.unsafe_file, store.exposed, store.wrong_owner, store.not_writable
 */
export async function checkPrivateFile(path: string): Promise<number | undefined> {
  let facts: Awaited<ReturnType<typeof lstat>>;
  try {
    facts = await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw storeError('not_writable', { location: path, reason: describeError(error) }, error);
  }
  if (facts.isSymbolicLink()) throw storeError('unsafe_file', { location: path, reason: 'a symbolic link' });
  if (!facts.isFile()) throw storeError('unsafe_file', { location: path, reason: 'not a plain file' });
  if (facts.nlink > 1)
    throw storeError('unsafe_file', { location: path, reason: 'reachable under a second name (hard link)' });
  if (hasModes) checkPrivate(path, facts, '600');
  return facts.size;
}

/** Creates an empty file with mode 0600 that was not there before. @throws the error of open(2), EEXIST among them */
export async function createPrivateFile(path: string): Promise<FileHandle> {
  const noFollow = constants.O_NOFOLLOW ?? 0;
  return open(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | noFollow, privateFile);
}

/**
 * Writes a private file whole: a temporary one beside it, synced, then renamed, then the folder synced.
 * After a power cut there is the old content or the new one, never half of it.
 */
export async function writePrivateFile(path: string, content: Uint8Array): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomText(8)}.tmp`);
  const file = await createPrivateFile(temporary);
  try {
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await replaceFile(platform.files, temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/**
 * Writes a private file that was not there before; of two who do it at once, one is refused. What fails leaves nothing.
 *
 * @throws the error of open(2), EEXIST among them
 */
export async function writeNewPrivateFile(path: string, content: Uint8Array): Promise<void> {
  const file = await createPrivateFile(path);
  try {
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes renames and new names in `folder` survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  if (!hasModes) return; // Windows cannot sync a folder and does not need to.
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the content of `path` survive a power cut. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
