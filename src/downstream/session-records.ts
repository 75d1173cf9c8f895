/**
 * downstream/session-records — the records of sessions, kept in memory as long as the store cannot take them.
 *
 * A full disk or a database that is away must not keep clients out: what cannot be written waits here and is written
 * when the store can be written again. A daemon that ends before loses it; those clients begin anew.
 * Owns: what waits, bounded in bytes. Knows nothing of: sessions that are open, HTTP.
 */
import {
  type Clock,
  type Closeable,
  describeError,
  isMcpMuxError,
  type Logger,
  type Timer,
} from '../base/index.ts';
import type { SessionId, SessionRecord, SessionRepository } from '../model/index.ts';

const tryAgainEveryMs = 5_000;
/** Of all records that wait: thousands of usual ones. More are refused, as they were before. */
const waitingAtMostBytes = 16 * 1024 * 1024;

type Unwritten =
  | { readonly act: 'insert' | 'update'; readonly record: SessionRecord; readonly bytes: number }
  | { readonly act: 'delete'; readonly bytes: 0 };

export class SessionRecords implements SessionRepository, Closeable {
  readonly #store: SessionRepository;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #unwritten = new Map<SessionId, Unwritten>();
  #bytes = 0;
  #timer: Timer | undefined;

  constructor(store: SessionRepository, clock: Clock, logger: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
  }

  async get(id: SessionId): Promise<SessionRecord | undefined> {
    const waiting = this.#unwritten.get(id);
    if (waiting === undefined) return this.#store.get(id);
    return waiting.act === 'delete' ? undefined : waiting.record;
  }

  async insert(record: SessionRecord): Promise<void> {
    await this.#write(record.id, { act: 'insert', record, bytes: bytesOf(record) }, () =>
      this.#store.insert(record),
    );
  }

  async update(record: SessionRecord): Promise<void> {
    const waiting = this.#unwritten.get(record.id);
    if (waiting?.act === 'insert') {
      this.#keep(record.id, { act: 'insert', record, bytes: bytesOf(record) });
      return;
    }
    await this.#write(record.id, { act: 'update', record, bytes: bytesOf(record) }, () =>
      this.#store.update(record),
    );
  }

  async delete(id: SessionId): Promise<void> {
    if (this.#unwritten.get(id)?.act === 'insert') return this.#drop(id);
    await this.#write(id, { act: 'delete', bytes: 0 }, () => this.#store.delete(id));
  }

  touch(uses: Parameters<SessionRepository['touch']>[0]): Promise<void> {
    return this.#store.touch(uses);
  }

  deleteUnusedSince(before: number): Promise<readonly SessionId[]> {
    return this.#store.deleteUnusedSince(before);
  }

  count(): Promise<number> {
    return this.#store.count();
  }

  /** Writes what waits, as far as the store takes it. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    await this.#writeWaiting();
  }

  async #write(id: SessionId, change: Unwritten, act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.#drop(id);
    } catch (error) {
      if (!isMcpMuxError(error) || error.kind !== 'unavailable') throw error;
      if (this.#bytes + change.bytes > waitingAtMostBytes) throw error;
      if (this.#unwritten.size === 0)
        this.#logger.warn(
          { error: error.message },
          'sessions are kept in memory until the store can be written',
        );
      this.#keep(id, change);
    }
  }

  #keep(id: SessionId, change: Unwritten): void {
    this.#drop(id);
    this.#unwritten.set(id, change);
    this.#bytes += change.bytes;
    this.#timer ??= this.#clock.after(tryAgainEveryMs, () => {
      this.#timer = undefined;
      void this.#writeWaiting();
    });
  }

  #drop(id: SessionId): void {
    this.#bytes -= this.#unwritten.get(id)?.bytes ?? 0;
    this.#unwritten.delete(id);
  }

  async #writeWaiting(): Promise<void> {
    for (const [id, change] of this.#unwritten) {
      try {
        if (change.act === 'delete') await this.#store.delete(id);
        else await this.#store[change.act](change.record);
        // Changed again meanwhile: the newer one waits for the next time.
        if (this.#unwritten.get(id) === change) this.#drop(id);
      } catch (error) {
        if (isMcpMuxError(error) && error.kind === 'unavailable') break;
        this.#drop(id);
        this.#logger.warn({ error: describeError(error) }, 'a session was not stored');
      }
    }
    const [next] = this.#unwritten;
    if (next !== undefined) this.#keep(next[0], next[1]);
  }
}

function bytesOf(record: SessionRecord): number {
  return JSON.stringify(record).length;
}
