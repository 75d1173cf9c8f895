/**
 * store/data-key-rotation — new data keys, and everything sealed anew with them, without stopping.
 *
 *     one transaction a Space: old key retired, new key active ─▶ batches: open with old, seal with new ─▶ old key removed
 *
 * Killed anywhere, the retired keys are still there and open what is left; the next start goes on.
 * Knows nothing of: root keys.
 */
import { isMcpMuxError, type Logger } from '../base/index.ts';
import type { Keyring } from './crypto/keyring.ts';
import { keyIdOf } from './crypto/record.ts';
import { type Database, yieldToEventLoop } from './drivers/database.ts';
import { type SealedColumn, sealedColumns } from './repositories/sealed-columns.ts';
import type { DataKeyRow } from './tables.ts';

/** Rows sealed anew in one transaction: about a millisecond of work, one sync. */
const rowsAtOnce = 32;

export interface DataKeyRotation {
  /** Rows that hold newly sealed values now. */
  readonly rows: number;
  /** Values that could not be opened; they keep their old text and their retired key. */
  readonly damaged: number;
  /** Retired keys that were removed because nothing is sealed with them any more. */
  readonly removedKeys: number;
}

export interface RotationParts {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly logger: Logger;
  /** Stops between two batches; what is left is done at the next start. */
  readonly signal: AbortSignal;
}

/**
 * Retires the active data key of each Space and makes a new one.
 *
 * @param createdBefore only keys older than this (epoch ms)
 * @throws store.locked
 */
export async function retireDataKeys(
  { database, keyring }: RotationParts,
  createdBefore: number,
): Promise<void> {
  keyring.requireUnlocked();
  const rows = await database.db
    .selectFrom('data_keys')
    .selectAll()
    .where('is_active', '=', 1)
    .where('created_at', '<', createdBefore)
    .execute();
  for (const row of rows)
    await database.write(async (connection) => {
      const { numUpdatedRows } = await connection
        .updateTable('data_keys')
        .set({ is_active: 0 })
        .where('id', '=', row.id)
        .where('is_active', '=', 1)
        .executeTakeFirst();
      if (numUpdatedRows > 0n) await keyring.createDataKey(connection, row.space_id);
    });
}

/** Seals anew whatever a retired key has sealed, then removes the key. @throws store.locked */
export async function resealRetired(parts: RotationParts): Promise<DataKeyRotation> {
  const { database, signal } = parts;
  const retired = await database.db
    .selectFrom('data_keys')
    .selectAll()
    .where('is_active', '=', 0)
    .orderBy('created_at')
    .execute();
  let rows = 0;
  let damaged = 0;
  let removedKeys = 0;
  const places = sealedColumns(database.kind);
  for (const key of retired) {
    for (const place of places) {
      const done = await resealPlace(parts, place, key);
      rows += done.rows;
      damaged += done.damaged;
    }
    if (signal.aborted) break;
    if (await removeWhenUnused(database, places, key.id)) removedKeys += 1;
  }
  if (damaged > 0) parts.logger.warn({ damaged }, 'some sealed values cannot be opened');
  return { rows, damaged, removedKeys };
}

async function resealPlace(
  { database, keyring, signal }: RotationParts,
  place: SealedColumn,
  key: DataKeyRow,
): Promise<{ rows: number; damaged: number }> {
  let rows = 0;
  let damaged = 0;
  let after = '';
  while (!signal.aborted) {
    const batch = await database.write(async (connection) => {
      let damagedHere = 0;
      const sealer = await keyring.sealer(connection, key.space_id);
      const done = await place.reseal(connection, key.id, after, rowsAtOnce, async (text, address) => {
        if (keyIdOf(text) !== key.id) return text;
        try {
          const secret = await keyring.open(connection, text, { spaceId: key.space_id, ...address });
          return sealer.seal(secret, address);
        } catch (error) {
          if (!isMcpMuxError(error, 'store.sealed_damaged')) throw error;
          damagedHere += 1;
          return text;
        }
      });
      return { ...done, damaged: damagedHere };
    });
    rows += batch.rows;
    damaged += batch.damaged;
    after = batch.last;
    if (batch.rows < rowsAtOnce) break;
    await yieldToEventLoop();
  }
  return { rows, damaged };
}

function removeWhenUnused(
  database: Database,
  places: readonly SealedColumn[],
  keyId: string,
): Promise<boolean> {
  return database.write(async (connection) => {
    for (const place of places) if (await place.holds(connection, keyId)) return false;
    const { numDeletedRows } = await connection
      .deleteFrom('data_keys')
      .where('id', '=', keyId)
      .where('is_active', '=', 0)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  });
}
