/**
 * store/drivers/sqlite-driver — Kysely's driver over one SQLite handle.
 *
 * One connection, used by one at a time in order of arrival. A lock held by another program is waited for without
 * holding up the event loop: SQLite's own waiting would.
 * Knows nothing of: how the file was opened, which tables there are.
 */
import { CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from 'kysely';
import { type Clock, describeError, sleep } from '../../base/index.ts';
import { storeError } from '../errors.ts';
import { isBusy } from './sqlite-errors.ts';
import type { SqliteHandle, SqliteStatement, SqliteValue } from './sqlite-module.ts';

/** How long a write waits for another program's lock. Longer is an outage, and the caller should say so. */
const busyTimeoutMs = 5_000;
/** First pause; doubles up to ten times of it. */
const busyPauseMs = 5;
/** Distinct statements are few (chunked inserts make most of them); a compiled one takes a few KiB. */
const keptStatements = 128;

interface PreparedStatement {
  readonly statement: SqliteStatement;
  readonly isReader: boolean;
}

const readerPattern = /^\s*(?:select|pragma|explain|values)\b|\breturning\b/i;

class SqliteConnection implements DatabaseConnection {
  readonly #handle: SqliteHandle;
  readonly #location: string;
  readonly #clock: Clock;
  readonly #statements = new Map<string, PreparedStatement>();

  constructor(handle: SqliteHandle, location: string, clock: Clock) {
    this.#handle = handle;
    this.#location = location;
    this.#clock = clock;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const startedAt = this.#clock.monotonic();
    for (let pauseMs = busyPauseMs; ; pauseMs = Math.min(pauseMs * 2, busyPauseMs * 10)) {
      try {
        return this.#execute<R>(query);
      } catch (error) {
        if (!isBusy(error)) throw error;
        const waitedMs = Math.round(this.#clock.monotonic() - startedAt);
        if (waitedMs >= busyTimeoutMs)
          throw storeError('busy', { location: this.#location, waitedMs }, error);
        await sleep(this.#clock, pauseMs);
      }
    }
  }

  #execute<R>(query: CompiledQuery): QueryResult<R> {
    const { statement, isReader } = this.#prepare(query.sql);
    const parameters = query.parameters as readonly SqliteValue[];
    if (isReader) return { rows: statement.all(...parameters) as R[] };
    const { changes } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes) };
  }

  #prepare(sql: string): PreparedStatement {
    const kept = this.#statements.get(sql);
    if (kept !== undefined) {
      this.#statements.delete(sql);
      this.#statements.set(sql, kept);
      return kept;
    }
    const prepared = { statement: this.#handle.prepare(sql), isReader: readerPattern.test(sql) };
    this.#statements.set(sql, prepared);
    if (this.#statements.size > keptStatements) {
      const oldest = this.#statements.keys().next().value;
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    return prepared;
  }

  forgetStatements(): void {
    this.#statements.clear();
  }

  /** Not offered: a cursor would hold the only connection. The store reads in pages. */
  streamQuery(): AsyncIterableIterator<never> {
    throw storeError('failed', { location: this.#location, reason: 'streaming is not offered' });
  }
}

/** What a commit waits for: `full` the disk, `normal` the operating system. */
type Synchronous = 'full' | 'normal';

/** The handle comes with full synchronisation. */
export class SqliteDriver implements Driver {
  readonly #handle: SqliteHandle;
  readonly #connection: SqliteConnection;
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;
  #synchronous: Synchronous = 'full';

  constructor(handle: SqliteHandle, location: string, clock: Clock) {
    this.#handle = handle;
    this.#connection = new SqliteConnection(handle, location, clock);
  }

  async init(): Promise<void> {}

  /** A driver over the same connection and the same queue whose commits do not wait for the disk. */
  relaxed(): Driver {
    return {
      init: () => this.init(),
      acquireConnection: () => this.#acquire('normal'),
      beginTransaction: (connection) => this.beginTransaction(connection),
      commitTransaction: (connection) => this.commitTransaction(connection),
      rollbackTransaction: (connection) => this.rollbackTransaction(connection),
      releaseConnection: () => this.releaseConnection(),
      destroy: async () => {}, // the handle is not its own
    };
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return this.#acquire('full');
  }

  async #acquire(synchronous: Synchronous): Promise<DatabaseConnection> {
    if (this.#isTaken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#isTaken = true;
    if (this.#synchronous === synchronous) return this.#connection;
    try {
      // Whoever comes next may be of the other kind; between two users no transaction is open.
      this.#handle.exec(`pragma synchronous = ${synchronous}`);
      this.#synchronous = synchronous;
      return this.#connection;
    } catch (error) {
      await this.releaseConnection();
      throw error;
    }
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await connection.executeQuery(CompiledQuery.raw('rollback'));
    } catch (error) {
      // SQLite has rolled back by itself after some failures (disk full, I/O); then there is nothing to roll back.
      if (!/no transaction is active/i.test(describeError(error))) throw error;
    }
  }

  /** Hands the connection straight to the next in line, so that nobody can slip in between. */
  async releaseConnection(): Promise<void> {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }

  /** Nobody may be at work any more. */
  async destroy(): Promise<void> {
    this.#connection.forgetStatements();
    try {
      // On Node 20 the file stays open until the statements are collected as garbage. So what would otherwise be
      // done by the last one to close is done here: no transaction, and all that was written is in the main file.
      this.#handle.exec('pragma wal_checkpoint(truncate)');
    } catch {
      // Another program reads, or we may only read ourselves: the log is taken over by whoever opens next.
    }
    this.#handle.close();
  }
}
