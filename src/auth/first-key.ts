/**
 * auth/first-key — sees to it that this machine has a key in a file that only its owner can read.
 *
 * The command line's bridge and the person at the first start use it. The daemon never reads it for anything else.
 * Knows nothing of: how it is printed.
 */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { describeError } from '../base/index.ts';
import type { ApiKey } from '../model/index.ts';
import type { ApiKeys } from './api-keys.ts';
import { authError } from './errors.ts';

const machineKeyName = 'this-machine';

export interface MachineKey {
  readonly text: string;
  /** The key itself when it was made just now; then it is to be shown, once. */
  readonly created: ApiKey | undefined;
}

/**
 * Finds this machine's key, or makes it.
 *
 * A key whose file was lost cannot be read again. When nobody has used it yet it is replaced; otherwise it stays,
 * because a client may hold it, and the file gets one of another name.
 *
 * @param file absolute; written with mode 0600
 * @throws auth.key_file_unwritable, store.*
 */
export async function ensureFirstKey(apiKeys: ApiKeys, file: string): Promise<MachineKey> {
  const known = await readKeyFile(file);
  if (known !== undefined && apiKeys.knows(known)) return { text: known, created: undefined };

  const live = apiKeys.list().filter((key) => key.revokedAt === undefined);
  const lost = live.find((key) => key.name === machineKeyName);
  if (lost !== undefined && lost.lastUsedAt === undefined) await apiKeys.revoke(lost.id);
  const taken = new Set(live.filter((key) => key.lastUsedAt !== undefined || key !== lost).map(nameOf));
  let name = machineKeyName;
  for (let count = 2; taken.has(name); count += 1) name = `${machineKeyName}-${count}`;

  const { key, text } = await apiKeys.create(name);
  await writeKeyFile(file, text);
  return { text, created: key };
}

function nameOf(key: ApiKey): string {
  return key.name.toLowerCase();
}

async function readKeyFile(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch {
    // Not there or not readable: either way there is no key in it for us.
    return undefined;
  }
}

/** Whole or not at all, and never readable by others, not even for a moment. */
async function writeKeyFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${text}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw authError('key_file_unwritable', { file, reason: describeError(error) }, error);
  }
}
