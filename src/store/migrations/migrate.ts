/**
 * store/migrations/migrate — brings a database to the newest schema, one transaction a version.
 *
 * Killed at any statement, it stands at a whole version and goes on from there at the next start.
 * Knows nothing of: files. The copy before an upgrade is made by `beforeUpgrade`.
 */
import { CompiledQuery, sql } from 'kysely';
import type { Clock } from '../../base/index.ts';
import type { Connection, Database } from '../drivers/database.ts';
import { storeError } from '../errors.ts';
import { type Migration, migrations as released } from './list.ts';

/** Any number that nothing else locks on: one upgrade at a time over all replicas. */
const upgradeLock = 5_566_457;

export interface MigrateOptions {
  readonly clock: Clock;
  /** For tests and for restoring; the released ones otherwise. */
  readonly migrations?: readonly Migration[];
  /** Called before the first change of a database that has data. */
  readonly beforeUpgrade?: (fromVersion: number, toVersion: number) => Promise<void>;
  /** Names the newest copy from before an upgrade, for the message that refuses a newer database. */
  readonly findCopy?: () => Promise<string | undefined>;
}

/**
 * @returns the version the database has afterwards
 * @throws  store.newer_database, and what the database throws
 */
export async function migrate(database: Database, options: MigrateOptions): Promise<number> {
  const migrations = options.migrations ?? released;
  const known = migrations.at(-1)?.version ?? 0;
  const found = await readVersion(database);
  if (found > known)
    throw storeError('newer_database', {
      location: database.location,
      found,
      known,
      backup: await options.findCopy?.(),
    });
  if (found === known) return found;
  if (found > 0) await options.beforeUpgrade?.(found, known);
  for (const migration of migrations) {
    if (migration.version > found) await apply(database, migration, options.clock);
  }
  return known;
}

/** 0 when there are no tables of ours. */
export async function readVersion(database: Database): Promise<number> {
  if (!(await hasVersionTable(database))) return 0;
  const row = await database.db
    .selectFrom('schema_versions')
    .select(({ fn }) => fn.max('version').as('version'))
    .executeTakeFirst();
  return Number(row?.version ?? 0);
}

async function hasVersionTable(database: Database): Promise<boolean> {
  const query =
    database.kind === 'sqlite'
      ? sql<{
          found: number;
        }>`select count(*) as found from sqlite_schema where type = 'table' and name = 'schema_versions'`
      : sql<{ found: number }>`select count(*) as found from information_schema.tables
          where table_schema = current_schema() and table_name = 'schema_versions'`;
  const { rows } = await query.execute(database.db);
  return Number(rows[0]?.found ?? 0) > 0;
}

async function apply(database: Database, migration: Migration, clock: Clock): Promise<void> {
  await database.write(async (connection) => {
    if (database.kind === 'postgres')
      await sql`select pg_advisory_xact_lock(${upgradeLock})`.execute(connection);
    await makeVersionTable(connection);
    // Another replica may have done it while we waited for the lock.
    const done = await connection
      .selectFrom('schema_versions')
      .select('version')
      .where('version', '=', migration.version)
      .executeTakeFirst();
    if (done === undefined) await applyInside(connection, migration, clock);
  });
}

export async function makeVersionTable(connection: Connection): Promise<void> {
  await sql`create table if not exists schema_versions (
    version integer primary key,
    name text not null,
    applied_at bigint not null
  )`.execute(connection);
}

/** One migration inside a transaction of the caller. */
export async function applyInside(connection: Connection, migration: Migration, clock: Clock): Promise<void> {
  for (const statement of migration.statements) await connection.executeQuery(CompiledQuery.raw(statement));
  await connection
    .insertInto('schema_versions')
    .values({ version: migration.version, name: migration.name, applied_at: clock.now() })
    .execute();
}
