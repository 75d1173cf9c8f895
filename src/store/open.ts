/**
 * store/open — opens the store: database, migrations, keys, repositories.
 *
 * In: where the data is and where the root key is. Out: a Store whose repositories work, unlocked or locked.
 * Owns: the database connection and the keys in memory, until `close()`.
 */
import type { Clock, Logger } from '../base/index.ts';
import type { Repositories } from '../model/index.ts';
import type { RootKeyOptions } from './crypto/root-key/choose.ts';
import type { RootKeySource } from './crypto/root-key/root-key.ts';

export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string };

export interface StoreOptions {
  readonly location: StoreLocation;
  readonly keys: RootKeyOptions;
  readonly clock: Clock;
  readonly logger: Logger;
}

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
  /** To be shown in `mcpmux status` as long as it holds. */
  readonly notice: string | undefined;
}

export interface Store {
  readonly repositories: Repositories;
  describe(): StoreDescription;
  /** Tries again to open the root key, with what a person has given since. Stays locked when it still does not fit. */
  unlock(changed?: Partial<RootKeyOptions>): Promise<StoreDescription>;
  close(): Promise<void>;
}

/**
 * Opens the store, making it when it is new and upgrading it when it is old.
 *
 * A root key that is missing or wrong does not stop it: the store is locked then, see `describe()`.
 *
 * @throws store.newer_database, store.corrupt, store.foreign_database, store.not_writable, store.exposed,
 *         store.wrong_owner, store.unsafe_file, store.disk_full, store.unreachable, store.no_driver
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const logger = options.logger.child({ room: 'store' });
  const [{ openDatabase }, { Keyring }, { repositoriesOver }] = await Promise.all([
    import('./drivers/open-database.ts'),
    import('./crypto/keyring.ts'),
    import('./repositories/all.ts'),
  ]);
  const { database, schemaVersion } = await openDatabase(options.location, options.clock);
  const keyring = new Keyring(database, options.keys, options.clock, logger);
  try {
    await keyring.unlock();
  } catch (error) {
    await database.close();
    throw error;
  }
  const describe = (): StoreDescription => {
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
  };
  let closing: Promise<void> | undefined;
  return {
    repositories: repositoriesOver({ database, keyring, clock: options.clock }),
    describe,
    async unlock(changed) {
      await keyring.unlock(changed);
      return describe();
    },
    close() {
      closing ??= (async () => {
        await database.close();
        keyring.close();
      })();
      return closing;
    },
  };
}
