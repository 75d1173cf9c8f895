/**
 * store/drivers/postgres-claim — one daemon a PostgreSQL database: an advisory lock, held by a connection of its own.
 *
 *     taking ─free→ held ─connection gone→ retaking ─free→ held
 *        └─somebody has it→ store.in_use       └─somebody has it→ lost
 *
 * The server drops the lock in the moment the connection ends, so there is nothing stale to judge. Who holds it can be
 * read from the server's own list of connections: the name of the connection says it. A holder whose machine vanished
 * is dropped by the server within about a minute (TCP keepalive).
 * Knows nothing of: tables, what the holder does.
 */
import type { Client } from 'pg';
import {
  type Clock,
  type Closeable,
  describeError,
  isMcpMuxError,
  type Logger,
  systemClock,
  type Timer,
} from '../../base/index.ts';
import { storeError } from '../errors.ts';

/** What a claim is called in the list of connections, and what becomes of it. */
export interface ClaimWish {
  /** For the person at the other machine: `daemon, pid 4242 on build-1`. ASCII; cut to what the server keeps. */
  readonly who: string;
  /** Somebody else has taken the database while it could not be reached. Nothing may be written any more. */
  lost(holder: string): void;
}

export interface ClaimOptions extends ClaimWish {
  readonly url: string;
  /** For messages: the URL without user and password. */
  readonly location: string;
  readonly logger: Logger;
  readonly translate: (error: unknown) => Error;
  readonly clock?: Clock | undefined;
}

/** "mcpmux" among the advisory locks of a database; the second number is the schema's. */
const lockClass = 5_566_458;
const namePrefix = 'mcpmux ';
/** NAMEDATALEN - 1: longer names are cut by the server. */
const maxNameBytes = 63;
const connectTimeoutMs = 5_000;
const answerTimeoutMs = 12_000;
const beatEveryMs = 15_000;
const retakeEveryMs = 1_000;

/**
 * Takes the database for this process.
 *
 * @throws store.in_use with the holder's name, store.unreachable and what else the database says
 */
export async function claimPostgres(options: ClaimOptions): Promise<Closeable> {
  const claim = new PostgresClaim(options);
  await claim.take();
  return claim;
}

class PostgresClaim implements Closeable {
  readonly #options: ClaimOptions;
  readonly #clock: Clock;
  #client: Client | undefined;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(options: ClaimOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async take(): Promise<void> {
    const { url, who, location, translate } = this.#options;
    const { default: pg } = await import('pg');
    const client = new pg.Client({
      connectionString: url,
      application_name: `${namePrefix}${who}`.replace(/[^\x20-\x7e]/g, '?').slice(0, maxNameBytes),
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: answerTimeoutMs,
      keepAlive: true,
    });
    client.on('error', () => this.#gone(client));
    client.on('end', () => this.#gone(client));
    try {
      await client.connect();
      await client.query(
        'set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3',
      );
      const { rows } = await client.query<{ held: boolean }>(
        `select pg_try_advisory_lock(${lockClass}, hashtext(coalesce(current_schema(), ''))) as held`,
      );
      if (rows[0]?.held !== true)
        throw storeError('in_use', { location, holder: await this.#nameHolder(client) });
    } catch (error) {
      await client.end().catch(() => {}); // The first failure is the one to tell.
      throw translate(error);
    }
    if (this.#isClosed) return client.end();
    this.#client = client;
    this.#beat(client);
  }

  async #nameHolder(client: Client): Promise<string> {
    const { rows } = await client.query<{ name: string; address: string | null; since: string }>(
      `select a.application_name as name, host(a.client_addr) as address,
              to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') as since
       from pg_locks l join pg_stat_activity a on a.pid = l.pid
       where l.locktype = 'advisory' and l.granted and l.classid = ${lockClass}
         and l.objid = (hashtext(coalesce(current_schema(), ''))::bigint & 4294967295)::oid
         and l.database = (select oid from pg_database where datname = current_database())`,
    );
    const holder = rows[0];
    // It may have left in this very moment, or belong to a database user whose connections we may not see.
    if (holder === undefined || holder.name === '') return 'another mcpmux';
    const name = holder.name.startsWith(namePrefix) ? holder.name.slice(namePrefix.length) : holder.name;
    const from = holder.address === null ? '' : `, connected from ${holder.address}`;
    return `another mcpmux (${name}${from}, since ${holder.since})`;
  }

  /** Asked now and then, so that a connection that died in silence is noticed. */
  #beat(client: Client): void {
    this.#timer = this.#clock.after(beatEveryMs, () => {
      client.query('select 1').then(
        () => {
          if (this.#client === client) this.#beat(client);
        },
        () => this.#gone(client),
      );
    });
  }

  #gone(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#timer?.cancel();
    if (this.#isClosed) return;
    void client.end().catch(() => {});
    this.#options.logger.warn({}, 'the connection that holds the database for us broke; taking it again');
    void this.#retake();
  }

  async #retake(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.take();
        this.#options.logger.info({}, 'the database is ours again');
        return;
      } catch (error) {
        if (isMcpMuxError(error, 'store.in_use')) {
          this.#options.lost(String(error.facts['holder']));
          return;
        }
        this.#options.logger.debug({ error: describeError(error) }, 'the database could not be taken');
      }
      await new Promise<void>((resolve) => {
        this.#timer = this.#clock.after(retakeEveryMs, resolve);
      });
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    // A frozen server does not say goodbye; the lock goes with the socket all the same.
    const timeout = new Promise<void>((resolve) => setTimeout(resolve, 1_000).unref());
    await Promise.race([client.end().catch(() => {}), timeout]);
  }
}
