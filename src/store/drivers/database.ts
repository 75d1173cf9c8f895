/**
 * store/drivers/database — what the repositories see of a database, whichever it is.
 *
 * Knows nothing of: rows and their meaning.
 */
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from '../tables.ts';

export type DatabaseKind = 'sqlite' | 'postgres';

/** A transaction, or the database itself outside one. */
export type Connection = Kysely<Tables> | Transaction<Tables>;

export interface Database {
  readonly kind: DatabaseKind;
  /** For people: the file, or the URL without user and password. */
  readonly location: string;
  readonly db: Kysely<Tables>;
  /**
   * Runs `work` in one transaction that may write. On SQLite it takes the write lock at once; on PostgreSQL it is
   * READ COMMITTED and repeated when the database asks for it (deadlock, serialisation), so `work` must be repeatable.
   */
  write<T>(work: (connection: Transaction<Tables>) => Promise<T>): Promise<T>;
  /**
   * The same data for writes of what is learnt anew after a loss of power: on SQLite a commit reaches the operating system
   * and does not wait for the disk, which would hold up the whole event loop. The end of the process loses none of it. The
   * order of all writes holds: what is acknowledged through `db` or `write` later makes these durable as well.
   */
  readonly relaxed: Pick<Database, 'db' | 'write'>;
  /** Runs `work` on one unchanging picture of the data, without holding up writers. */
  snapshot<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /** From now on `listener` hears of every failure that leaves this database, as a `store.*` error. */
  onFailure(listener: (error: Error) => void): void;
  close(): Promise<void>;
}

/** Lets others, who have timers and sockets, have a turn in the middle of long work. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
