/**
 * store/open — opens the store: database, migrations, keys, repositories.
 *
 * In: where the data is and where the root key is. Out: a Store whose repositories work, unlocked or locked.
 * Owns: the database connection, the keys in memory and a rotation that goes on behind, until `close()`.
 */
import { dirname } from 'node:path';
import type { Clock, Closeable, Logger, McpMuxError, Secret } from '../base/index.ts';
import type { Repositories } from '../model/index.ts';
import type { BackupResult } from './archive/backup.ts';
import type { RootKeyOptions } from './crypto/root-key/choose.ts';
import type { RootKeySource } from './crypto/root-key/root-key.ts';
import type { DataKeyRotation } from './data-key-rotation.ts';
import type { Database } from './drivers/database.ts';
import type { OpenedDatabase, StoreLocation } from './drivers/open-database.ts';
import type { ClaimWish } from './drivers/postgres-claim.ts';
import { type EarlierLifeOptions, refuseFirstKey, refuseNewDatabase } from './earlier-life.ts';
import type { Migration } from './migrations/list.ts';
import { WriteHealth } from './write-health.ts';

export interface StoreOptions {
  readonly location: StoreLocation;
  readonly keys: RootKeyOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  /** PostgreSQL: take the database for this process alone. SQLite lies in a data folder, which has a lock of its own. */
  readonly claim?: ClaimWish | undefined;
  /** Files that say, where a database is new, that there was one before: then it is refused to begin anew over them. */
  readonly signsOfEarlierLife?: readonly string[] | undefined;
  /** For tests of upgrades; the released ones otherwise. */
  readonly migrations?: readonly Migration[];
}

/** What `mcpmux status` shows. */
export interface StoreDescription {
  readonly driver: 'sqlite' | 'postgres';
  /** The file, or the URL without user and password. */
  readonly location: string;
  readonly schemaVersion: number;
  readonly isLocked: boolean;
  /** Why it is locked, and what to do. */
  readonly lockReason: string | undefined;
  readonly lockHint: string | undefined;
  readonly keySource: RootKeySource | undefined;
  /** The folder, the keychain … */
  readonly keyLocation: string | undefined;
  readonly keyId: string | undefined;
  /** To be shown as long as it holds. */
  readonly notice: string | undefined;
}

export interface Store {
  readonly repositories: Repositories;
  /** What keeps it from being written, looked at now; undefined when nothing does. */
  checkWritable(): Promise<McpMuxError | undefined>;
  /** What is wrong with the place of the root key, which matters at the next start; undefined when nothing is. */
  checkKey(): Promise<McpMuxError | undefined>;
  describe(): StoreDescription;
  /** Tries again to open the root key, with what a person has given since. Stays locked when it still does not fit. */
  unlock(changed?: Partial<RootKeyOptions>): Promise<StoreDescription>;
  /** New data keys, and everything sealed anew with them. The store works on meanwhile. @throws store.locked */
  rotateDataKey(): Promise<DataKeyRotation>;
  /**
   * A new root key, in the same kind of place or another.
   *
   * @throws store.locked, store.keychain, store.bad_key, store.bad_passphrase, store.not_writable; the old key is in force then
   */
  rotateRootKey(changed?: Partial<RootKeyOptions>): Promise<StoreDescription>;
  /**
   * Writes everything, with the key that opens it, into one new file sealed with `passphrase`.
   *
   * @throws store.locked, store.already_there, store.bad_passphrase, store.not_writable, store.disk_full
   */
  backup(toFile: string, passphrase: Secret): Promise<BackupResult>;
  /** Waits for what is being written, then closes and wipes the keys from memory. Safe to call twice. */
  close(): Promise<void>;
}

/** A data key is replaced at the first start after this long. */
const dataKeyLifeMs = 90 * 24 * 3_600_000;

/**
 * Opens the store, making it when it is new and upgrading it when it is old.
 *
 * A root key that is missing or wrong does not stop it: the store is locked then, see `describe()`.
 *
 * @throws store.younger_than_keys, store.in_use, store.newer_database, store.corrupt, store.foreign_database, store.not_writable, store.exposed,
 *         store.wrong_owner, store.unsafe_file, store.disk_full, store.busy, store.unreachable, store.no_driver
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { clock } = options;
  const logger = options.logger.child({ room: 'store' });
  // Behind the import of this file, because Kysely and the drivers take their time and the command line needs none.
  const [{ openDatabase }, { Keyring }, { repositoriesOver }, rotation] = await Promise.all([
    import('./drivers/open-database.ts'),
    import('./crypto/keyring.ts'),
    import('./repositories/all.ts'),
    import('./data-key-rotation.ts'),
  ]);
  const earlierLife = (location: string): EarlierLifeOptions => ({
    location: options.location.kind === 'sqlite' ? options.location.file : location,
    dataFolder: options.keys.dataFolder,
    signs: options.signsOfEarlierLife ?? [],
  });
  const claim = await claimFor(options, logger);
  let opened: OpenedDatabase;
  try {
    opened = await openDatabase(options.location, clock, logger, options.migrations, () =>
      refuseNewDatabase(earlierLife('')),
    );
  } catch (error) {
    await claim?.close();
    throw error;
  }
  const { database, schemaVersion } = opened;
  const keyring = new Keyring(database, options.keys, clock, logger, async () => {
    // It was in use before it had a root key: one that waits for a passphrase lets clients in all the same.
    const known = await database.db.selectFrom('api_keys').select('id').limit(1).executeTakeFirst();
    if (known === undefined) await refuseFirstKey(earlierLife(database.location));
  });
  try {
    await keyring.unlock();
  } catch (error) {
    await database.close();
    await claim?.close();
    throw error;
  }

  const health = new WriteHealth({
    trial: () => writeAndForget(database),
    folder: options.location.kind === 'sqlite' ? dirname(options.location.file) : undefined,
    location: database.location,
    logger,
  });
  database.onFailure(health.failed);
  const closing = new AbortController();
  const rotationParts = { database, keyring, logger, signal: closing.signal };
  /** Key changes happen one after another. */
  let keyWork: Promise<unknown> = Promise.resolve();
  function afterKeyWork<T>(work: () => Promise<T>): Promise<T> {
    const next = keyWork.then(work, work);
    keyWork = next.catch(() => {});
    return next;
  }

  /** Makes up for what a killed rotation has left, and replaces data keys that have served their time. */
  function tidyKeys(): void {
    if (keyring.state.isLocked) return;
    afterKeyWork(async () => {
      const { forgetFormerRoots, forgetUnusedKeys } = await import('./root-key-rotation.ts');
      if (closing.signal.aborted) return;
      await forgetFormerRoots({ database, keyring, logger, now: clock.now() });
      await rotation.retireDataKeys(rotationParts, clock.now() - dataKeyLifeMs);
      await rotation.resealRetired(rotationParts);
      await forgetUnusedKeys({ database, keyring, logger, now: clock.now() });
    }).catch((error: Error) => {
      if (!closing.signal.aborted) logger.warn({ reason: error.message }, 'the keys could not be tidied up');
    });
  }

  function describe(): StoreDescription {
    const { isLocked, lock, source, where, rootKeyId, notice } = keyring.state;
    return {
      driver: database.kind,
      location: database.location,
      schemaVersion,
      isLocked,
      lockReason: lock?.message,
      lockHint: lock?.hint,
      keySource: source,
      keyLocation: where,
      keyId: rootKeyId,
      notice,
    };
  }

  let closed: Promise<void> | undefined;
  tidyKeys();
  return {
    repositories: repositoriesOver({ database, keyring, clock, logger }),
    describe,
    checkWritable: () => health.check(),
    checkKey: () => keyring.checkKey(),
    async unlock(changed) {
      await keyring.unlock(changed);
      tidyKeys();
      return describe();
    },
    rotateDataKey: () =>
      afterKeyWork(async () => {
        await rotation.retireDataKeys(rotationParts, Number.MAX_SAFE_INTEGER);
        return rotation.resealRetired(rotationParts);
      }),
    rotateRootKey: (changed = {}) =>
      afterKeyWork(async () => {
        const { rotateRootKey } = await import('./root-key-rotation.ts');
        await rotateRootKey({ database, keyring, logger, now: clock.now() }, changed);
        return describe();
      }),
    async backup(toFile, passphrase) {
      const { backUp } = await import('./archive/backup.ts');
      return backUp({ database, keyring, clock }, schemaVersion, toFile, passphrase);
    },
    close() {
      closed ??= (async () => {
        closing.abort();
        health.close();
        await keyWork;
        await database.close();
        // Last: whoever takes it next finds everything written.
        await claim?.close();
        keyring.close();
      })();
      return closed;
    },
  };
}

/** As large as what a server with its secrets takes: a few bytes fit where nothing else does. */
const trialBytes = 64 * 1024;

async function writeAndForget(database: Database): Promise<void> {
  const key = '~trial';
  const value = 'x'.repeat(trialBytes);
  await database.db
    .insertInto('settings')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute();
  await database.db.deleteFrom('settings').where('key', '=', key).execute();
}

async function claimFor({ location, claim }: StoreOptions, logger: Logger): Promise<Closeable | undefined> {
  if (claim === undefined || location.kind !== 'postgres') return undefined;
  const { claimDatabase } = await import('./drivers/postgres.ts');
  return claimDatabase(location.url, claim, logger);
}
