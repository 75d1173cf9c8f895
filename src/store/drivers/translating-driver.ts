/**
 * store/drivers/translating-driver — wraps a Kysely driver: every failure leaves as a `store.*` error, and closing waits.
 *
 * Owns: the count of those at work. Knows nothing of: which failure is which. The translation is handed in.
 */
import type {
  CompiledQuery,
  DatabaseConnection,
  Dialect,
  DialectAdapter,
  Driver,
  QueryCompiler,
  QueryResult,
  TransactionSettings,
} from 'kysely';

export type Translate = (error: unknown) => Error;

class TranslatingConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection;
  readonly #translate: Translate;

  constructor(inner: DatabaseConnection, translate: Translate) {
    this.inner = inner;
    this.#translate = translate;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      return await this.inner.executeQuery<R>(query);
    } catch (error) {
      throw this.#translate(error);
    }
  }

  async *streamQuery<R>(query: CompiledQuery, chunkSize?: number): AsyncIterableIterator<QueryResult<R>> {
    try {
      yield* this.inner.streamQuery<R>(query, chunkSize);
    } catch (error) {
      throw this.#translate(error);
    }
  }
}

export class TranslatingDriver implements Driver {
  readonly #inner: Driver;
  readonly #translate: Translate;
  readonly #closed: () => Error;
  #users = 0;
  #isClosing = false;
  #whenIdle: (() => void) | undefined;

  /** @param closed what those are told who come after `drain` */
  constructor(inner: Driver, translate: Translate, closed: () => Error) {
    this.#inner = inner;
    this.#translate = translate;
    this.#closed = closed;
  }

  /** Lets nobody in any more and waits until those at work have finished. */
  async drain(): Promise<void> {
    this.#isClosing = true;
    if (this.#users > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
  }

  #leave(): void {
    this.#users -= 1;
    if (this.#users === 0) this.#whenIdle?.();
  }

  async #tell<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#translate(error);
    }
  }

  init(): Promise<void> {
    return this.#tell(() => this.#inner.init());
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#isClosing) throw this.#closed();
    this.#users += 1;
    try {
      return new TranslatingConnection(await this.#inner.acquireConnection(), this.#translate);
    } catch (error) {
      this.#leave();
      throw this.#translate(error);
    }
  }

  beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    return this.#tell(() => this.#inner.beginTransaction(innerOf(connection), settings));
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return this.#tell(() => this.#inner.commitTransaction(innerOf(connection)));
  }

  rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    return this.#tell(() => this.#inner.rollbackTransaction(innerOf(connection)));
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    try {
      await this.#tell(() => this.#inner.releaseConnection(innerOf(connection)));
    } finally {
      this.#leave();
    }
  }

  destroy(): Promise<void> {
    return this.#tell(() => this.#inner.destroy());
  }
}

function innerOf(connection: DatabaseConnection): DatabaseConnection {
  return connection instanceof TranslatingConnection ? connection.inner : connection;
}

/** A dialect over a driver that is there already. */
export function dialectOver(
  driver: TranslatingDriver,
  parts: {
    createQueryCompiler(): QueryCompiler;
    createAdapter(): DialectAdapter;
    createIntrospector: Dialect['createIntrospector'];
  },
): Dialect {
  return { createDriver: () => driver, ...parts };
}
