/**
 * store/archive/restore — makes a database from a backup, on this machine or another, in SQLite or PostgreSQL.
 *
 * The archive is read and authenticated as a whole before anything is written. The data keys are wrapped anew with a
 * fresh root key of this machine, so that the machine of the backup and this one share no key.
 * The daemon must not be running on the data folder meanwhile.
 */
import { constants } from 'node:fs';
import { copyFile, readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { sql } from 'kysely';
import {
  type Clock,
  describeError,
  isMcpMuxError,
  type JsonObject,
  type Logger,
  randomText,
  type Secret,
} from '../../base/index.ts';
import { rootKeyRow, unwrapDataKey, wrapDataKey } from '../crypto/keyring.ts';
import {
  type ChosenKey,
  createRootKey,
  keyFileNotice,
  type RootKeyOptions,
} from '../crypto/root-key/choose.ts';
import { asRootKey, type RootKey, type RootKeySource } from '../crypto/root-key/root-key.ts';
import type { Connection, Database } from '../drivers/database.ts';
import type { StoreLocation } from '../drivers/open-database.ts';
import { claimDatabase, openPostgres } from '../drivers/postgres.ts';
import { buildSqlite } from '../drivers/sqlite.ts';
import { finishReplacement, replaceSqlite } from '../drivers/sqlite-replace.ts';
import { storeError } from '../errors.ts';
import { ensurePrivateFolder, syncFile, syncFolder } from '../files.ts';
import { migrations, newestVersion } from '../migrations/list.ts';
import { applyInside, makeVersionTable, readVersion } from '../migrations/migrate.ts';
import type { DataKeyRow } from '../tables.ts';
import { fileTime } from '../upgrade-backups.ts';
import { type Dump, dumpedTables, insertRows, parseDump } from './dump.ts';
import { maxArchiveBytes, readArchive } from './format.ts';

export interface RestoreOptions {
  readonly fromFile: string;
  readonly passphrase: Secret;
  readonly into: StoreLocation;
  /** Where the new root key of this machine shall be. */
  readonly keys: RootKeyOptions;
  /** Replace a database that is there. SQLite: it is kept beside under another name. PostgreSQL: in a schema of its own. */
  readonly overwrite?: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RestoreResult {
  /** When the backup was made, epoch ms. */
  readonly createdAt: number;
  readonly servers: number;
  readonly keySource: RootKeySource;
  readonly keyLocation: string;
  readonly notice: string | undefined;
  /** Where the database that was there has gone. */
  readonly movedAside: string | undefined;
}

/** @throws store.bad_archive, store.already_there, store.in_use, store.not_writable, store.disk_full, store.unreachable, and those of creating a key */
export async function restoreStore(options: RestoreOptions): Promise<RestoreResult> {
  const { into, logger } = options;
  if (into.kind === 'sqlite') return restoreInto(options);
  // A daemon anywhere may be at work on it, with a data folder of its own.
  const claim = await claimDatabase(
    into.url,
    { who: `restore, pid ${process.pid} on ${hostname()}`, lost: () => {} },
    logger,
  );
  try {
    return await restoreInto(options);
  } finally {
    await claim.close();
  }
}

async function restoreInto(options: RestoreOptions): Promise<RestoreResult> {
  const { fromFile, into } = options;
  if (into.kind === 'sqlite') await finishReplacement(into.file);
  await checkTarget(options);
  const { facts, content } = await readArchive(await read(fromFile), options.passphrase, fromFile);
  if (facts.schemaVersion > newestVersion)
    throw storeError('bad_archive', {
      location: fromFile,
      reason: `a newer mcpmux made it (schema version ${facts.schemaVersion}, known here: ${newestVersion})`,
      hint: 'restore it with that version or a newer one',
    });
  const dump = parseDump(content, fromFile);
  content.fill(0);
  const former = asRootKey(dump.rootKey);
  checkKeysFit(dump, former, fromFile);
  const filling = { dump, former, schemaVersion: facts.schemaVersion, options };
  const { key, movedAside } =
    into.kind === 'sqlite' ? await intoSqlite(into.file, filling) : await intoPostgres(into.url, filling);
  former.key.fill(0);
  return {
    createdAt: facts.createdAt,
    servers: dump.rows.get('servers')?.length ?? 0,
    keySource: key.provider.source,
    keyLocation: key.provider.where,
    notice: key.root.facts['isFallback'] === true ? keyFileNotice : undefined,
    movedAside,
  };
}

/** Before the slow work of opening the archive: is there something that must not be replaced? */
async function checkTarget({ into, overwrite, logger }: RestoreOptions): Promise<void> {
  if (overwrite === true) return;
  if (into.kind === 'sqlite') {
    if (await exists(into.file))
      throw storeError('already_there', {
        location: into.file,
        hint: 'to replace it (it is kept under another name), add: --overwrite',
      });
    return;
  }
  const database = await openPostgres(into.url, logger);
  try {
    if ((await readVersion(database)) > 0 && !(await isUnused(database)))
      throw storeError('already_there', {
        location: database.location,
        hint: 'to replace it (its tables are kept in a schema of their own), add: --overwrite',
      });
  } finally {
    await database.close();
  }
}

interface Filling {
  readonly dump: Dump;
  readonly former: RootKey;
  readonly schemaVersion: number;
  readonly options: RestoreOptions;
}

interface Filled {
  readonly key: ChosenKey;
  readonly movedAside: string | undefined;
}

async function read(file: string): Promise<Buffer> {
  let facts: Awaited<ReturnType<typeof stat>>;
  try {
    facts = await stat(file);
    // A pipe or a device has no end that could be waited for.
    if (facts.isFile() && facts.size <= maxArchiveBytes) return await readFile(file);
  } catch (error) {
    throw storeError('bad_archive', { location: file, reason: describeError(error) }, error);
  }
  throw storeError('bad_archive', {
    location: file,
    reason: facts.isFile() ? `it is larger than ${maxArchiveBytes} bytes` : 'it is no plain file',
  });
}

function asDataKey(row: JsonObject): DataKeyRow {
  return row as unknown as DataKeyRow;
}

/** A backup whose own key does not open it would only be noticed when it is too late. */
function checkKeysFit(dump: Dump, former: RootKey, location: string): void {
  for (const row of dump.rows.get('data_keys') ?? [])
    if (unwrapDataKey(former, asDataKey(row)) === undefined)
      throw storeError('bad_archive', { location, reason: 'the key in it does not open what is in it' });
}

async function intoSqlite(file: string, filling: Filling): Promise<Filled> {
  const { options } = filling;
  await ensurePrivateFolder(dirname(file));
  const key = await createRootKey(options.keys);
  const built = await buildSqlite(file, (database) =>
    database.write((connection) => fill(connection, filling, key)),
  );
  const movedAside = (await exists(file)) ? await copyAside(file, options.clock) : undefined;
  await replaceSqlite(built, file);
  return { key, movedAside };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

/** A copy of the database and its log, so that at every moment there is a database in its place. */
async function copyAside(file: string, clock: Clock): Promise<string> {
  const base = `${file}.before-restore-${fileTime(clock.now())}`;
  let aside = base;
  // Of two in one second, the second is as precious as the first.
  for (let n = 2; await exists(aside); n += 1) aside = `${base}-${n}`;
  try {
    for (const part of ['-wal', ''])
      if (await exists(`${file}${part}`)) {
        await copyFile(`${file}${part}`, `${aside}${part}`, constants.COPYFILE_EXCL);
        await syncFile(`${aside}${part}`);
      }
    await syncFolder(dirname(file));
  } catch (error) {
    throw storeError('not_writable', { location: aside, reason: describeError(error) }, error);
  }
  return aside;
}

async function intoPostgres(url: string, filling: Filling): Promise<Filled> {
  const { options } = filling;
  const database = await openPostgres(url, options.logger);
  try {
    const isWorthKeeping = (await readVersion(database)) > 0 && !(await isUnused(database));
    const key = await createRootKey(options.keys);
    const schema = `mcpmux_before_restore_${fileTime(options.clock.now())}_${randomText(4)}`.toLowerCase();
    await database.write(async (connection) => {
      if (isWorthKeeping) await moveTables(connection, schema, database.location);
      else
        for (const table of ourTables)
          await sql`drop table if exists ${sql.table(table)}`.execute(connection);
      await fill(connection, filling, key);
    });
    return { key, movedAside: isWorthKeeping ? `the schema ${schema} of ${database.location}` : undefined };
  } finally {
    await database.close();
  }
}

/** Children before parents. What happened stays with the database in which it happened, and is in no backup. */
export const ourTables: readonly string[] = [
  'refresh_leases',
  'calls',
  'work_sessions',
  'call_targets',
  'call_parties',
  'audit',
  ...[...dumpedTables].reverse(),
  'root_keys',
  'schema_versions',
];

/** With their rows and indexes, in an instant and in the caller's transaction. */
async function moveTables(connection: Connection, schema: string, location: string): Promise<void> {
  try {
    await sql`create schema ${sql.id(schema)}`.execute(connection);
  } catch (error) {
    if (!isMcpMuxError(error, 'store.not_writable')) throw error;
    throw storeError(
      'not_writable',
      {
        location,
        reason: 'the database user may not create the schema that keeps what is there',
        hint: 'as an administrator run: grant create on database NAME to USER; then restore again',
      },
      error,
    );
  }
  for (const table of ourTables)
    await sql`alter table if exists ${sql.table(table)} set schema ${sql.id(schema)}`.execute(connection);
}

/** Nothing was ever sealed or let in: a daemon has only made the tables. */
async function isUnused({ db }: Database): Promise<boolean> {
  for (const table of ['servers', 'api_keys', 'data_keys'] as const) {
    const row = await db.selectFrom(table).select('id').limit(1).executeTakeFirst();
    if (row !== undefined) return false;
  }
  return true;
}

/** The schema version that brought the table of clients. */
const clientsSince = 5;

/** The tables of the backup's version, its rows, then what came after that version. All in the caller's transaction. */
async function fill(
  connection: Connection,
  { dump, former, schemaVersion, options }: Filling,
  key: ChosenKey,
): Promise<void> {
  const { clock } = options;
  await makeVersionTable(connection);
  for (const migration of migrations)
    if (migration.version <= schemaVersion) await applyInside(connection, migration, clock);
  // What migrations put in comes from the backup.
  await sql`delete from spaces`.execute(connection);
  if (schemaVersion >= clientsSince) await sql`delete from clients`.execute(connection);
  await connection
    .insertInto('root_keys')
    .values(rootKeyRow(key.root, key.provider.source, clock.now()))
    .execute();
  for (const table of dumpedTables) {
    const rows = dump.rows.get(table) ?? [];
    await insertRows(
      connection,
      table,
      table === 'data_keys' ? rows.map((row) => rewrap(row, former, key.root)) : rows,
    );
  }
  for (const migration of migrations)
    if (migration.version > schemaVersion) await applyInside(connection, migration, clock);
}

function rewrap(row: JsonObject, former: RootKey, root: RootKey): JsonObject {
  const dataKey = asDataKey(row);
  const plain = unwrapDataKey(former, dataKey) as Buffer; // Checked before anything was written.
  const wrapped = wrapDataKey(root, dataKey.id, dataKey.space_id, plain);
  plain.fill(0);
  return { ...row, root_key_id: root.id, wrapped };
}
