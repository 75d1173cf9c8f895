/**
 * store/earlier-life — is a new database about to be made where there was one before?
 *
 * Keys outlive a database that was lost: the file, or its log with the youngest data. A start that makes a new one over
 * them is silent about the loss, and clients are shut out by a new key. So it is refused with the choice.
 * Knows nothing of: how databases are made.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { storeError } from './errors.ts';

export interface EarlierLifeOptions {
  readonly location: string;
  /** Root keys of ours are in its `keys` folder. */
  readonly dataFolder: string;
  /** Files that are made once the first start is complete. */
  readonly signs: readonly string[];
}

/** There is no database. A first start makes it before any key. @throws store.younger_than_keys */
export async function refuseNewDatabase(options: EarlierLifeOptions): Promise<void> {
  const folder = join(options.dataFolder, 'keys');
  const names: string[] = await readdir(folder).catch(() => []); // No folder: no keys.
  // One with a note beside it never came into use: a restore was killed.
  const keys = names
    .filter(
      (name) => /^root-[0-9a-f]+\.key$/.test(name) && !names.includes(name.replace(/\.key$/, '.unused')),
    )
    .map((name) => join(folder, name));
  refuse(options, [...keys, ...(await thereOf(options.signs))], 'not there');
}

/** There is a database that was never sealed with a key. A first start may have ended here. @throws store.younger_than_keys */
export async function refuseFirstKey(options: EarlierLifeOptions): Promise<void> {
  refuse(options, await thereOf(options.signs), 'empty');
}

function refuse({ location }: EarlierLifeOptions, signs: readonly string[], how: string): void {
  if (signs.length > 0)
    throw storeError('younger_than_keys', {
      location,
      how,
      signs: signs.map((sign) => `'${sign}'`).join(' '),
    });
}

async function thereOf(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths)
    if (
      await stat(path).then(
        () => true,
        () => false,
      )
    )
      found.push(path);
  return found;
}
