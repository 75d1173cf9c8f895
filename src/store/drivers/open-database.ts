/**
 * store/drivers/open-database — the database that an address names, at the newest schema.
 */
import { type Clock, isMcpMuxError, type Logger } from '../../base/index.ts';
import { storeError } from '../errors.ts';
import { type MigrateOptions, migrate } from '../migrations/migrate.ts';
import { createUpgradeBackup, newestUpgradeBackup } from '../upgrade-backups.ts';
import type { Database } from './database.ts';
import { openPostgres } from './postgres.ts';
import { openSqlite } from './sqlite.ts';

export type StoreLocation =
  /** @property file absolute; its folder is the data folder and is made when missing */
  | { readonly kind: 'sqlite'; readonly file: string }
  /** @property url `postgres://USER:PASSWORD@HOST/DATABASE` */
  | { readonly kind: 'postgres'; readonly url: string };

export interface OpenedDatabase {
  readonly database: Database;
  readonly schemaVersion: number;
}

/**
 * @param migrations for tests; the released ones otherwise
 * @param beforeNew  asked before a SQLite database is made; may refuse
 */
export async function openDatabase(
  location: StoreLocation,
  clock: Clock,
  logger: Logger,
  migrations?: MigrateOptions['migrations'],
  beforeNew?: () => Promise<void>,
): Promise<OpenedDatabase> {
  const base: MigrateOptions = migrations === undefined ? { clock } : { clock, migrations };
  if (location.kind === 'postgres') return migrated(await openPostgres(location.url, logger), base);
  const { file } = location;
  try {
    const database = await openSqlite(file, async (fresh) => void (await migrate(fresh, base)), beforeNew);
    return await migrated(database, {
      ...base,
      findCopy: () => newestUpgradeBackup(file),
      async beforeUpgrade(from, to) {
        const copy = await createUpgradeBackup(database, file, from, clock);
        logger.info({ from, to, copy }, 'upgrading the database');
      },
    });
  } catch (error) {
    if (!isMcpMuxError(error, 'store.corrupt') || error.facts['location'] !== file) throw error;
    throw storeError('corrupt', { ...error.facts, backup: await newestUpgradeBackup(file) }, error.cause);
  }
}

async function migrated(database: Database, options: MigrateOptions): Promise<OpenedDatabase> {
  try {
    return { database, schemaVersion: await migrate(database, options) };
  } catch (error) {
    await database.close();
    throw error;
  }
}
