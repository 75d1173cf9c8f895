/**
 * store/archive/backup — writes everything that is kept, and the key that opens it, into one file sealed with a passphrase.
 *
 * The picture is of one moment and holds up no writer.
 */
import { stat } from 'node:fs/promises';
import { type Clock, describeError, isMcpMuxError, type Secret } from '../../base/index.ts';
import type { Keyring } from '../crypto/keyring.ts';
import { checkNewPassphrase } from '../crypto/root-key/passphrase.ts';
import type { Database } from '../drivers/database.ts';
import { storeError } from '../errors.ts';
import { writeNewPrivateFile } from '../files.ts';
import { dumpDatabase } from './dump.ts';
import { writeArchive } from './format.ts';

export interface BackupResult {
  readonly file: string;
  readonly bytes: number;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** @throws store.locked, store.already_there, store.bad_passphrase, store.not_writable, store.disk_full */
export async function backUp(
  parts: { readonly database: Database; readonly keyring: Keyring; readonly clock: Clock },
  schemaVersion: number,
  toFile: string,
  passphrase: Secret,
): Promise<BackupResult> {
  const { root } = parts.keyring.requireUnlocked();
  checkNewPassphrase(passphrase, 'the backup was not made');
  if (await isThere(toFile)) throw alreadyThere(toFile);
  const createdAt = parts.clock.now();
  const content = await dumpDatabase(parts.database, root);
  const archive = await writeArchive(content, passphrase, { createdAt, schemaVersion });
  content.fill(0);
  try {
    await writeNewPrivateFile(toFile, archive);
  } catch (error) {
    if (isMcpMuxError(error)) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    // Somebody else was first meanwhile: their backup stays.
    if (code === 'EEXIST') throw alreadyThere(toFile);
    if (code === 'ENOSPC') throw storeError('disk_full', { location: toFile }, error);
    throw storeError(
      'not_writable',
      {
        location: toFile,
        reason: describeError(error),
        hint: 'name a file in a folder that you may write to',
      },
      error,
    );
  }
  return { file: toFile, bytes: archive.length, createdAt };
}

function alreadyThere(location: string): Error {
  return storeError('already_there', { location, hint: 'name another file for the backup' });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false; // What else is wrong with the path, the writing will say.
  }
}
