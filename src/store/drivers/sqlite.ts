/**
 * store/drivers/sqlite — opens the SQLite file: private, whole, ours, durable.
 *
 * A file that exists was completely created: a new one is built under another name and linked into place. So an empty
 * or zeroed file is damage, never a beginning.
 * Owns: the handle and its settings. Knows nothing of: tables (migrations/ makes them), sealing.
 */
import { link, open as openFile, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Driver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { describeError, isMcpMuxError, randomText, sleep, systemClock } from '../../base/index.ts';
import { platform, removeFile, replaceFile } from '../../platform/index.ts';
import { storeError } from '../errors.ts';
import { checkPrivateFile, createPrivateFile, ensurePrivateFolder, syncFile, syncFolder } from '../files.ts';
import type { Tables } from '../tables.ts';
import type { Database } from './database.ts';
import { SqliteDriver } from './sqlite-driver.ts';
import { isBusy, translateSqliteError } from './sqlite-errors.ts';
import { loadSqlite, type SqliteHandle } from './sqlite-module.ts';
import { finishReplacement } from './sqlite-replace.ts';
import { dialectOver, TranslatingDriver } from './translating-driver.ts';

/** "MMUX": tells our databases from other programs'. */
export const applicationId = 0x4d_4d_55_58;
/** Up to this size the whole structure is checked at every start (some ms); above, damage is noticed when it is read. */
const checkedAtStartBytes = 8 * 1024 * 1024;
/** Together about five seconds. */
const settingAttempts = 100;
const settingPauseMs = 50;
const headerBytes = 100;
const magic = 'SQLite format 3\0';

/**
 * Opens, or creates and opens, the database.
 *
 * @param prepareNew makes the tables in a database that is not in its place yet
 * @param beforeNew  asked first; what it throws leaves everything as it is
 * @throws store.exposed, store.unsafe_file, store.wrong_owner, store.not_writable, store.corrupt, store.foreign_database
 */
export async function openSqlite(
  file: string,
  prepareNew: (database: Database) => Promise<void>,
  beforeNew: () => Promise<void> = async () => {},
): Promise<Database> {
  await ensurePrivateFolder(dirname(file));
  try {
    await finishReplacement(file);
  } catch (error) {
    throw asFileError(error, file);
  }
  await removeLeftovers(file);
  const size = await checkPrivateFile(file);
  if (size === undefined) {
    await beforeNew();
    await createSqlite(file, prepareNew);
  } else await checkHeader(file, size);
  const { DatabaseSync } = await loadSqlite();
  let handle: SqliteHandle | undefined;
  try {
    handle = new DatabaseSync(file);
    await applySettings(handle);
    if (size !== undefined) checkContent(handle, file, size);
    return asDatabase(handle, file);
  } catch (error) {
    handle?.close();
    throw translateSqliteError(error, file);
  }
}

/** The write-ahead log is a property of the file: the first to open it switches it on, others may have to wait for that. */
async function applySettings(handle: SqliteHandle): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      handle.exec('pragma busy_timeout = 0; pragma journal_mode = wal');
      break;
    } catch (error) {
      if (!isBusy(error) || attempt === settingAttempts) throw error;
      await sleep(systemClock, settingPauseMs);
    }
  }
  handle.exec(`
    pragma synchronous = full;
    pragma foreign_keys = on;
    pragma secure_delete = on;
    pragma trusted_schema = off;
    pragma cell_size_check = on;
    pragma journal_size_limit = 16777216;
  `);
}

export function asDatabase(handle: SqliteHandle, location: string): Database {
  const sqlite = new SqliteDriver(handle, location, systemClock);
  let tell: (error: Error) => void = () => {};
  const failed = (error: Error): void => tell(error);
  const full = translated(sqlite, location, failed);
  const relaxed = translated(sqlite.relaxed(), location, failed);
  const db = kyselyOver(full);
  const relaxedDb = kyselyOver(relaxed);
  let isClosed = false;
  return {
    kind: 'sqlite',
    location,
    db,
    write: (work) => db.transaction().execute(work),
    relaxed: { db: relaxedDb, write: (work) => relaxedDb.transaction().execute(work) },
    snapshot: (work) => snapshotOf(location, work),
    onFailure: (listener) => (tell = listener),
    async close() {
      if (isClosed) return;
      isClosed = true;
      // Not through Kysely: its own word about use after the end would be none of ours.
      await Promise.all([full.drain(), relaxed.drain()]);
      await full.destroy();
    },
  };
}

function translated(driver: Driver, location: string, failed: (error: Error) => void): TranslatingDriver {
  return new TranslatingDriver(
    driver,
    (error) => {
      const told = translateSqliteError(error, location);
      failed(told);
      return told;
    },
    () => storeError('closed', { location }),
  );
}

function kyselyOver(driver: TranslatingDriver): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect: dialectOver(driver, {
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createAdapter: () => new SqliteAdapter(),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    }),
  });
}

/** A second, reading connection in one transaction: in WAL mode it sees one moment and holds up no writer. */
async function snapshotOf<T>(file: string, work: (connection: Kysely<Tables>) => Promise<T>): Promise<T> {
  const { DatabaseSync } = await loadSqlite();
  const handle = new DatabaseSync(file, { readOnly: true });
  const database = asDatabase(handle, file);
  try {
    handle.exec('begin');
    try {
      return await work(database.db);
    } finally {
      handle.exec('rollback');
    }
  } catch (error) {
    throw translateSqliteError(error, file);
  } finally {
    await database.close();
  }
}

/** Refuses what cannot be a whole database, before SQLite touches it: opening alone may write. */
async function checkHeader(file: string, size: number): Promise<void> {
  if (size < headerBytes)
    throw storeError('corrupt', { location: file, reason: size === 0 ? 'it is empty' : 'it is cut short' });
  const header = Buffer.alloc(headerBytes);
  let handle: Awaited<ReturnType<typeof openFile>>;
  try {
    handle = await openFile(file, 'r+');
  } catch (error) {
    throw storeError('not_writable', { location: file, reason: describeError(error) }, error);
  }
  try {
    await handle.read(header, 0, headerBytes, 0);
  } finally {
    await handle.close();
  }
  if (header.toString('latin1', 0, 16) !== magic)
    throw storeError('corrupt', {
      location: file,
      reason: header.every((byte) => byte === 0) ? 'it is filled with zeros' : 'it is no SQLite database',
    });
  const storedPageSize = header.readUInt16BE(16);
  const pageSize = storedPageSize === 1 ? 65_536 : storedPageSize;
  const pages = header.readUInt32BE(28);
  // Pages may be missing from the file while they are in the write-ahead log.
  if (pages * pageSize > size && !(await hasContent(`${file}-wal`)))
    throw storeError('corrupt', { location: file, reason: 'it is cut short' });
  const id = header.readUInt32BE(68);
  if (id !== applicationId) throw storeError('foreign_database', { location: file });
}

async function hasContent(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size > 0;
  } catch {
    return false; // Not there: nothing in it.
  }
}

function checkContent(handle: SqliteHandle, file: string, size: number): void {
  if (size > checkedAtStartBytes) return;
  const verdict = handle.prepare('pragma quick_check(1)').get()?.['quick_check'];
  if (verdict === 'ok') return;
  const reason = String(verdict)
    .replace(/^\*\*\*.*\*\*\*\s*/, '')
    .replaceAll('\n', '; ');
  throw storeError('corrupt', { location: file, reason });
}

/** Removes what a creation that was killed has left, the second name of the finished file among it. */
async function removeLeftovers(file: string): Promise<void> {
  const folder = dirname(file);
  const prefix = `${basename(file)}.`;
  try {
    for (const name of await readdir(folder)) {
      const isDatabase =
        name.startsWith(prefix) && /\.[0-9A-Za-z]{8}\.new(?:-wal|-shm|-journal)?$/.test(name);
      const isNote = name.startsWith(`.${prefix}replacing.`) && name.endsWith('.tmp');
      if (isDatabase || isNote) await removeLeftover(join(folder, name));
    }
  } catch (error) {
    throw asFileError(error, file);
  }
}

/** Builds the database under another name and links it into its place, so that it appears whole or not at all. */
async function createSqlite(file: string, prepareNew: (database: Database) => Promise<void>): Promise<void> {
  // A new database would be changed by the log of the one that is gone.
  if (await hasContent(`${file}-wal`))
    throw storeError('corrupt', { location: file, reason: 'it is gone, while its write-ahead log is there' });
  const temporary = await buildSqlite(file, prepareNew);
  try {
    await putInPlace(temporary, file);
    await syncFolder(dirname(file));
  } catch (error) {
    throw asFileError(error, file);
  } finally {
    await removeLeftover(temporary);
  }
}

/**
 * Builds a whole, synced database beside `file`.
 *
 * Without a write-ahead log: on Node 20 the connection outlives its closing, and its log's index, named after this
 * name, would be shared with the connection to the final name and hidden from other processes.
 *
 * @returns its path, to be moved into place or removed by the caller
 */
export async function buildSqlite(
  file: string,
  fill: (database: Database) => Promise<void>,
): Promise<string> {
  const temporary = `${file}.${randomText(8)}.new`;
  try {
    await (await createPrivateFile(temporary)).close();
    const { DatabaseSync } = await loadSqlite();
    const handle = new DatabaseSync(temporary);
    const database = asDatabase(handle, file);
    try {
      handle.exec(
        `pragma application_id = ${applicationId}; pragma foreign_keys = on; pragma synchronous = off`,
      );
      await fill(database);
    } finally {
      await database.close();
    }
    const free = await copyUnheld(temporary, file);
    await syncFile(free);
    return free;
  } catch (error) {
    for (const leftover of ['', '-wal', '-shm', '-journal']) await removeLeftover(`${temporary}${leftover}`);
    throw asFileError(error, file);
  }
}

/**
 * The same database in a file that nobody has open. On Node 20 a connection holds its file until its statements are
 * collected as garbage, and Windows moves no file that is held. A connection that prepares no statement lets go at once.
 */
async function copyUnheld(built: string, file: string): Promise<string> {
  const free = `${file}.${randomText(8)}.new`;
  const { DatabaseSync } = await loadSqlite();
  await (await createPrivateFile(free)).close();
  const handle = new DatabaseSync(built);
  try {
    handle.exec(`vacuum into '${free.replaceAll("'", "''")}'`);
  } finally {
    handle.close();
  }
  await removeLeftover(built);
  return free;
}

/** File systems without hard links (exFAT, some network shares) and Windows, where a second name cannot go while it is open. */
const noLinks: ReadonlySet<string> = new Set([
  'EPERM',
  'EACCES',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EXDEV',
  'EMLINK',
  'EISDIR',
  'EINVAL',
]);

async function putInPlace(from: string, to: string): Promise<void> {
  if (!platform.files.holdsOpenFiles) {
    try {
      return await link(from, to);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      // Another process was first; its database is as good as ours.
      if (code === 'EEXIST') return;
      if (!noLinks.has(code)) throw error;
    }
  }
  // Who else could come between is kept out by the lock on the data folder.
  if ((await checkPrivateFile(to)) === undefined) await replaceFile(platform.files, from, to);
}

/** What cannot go now goes at the next start. */
async function removeLeftover(path: string): Promise<void> {
  await removeFile(platform.files, path).catch(() => {});
}

function asFileError(error: unknown, file: string): Error {
  if (isMcpMuxError(error)) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC') return storeError('disk_full', { location: file }, error);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return storeError('not_writable', { location: dirname(file), reason: describeError(error) }, error);
  return translateSqliteError(error, file);
}
