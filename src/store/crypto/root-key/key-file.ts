/**
 * store/crypto/root-key/key-file — root keys in files of the data folder: `keys/root-<fingerprint>.key`, mode 0600.
 *
 * Protects against whoever gets the database alone (a copy, a backup), not against other programs of the same user.
 */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, isMcpMuxError } from '../../../base/index.ts';
import { storeError } from '../../errors.ts';
import { checkPrivateFile, ensurePrivateFolder, syncFolder, writePrivateFile } from '../../files.ts';
import { maxKeyTextBytes, readKeyText, writeKeyText } from './key-text.ts';
import { asRootKey, newRootKey, type RootKey, type RootKeyProvider } from './root-key.ts';

export function keyFileProvider(dataFolder: string): RootKeyProvider {
  const folder = join(dataFolder, 'keys');
  const pathOf = (id: string) => join(folder, `root-${id}.key`);
  return {
    source: 'file',
    where: folder,
    async create() {
      const root = newRootKey();
      try {
        await ensurePrivateFolder(folder);
        await writePrivateFile(noteOf(folder, root.id), Buffer.from('made, and not in use yet\n'));
        await writePrivateFile(pathOf(root.id), Buffer.from(writeKeyText(root.key)));
        await syncFolder(dataFolder);
      } catch (error) {
        if (isMcpMuxError(error)) throw error;
        throw storeError('not_writable', { location: folder, reason: describeError(error) }, error);
      }
      return root;
    },
    read: ({ id }) => readKeyFile(pathOf(id), id),
    async destroy({ id }) {
      await rm(noteOf(folder, id), { force: true });
      if ((await checkPrivateFile(pathOf(id))) === undefined) return;
      await rm(pathOf(id), { force: true });
      await syncFolder(folder);
    },
  };
}

/** Beside a key from before it is made until the database knows it. */
function noteOf(folder: string, id: string): string {
  return join(folder, `root-${id}.unused`);
}

/**
 * Removes keys that were made and never came into use, because their maker was killed. Only those with a note: a key that
 * this database does not know may open another one, or a copy that a restore has kept.
 */
export async function removeUnusedKeys(
  dataFolder: string,
  isKnown: (id: string) => Promise<boolean>,
  leastAgeMs = 60_000,
): Promise<void> {
  const folder = join(dataFolder, 'keys');
  const names = await readdir(folder).catch(() => []); // No folder: no keys.
  for (const name of names) {
    const id = /^root-([0-9a-f]+)\.unused$/.exec(name)?.[1];
    if (id === undefined) continue;
    if (await isKnown(id)) await rm(noteOf(folder, id), { force: true });
    else {
      // A younger one may be on its way into the database, by somebody else's hand.
      const facts = await stat(noteOf(folder, id)).catch(() => undefined);
      if (facts !== undefined && Date.now() - facts.mtimeMs >= leastAgeMs)
        await keyFileProvider(dataFolder).destroy({ id, facts: {} });
    }
  }
}

async function readKeyFile(path: string, id: string): Promise<RootKey | undefined> {
  const size = await checkPrivateFile(path);
  if (size === undefined) return undefined;
  const reason =
    size === 0 ? 'the file is empty' : size > maxKeyTextBytes ? 'the file is too long' : undefined;
  const key = reason === undefined ? readKeyText(await readFile(path, 'latin1')) : undefined;
  const root = key === undefined ? undefined : asRootKey(key);
  if (root?.id !== id)
    throw storeError('bad_key', {
      location: path,
      reason:
        reason ?? (root === undefined ? 'it holds no root key' : 'it holds another key than its name says'),
      hint: 'put the right file back from a backup of the data folder, or: mcpmux restore FILE',
    });
  return root;
}
