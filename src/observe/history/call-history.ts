/**
 * observe/history/call-history — keeps what happened: takes records of ended calls and writes them in batches.
 *
 *     ended ─→ queue (bounded) ─every 250 ms, or 512 at once→ one transaction ─→ stored
 *                └─ full → dropped, and counted
 *
 * A call waits for nothing here. The end of the process loses the last batch at most.
 * Owns: the queue, the ids of calls, work sessions, what is dropped, the removal of old rows.
 * Knows nothing of: how calls come about, who looks at them.
 */
import { type Clock, type Closeable, describeError, type Logger, type Timer } from '../../base/index.ts';
import type {
  CallEntry,
  Caller,
  CallHistoryRepository,
  CallObserver,
  CallPage,
  CallParty,
  CallQuery,
  CallRecord,
  SettingRepository,
  WorkSession,
} from '../../model/index.ts';
import { callEntry, type EntryParts, partyOf } from './call-entry.ts';
import { pauseMs, WorkSessions } from './work-sessions.ts';

/** What may wait to be written: some 10 MiB at most. Calls that end while it is full are not kept. */
export const queueLimit = 20_000;
const flushEveryMs = 250;
const batchSize = 512;
/** After a write that failed. */
const retryMs = 2_000;
/** Some milliseconds of work each, with a pause for others. */
export const removedAtOnce = 100;
const removalPauseMs = 25;
const removalEveryMs = 60_000;
const openMark = 'history.open';

export interface CallHistoryOptions extends EntryParts {
  readonly repository: CallHistoryRepository;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the sign lies that a daemon writes history, to see at the next start how it ended. */
  readonly marks: Pick<SettingRepository, 'get' | 'set' | 'delete'>;
  readonly keepMs: number;
  readonly keepCalls: number;
}

/** Exact since the start of the daemon. */
export interface HistoryCounts {
  readonly recorded: number;
  readonly dropped: number;
  readonly waiting: number;
  /** Epoch ms since when these are counted. */
  readonly since: number;
  /** The daemon before this one was killed: calls of the moment before may be missing. Epoch ms of this start. */
  readonly mayMissBefore: number | undefined;
}

export class CallHistory implements CallObserver, Closeable {
  readonly #options: CallHistoryOptions;
  readonly #clock: Clock;
  readonly #followers = new Set<(call: CallEntry) => void>();
  readonly #parties = new WeakMap<Caller, CallParty>();
  readonly #sessions: WorkSessions;
  readonly #startedAt: number;
  readonly #mayMissBefore: number | undefined;
  #queue: CallRecord[] = [];
  /** Made of records, not written yet. */
  #batch: CallEntry[] = [];
  #changedSessions: WorkSession[] = [];
  #lastId: number;
  #recorded = 0;
  #dropped = 0;
  #toldDropped = 0;
  #timer: Timer | undefined;
  #removal: Timer | undefined;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  private constructor(
    options: CallHistoryOptions,
    lastId: number,
    sessions: WorkSessions,
    mayMissBefore: number | undefined,
  ) {
    this.#mayMissBefore = mayMissBefore;
    this.#options = options;
    this.#clock = options.clock;
    this.#lastId = lastId;
    this.#sessions = sessions;
    this.#startedAt = options.clock.now();
    this.#removeLater(removalEveryMs / 6);
  }

  /** @throws store.* */
  static async open(options: CallHistoryOptions): Promise<CallHistory> {
    const { repository, clock, marks, logger } = options;
    const wasKilled = (await marks.get(openMark)) !== undefined;
    if (wasKilled)
      logger.warn({}, 'the last daemon was killed; calls of its last moment may be missing from the history');
    await marks.set(openMark, String(clock.now()));
    const last = await repository.lastIds();
    const recent = await repository.sessions({ since: clock.now() - pauseMs, limit: 1_000 });
    return new CallHistory(
      options,
      last.call,
      new WorkSessions(last.session, recent),
      wasKilled ? clock.now() : undefined,
    );
  }

  ended(record: CallRecord): void {
    if (this.#isClosed || this.#queue.length >= queueLimit) {
      this.#dropped += 1;
      return;
    }
    this.#queue.push(record);
    if (this.#queue.length === 1) this.#flushLater(flushEveryMs);
    else if (this.#queue.length === batchSize) void this.flush();
  }

  get counts(): HistoryCounts {
    return {
      recorded: this.#recorded,
      dropped: this.#dropped,
      waiting: this.#queue.length + this.#batch.length,
      since: this.#startedAt,
      mayMissBefore: this.#mayMissBefore,
    };
  }

  /** Each call as it is noted, some 250 ms after its end. @returns the end of following */
  follow(listener: (call: CallEntry) => void): () => void {
    this.#followers.add(listener);
    return () => void this.#followers.delete(listener);
  }

  /** What has ended until now is part of what is found. */
  async find(query: CallQuery): Promise<CallPage> {
    await this.flush();
    return this.#options.repository.find(query);
  }

  async get(id: number): Promise<CallEntry | undefined> {
    await this.flush();
    return this.#options.repository.get(id);
  }

  async sessions(limit: number, since?: number): Promise<readonly WorkSession[]> {
    await this.flush();
    return this.#options.repository.sessions({ since, limit });
  }

  /** Writes what waits. Never throws: what cannot be written waits on. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#queue.length === 0 && this.#batch.length === 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#removal?.cancel();
    await this.flush();
    this.#timer?.cancel();
    const lost = this.#queue.length + this.#batch.length;
    if (lost === 0) await this.#options.marks.delete(openMark).catch(() => {});
    else this.#options.logger.warn({ calls: lost }, 'calls are missing from the history');
  }

  #flushLater(delayMs: number): void {
    this.#timer ??= this.#clock.after(delayMs, () => {
      this.#timer = undefined;
      void this.flush();
    });
  }

  async #write(): Promise<void> {
    const { repository, logger } = this.#options;
    while (this.#queue.length > 0 || this.#batch.length > 0) {
      if (this.#batch.length === 0) this.#batch = this.#takeBatch();
      this.#changedSessions.push(...this.#sessions.takeChanged());
      try {
        await repository.append(this.#batch, this.#changedSessions);
      } catch (error) {
        logger.warn({ error: describeError(error), calls: this.#batch.length }, 'calls could not be stored');
        if (!this.#isClosed) this.#flushLater(retryMs);
        return;
      }
      this.#recorded += this.#batch.length;
      this.#batch = [];
      this.#changedSessions = [];
      this.#tellDropped();
    }
  }

  #takeBatch(): CallEntry[] {
    const records = this.#queue.splice(0, batchSize);
    return records.map((record) => {
      const party = this.#partyOf(record);
      const endedAt = Math.round(this.#clock.now() - (this.#clock.monotonic() - record.endedAt));
      this.#lastId += 1;
      const entry = callEntry(
        record,
        this.#lastId,
        this.#sessions.idFor(party, endedAt),
        party,
        this.#options,
      );
      this.#sessions.count(entry);
      for (const listener of this.#followers) this.#tell(listener, entry);
      return entry;
    });
  }

  /** A session's caller is the same object with every call. */
  #partyOf(record: CallRecord): CallParty {
    const known = this.#parties.get(record.caller);
    if (known !== undefined && known.rule === record.rule && known.spaceId === (record.spaceId ?? 'none'))
      return known;
    const party = partyOf(record);
    this.#parties.set(record.caller, party);
    return party;
  }

  #tell(listener: (call: CallEntry) => void, entry: CallEntry): void {
    try {
      listener(entry);
    } catch (error) {
      this.#options.logger.error({ error: describeError(error) }, 'a listener failed');
    }
  }

  #tellDropped(): void {
    const dropped = this.#dropped - this.#toldDropped;
    if (dropped === 0) return;
    this.#toldDropped = this.#dropped;
    this.#options.logger.warn(
      { dropped },
      'more calls ended than could be stored; these are missing from the history',
    );
  }

  #removeLater(delayMs: number): void {
    if (this.#isClosed) return;
    this.#removal = this.#clock.after(delayMs, () => {
      void this.#removeOld();
    });
  }

  async #removeOld(): Promise<void> {
    const { repository, keepMs, keepCalls, logger } = this.#options;
    try {
      const removed = await repository.removeOld(this.#clock.now() - keepMs, keepCalls, removedAtOnce);
      this.#removeLater(removed > 0 ? removalPauseMs : removalEveryMs);
    } catch (error) {
      logger.warn({ error: describeError(error) }, 'old calls could not be removed');
      this.#removeLater(removalEveryMs);
    }
  }
}
