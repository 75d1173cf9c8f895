/**
 * store/root-key-rotation — another root key, without touching a record: only the data keys are wrapped anew.
 *
 *     1 new key made durable beside the old ─▶ 2 one transaction: data keys wrapped anew, new key current ─▶ 3 old key forgotten
 *
 * Killed after 1: the database still names the old key, which is there. After 2: it names the new one, which is
 * there; step 3 is made up for at the next start.
 */
import { isMcpMuxError, type Logger } from '../base/index.ts';
import {
  asRootKeyRecord,
  type Keyring,
  readCurrentRoot,
  rootKeyRow,
  unwrapDataKey,
  wrapDataKey,
} from './crypto/keyring.ts';
import { chooseRootKey, createRootKey, type RootKeyOptions } from './crypto/root-key/choose.ts';
import { removeUnusedKeys } from './crypto/root-key/key-file.ts';
import type { RootKey, RootKeyProvider, RootKeyRecord } from './crypto/root-key/root-key.ts';
import type { Connection, Database } from './drivers/database.ts';
import { storeError } from './errors.ts';

export interface RootRotationParts {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly now: number;
  readonly logger: Logger;
}

/**
 * @param changed where the new key shall be; what is left out stays as it is
 * @throws store.locked, store.keychain, store.bad_key, store.bad_passphrase, store.not_writable; the old key is in force then
 */
export async function rotateRootKey(
  parts: RootRotationParts,
  changed: Partial<RootKeyOptions>,
): Promise<void> {
  const { database, keyring } = parts;
  const { root: old, record } = keyring.requireUnlocked();
  const options: RootKeyOptions = { ...keyring.options, source: record.source, ...changed };
  const created = await createRootKey(options, record);
  const staysFallback = changed.source === undefined && record.facts['isFallback'] === true;
  const root: RootKey = staysFallback
    ? { ...created.root, facts: { ...created.root.facts, isFallback: true } }
    : created.root;
  if (root.id === old.id)
    throw storeError('bad_key', {
      location: created.provider.where,
      reason: 'it is the key that is in use already',
      hint: 'give a new one, or another place: mcpmux key rotate --root --source keychain',
    });
  try {
    await database.write((connection) => wrapAnew(connection, parts, old, root, created.provider));
  } catch (error) {
    await forgetUnlessCurrent(database, created.provider, root);
    throw error;
  }
  const current = await readCurrentRoot(database.db);
  if (current?.id !== root.id)
    throw storeError('failed', { location: database.location, reason: 'the new key is not current' });
  keyring.replaceRoot(root, current, created.provider.where, options);
  await forgetFormerRoots(parts);
  await forgetUnusedKeys(parts);
}

/** Removes key files that a killed rotation made and the database never learnt of. */
export async function forgetUnusedKeys({ database, keyring }: RootRotationParts): Promise<void> {
  await removeUnusedKeys(keyring.options.dataFolder, async (id) => {
    const row = await database.db
      .selectFrom('root_keys')
      .select('id')
      .where('id', '=', id)
      .executeTakeFirst();
    return row !== undefined;
  });
}

async function wrapAnew(
  connection: Connection,
  { database, now }: RootRotationParts,
  old: RootKey,
  root: RootKey,
  provider: RootKeyProvider,
): Promise<void> {
  let lock = connection.selectFrom('root_keys').select('id').where('is_current', '=', 1);
  if (database.kind === 'postgres') lock = lock.forUpdate();
  if ((await lock.executeTakeFirst())?.id !== old.id)
    throw storeError('conflict', { what: 'the new root key', reason: 'another process has just changed it' });
  await connection.updateTable('root_keys').set({ is_current: 0 }).where('id', '=', old.id).execute();
  const row = rootKeyRow(root, provider.source, now);
  await connection
    .insertInto('root_keys')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
  const dataKeys = await connection.selectFrom('data_keys').selectAll().execute();
  for (const dataKey of dataKeys) {
    const plain = unwrapDataKey(old, dataKey);
    if (plain === undefined)
      throw storeError('sealed_damaged', {
        table: 'data_keys',
        column: 'wrapped',
        record: dataKey.id,
        reason: 'the root key does not open it',
      });
    await connection
      .updateTable('data_keys')
      .set({ root_key_id: root.id, wrapped: wrapDataKey(root, dataKey.id, dataKey.space_id, plain) })
      .where('id', '=', dataKey.id)
      .execute();
    plain.fill(0);
  }
}

/** The answer to a commit may be lost; then the database knows whether the new key counts. In doubt it is kept. */
async function forgetUnlessCurrent(
  database: Database,
  provider: RootKeyProvider,
  root: RootKey,
): Promise<void> {
  try {
    const current = await readCurrentRoot(database.db);
    if (current !== undefined && current.id !== root.id) await provider.destroy(root);
  } catch {
    // The database cannot be asked: an unused key does no harm, a missing one would.
  }
}

/** Removes root keys that nothing is wrapped with any more, from their places and from the database. */
export async function forgetFormerRoots({ database, keyring, logger }: RootRotationParts): Promise<void> {
  if (keyring.state.isLocked) return;
  const rows = await database.db
    .selectFrom('root_keys')
    .selectAll()
    .where('is_current', '=', 0)
    .where('id', 'not in', database.db.selectFrom('data_keys').select('root_key_id'))
    .execute();
  for (const row of rows) {
    const record: RootKeyRecord = asRootKeyRecord(row);
    try {
      await chooseRootKey({ ...keyring.options, source: record.source }, record).destroy(record);
    } catch (error) {
      // A keychain that does not answer now is asked again at the next start.
      if (!isMcpMuxError(error, 'store.keychain')) throw error;
      logger.warn({ keyId: record.id, reason: error.message }, 'a former root key could not be removed');
      continue;
    }
    await database.db.deleteFrom('root_keys').where('id', '=', row.id).where('is_current', '=', 0).execute();
  }
}
