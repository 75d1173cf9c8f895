/**
 * store/drivers/postgres-pool — connections to PostgreSQL of which none can hang, and none can end the daemon.
 *
 * A statement that gets no answer in time is given up together with its connection: the server is frozen or cannot be
 * reached, and what it still does with the statement is not known. A connection that breaks in somebody's hands fails
 * that one's statement and nothing else; the pool makes a new one for the next.
 * Owns: the pool. Knows nothing of: Kysely, tables.
 */
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type { Pool, PoolClient, QueryResult } from 'pg';
import { type Logger, systemClock, withTimeout } from '../../base/index.ts';

/** The gateway's statements take about a millisecond; more connections would only wait in the database. */
const poolSize = 10;
const connectTimeoutMs = 5_000;
/** A statement that waits longer for a row is an outage, as with SQLite's lock. */
export const lockTimeoutMs = 5_000;
/** The server gives a statement up by itself, and says so, a little before we stop waiting for its word. */
const statementTimeoutMs = 10_000;
const answerTimeoutMs = 12_000;
/** OID of int8. Times in ms and counters stay far below 2^53. */
const int8 = 20;

export interface PostgresPoolOptions {
  readonly url: string;
  readonly logger: Logger;
  /** Other times for tests. */
  readonly answerTimeoutMs?: number | undefined;
}

/** No connection is made before the first statement. */
export async function openPostgresPool(options: PostgresPoolOptions): Promise<PostgresPool> {
  const { url, logger } = options;
  const deadlineMs = options.answerTimeoutMs ?? answerTimeoutMs;
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    keepAlive: true,
    application_name: 'mcpmux',
    types: {
      getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        oid === int8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  });
  // Without listeners each of these would end the process. An idle connection that breaks is replaced by the pool; one
  // in use tells its user through the statement that fails.
  pool.on('error', (error) => logger.warn({ reason: error.message }, 'an idle database connection broke'));
  pool.on('connect', (client) => client.on('error', () => {}));
  return boundedPool(pool, deadlineMs);
}

function boundedPool(pool: Pool, deadlineMs: number): PostgresPool {
  const known = new WeakMap<PoolClient, BoundedClient>();
  return {
    async connect() {
      const client = await pool.connect();
      const bounded = known.get(client) ?? new BoundedClient(client, deadlineMs);
      known.set(client, bounded);
      // Kysely's type also has cursors, which nobody here asks for.
      return bounded as unknown as PostgresPoolClient;
    },
    async end() {
      // A frozen server does not say goodbye.
      await withTimeout(systemClock, deadlineMs, pool.end(), () => new Error('timeout')).catch(() => {});
    },
  };
}

class BoundedClient {
  readonly #client: PoolClient;
  readonly #deadlineMs: number;
  #givenUp: Error | undefined;

  constructor(client: PoolClient, deadlineMs: number) {
    this.#client = client;
    this.#deadlineMs = deadlineMs;
  }

  async query(sql: string, parameters: unknown[]): Promise<QueryResult> {
    if (this.#givenUp !== undefined) throw this.#givenUp;
    const answer = this.#client.query(sql, parameters);
    answer.catch(() => {}); // Whoever waits below hears it; after the deadline nobody does.
    return withTimeout(systemClock, this.#deadlineMs, answer, () => {
      this.#givenUp = new Error(`it did not answer within ${this.#deadlineMs / 1_000} s`);
      return this.#givenUp;
    });
  }

  /** One that was given up is destroyed, with the statement that still hangs in it. */
  release(): void {
    this.#client.release(this.#givenUp);
  }
}
