/**
 * store/drivers/open-database — the database that an address names, at the newest schema.
 */
import type { Clock } from '../../base/index.ts';
import { type MigrateOptions, migrate } from '../migrations/migrate.ts';
import type { StoreLocation } from '../open.ts';
import type { Database } from './database.ts';
import { openSqlite } from './sqlite.ts';

export interface OpenedDatabase {
  readonly database: Database;
  readonly schemaVersion: number;
}

export async function openDatabase(
  location: StoreLocation,
  clock: Clock,
  migrations?: MigrateOptions['migrations'],
): Promise<OpenedDatabase> {
  const base: MigrateOptions = migrations === undefined ? { clock } : { clock, migrations };
  if (location.kind === 'postgres') throw new Error('not yet');
  const database = await openSqlite(location.file, async (fresh) => void (await migrate(fresh, base)));
  try {
    return { database, schemaVersion: await migrate(database, base) };
  } catch (error) {
    await database.close();
    throw error;
  }
}
