/**
 * store/drivers/postgres — opens a PostgreSQL database for a team of replicas.
 *
 * Knows nothing of: tables, how connections are made.
 */
import {
  type DatabaseConnection,
  Kysely,
  PostgresAdapter,
  PostgresDriver,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely';
import { type Closeable, describeError, isMcpMuxError, type Logger } from '../../base/index.ts';
import { storeError } from '../errors.ts';
import type { Tables } from '../tables.ts';
import type { Database } from './database.ts';
import { type ClaimWish, claimPostgres } from './postgres-claim.ts';
import { lockTimeoutMs, openPostgresPool, type PostgresPoolOptions } from './postgres-pool.ts';
import { dialectOver, TranslatingDriver } from './translating-driver.ts';

/** Deadlocks and serialisation failures are resolved by trying again; more often than this something is wrong. */
const attempts = 4;

/** @throws store.unreachable when the URL is none; the connection itself is made with the first query */
export async function openPostgres(
  url: string,
  logger: Logger,
  times?: Pick<PostgresPoolOptions, 'answerTimeoutMs'>,
): Promise<Database> {
  const location = locationOf(url);
  const pool = await openPostgresPool({ url, logger, ...times });
  let tell: (error: Error) => void = () => {};
  const driver = new TranslatingDriver(
    new ForgivingDriver({ pool }),
    (error) => {
      const told = translatePostgresError(error, location);
      tell(told);
      return told;
    },
    () => storeError('closed', { location }),
  );
  const db = new Kysely<Tables>({
    dialect: dialectOver(driver, {
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createAdapter: () => new PostgresAdapter(),
      createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    }),
  });
  const write: Database['write'] = async (work) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await db.transaction().setIsolationLevel('read committed').execute(work);
      } catch (error) {
        if (attempt === attempts || !isWorthRepeating(error)) throw error;
      }
    }
  };
  let isClosed = false;
  return {
    kind: 'postgres',
    location,
    db,
    write,
    // Its disk is waited for elsewhere.
    relaxed: { db, write },
    snapshot: (work) =>
      db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work),
    onFailure: (listener) => (tell = listener),
    async close() {
      if (isClosed) return;
      isClosed = true;
      // Not through Kysely: its own word about use after the end would be none of ours.
      await driver.drain();
      await pool.end();
    },
  };
}

/** What cannot be rolled back any more, the server rolls back itself: the reason of the failure is the first one. */
class ForgivingDriver extends PostgresDriver {
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await super.rollbackTransaction(connection).catch(() => {});
  }
}

/**
 * Takes the database for this process alone, until `close()`.
 *
 * @throws store.in_use, store.unreachable
 */
export async function claimDatabase(url: string, wish: ClaimWish, logger: Logger): Promise<Closeable> {
  const location = locationOf(url);
  return claimPostgres({
    ...wish,
    url,
    location,
    logger,
    translate: (error) => translatePostgresError(error, location),
  });
}

/** The URL for people: without user, password and parameters. */
function locationOf(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    if (protocol !== 'postgres:' && protocol !== 'postgresql:') throw new Error(`unknown scheme ${protocol}`);
    return `${protocol}//${host}${pathname}`;
  } catch {
    // The text may hold a password and is not repeated.
    throw storeError('unreachable', {
      location: '(PostgreSQL)',
      reason: 'the address is not of the form postgres://USER@HOST/DATABASE',
    });
  }
}

function isWorthRepeating(error: unknown): boolean {
  const state = sqlStateOf((error as { readonly cause?: unknown } | null)?.cause);
  return state === '40001' || state === '40P01';
}

function sqlStateOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** @see PostgreSQL, "PostgreSQL Error Codes" */
export function translatePostgresError(error: unknown, location: string): Error {
  if (isMcpMuxError(error)) return error;
  const reason = describeReason(error);
  const state = sqlStateOf(error);
  if (state === undefined) {
    if (/after calling end/i.test(reason)) return storeError('closed', { location }, error);
    return storeError('unreachable', { location, reason }, error);
  }
  switch (state) {
    case '23505':
      return storeError('conflict', { what: 'the row', reason: 'it is there already' }, error);
    case '23503':
      return storeError('missing', { what: 'what the row belongs to' }, error);
    case '25006':
      return storeError('not_writable', { location, reason: 'the database is read-only' }, error);
    case '53100':
      return storeError('disk_full', { location }, error);
    case '55P03':
      return storeError('busy', { location, waitedMs: lockTimeoutMs }, error);
    case '42501':
      return storeError(
        'not_writable',
        { location, reason, hint: 'give the database user the right to create and change tables' },
        error,
      );
  }
  // Connection lost, no such database, wrong password, too many connections, shutting down.
  if (/^(?:08|28|3D|53|57)/.test(state)) return storeError('unreachable', { location, reason }, error);
  // Data corrupted, index corrupted.
  if (state.startsWith('XX')) return storeError('corrupt', { location, reason }, error);
  return storeError('failed', { location, reason }, error);
}

/** Node gives several addresses' failures as one error without a text. */
function describeReason(error: unknown): string {
  if (error instanceof AggregateError && error.message === '')
    return error.errors.map(describeError).join('; ');
  return describeError(error);
}
