/**
 * observe/audit-log — the audit: appended only, each entry chained to the one before by its hash.
 *
 *     record() ─┐                        ┌─ what waits: one transaction
 *     later()  ─┴─▶ queue ─▶ one writer ─┴─▶ store; record() answers when its entry is there
 *
 * Decisions are written before their answer leaves; calls of tools wait up to 100 ms to be written together. A store that
 * cannot be written stops nobody: entries wait, so many of them, and go to the daemon's log.
 * The chain shows that an entry was changed or left out, not who did it. Whoever can write the database can also chain
 * anew; the checkpoints in the daemon's log show that.
 * Owns: the order and the chain. Knows nothing of: what is told to it.
 */
import { createHash } from 'node:crypto';
import type { Clock, Closeable, Logger, Timer } from '../base/index.ts';
import type { AuditEntry, AuditQuery, AuditRecord, AuditRepository, AuditRow } from '../model/index.ts';

const batchWithinMs = 100;
const batchSize = 500;
const maxWaiting = 10_000;
const retryMs = 2_000;
const dayMs = 24 * 60 * 60_000;
const checkpointMs = 60 * 60_000;

export interface AuditLogOptions {
  readonly repository: AuditRepository;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long an entry is kept. */
  readonly keptForMs: number;
}

export interface AuditVerdict {
  /** How many entries were read. */
  readonly entries: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lastHash: string;
  /** The first entry that does not fit, and why; undefined = all of them fit. */
  readonly broken: { readonly seq: number; readonly why: string } | undefined;
}

interface Waiting {
  readonly record: AuditRecord;
  readonly at: number;
  readonly written: (() => void) | undefined;
}

export class AuditLog implements Closeable {
  readonly #options: AuditLogOptions;
  readonly #logger: Logger;
  #waiting: Waiting[] = [];
  #last: { seq: number; hash: string } | undefined;
  #writing: Promise<void> | undefined;
  #timer: Timer | undefined;
  #lost = 0;
  #trimmedAt = 0;
  #checkpointAt = 0;
  #isClosed = false;

  constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#logger = options.logger.child({ room: 'audit' });
    this.#checkpointAt = options.clock.now() + checkpointMs;
  }

  /** Writes an entry. Resolves when it is stored, or when the store cannot be written and it waits. Never rejects. */
  record(record: AuditRecord): Promise<void> {
    return new Promise((resolve) => {
      this.#add(record, resolve);
      this.#timer?.cancel();
      this.#timer = undefined;
      void this.#flush();
    });
  }

  /** Writes an entry soon, together with others. */
  later(record: AuditRecord): void {
    this.#add(record, undefined);
    this.#timer ??= this.#options.clock.after(batchWithinMs, () => {
      this.#timer = undefined;
      void this.#flush();
    });
  }

  /** Newest first. */
  async list(query: AuditQuery): Promise<readonly AuditEntry[]> {
    await this.#flush();
    return (await this.#options.repository.list(query)).map(entryOf);
  }

  /** Reads all of it and follows the chain. */
  async verify(): Promise<AuditVerdict> {
    await this.#flush();
    const { repository } = this.#options;
    const anchor = await repository.anchor();
    let { seq, hash } = anchor;
    let entries = 0;
    for (;;) {
      const rows = await repository.read(seq, batchSize);
      for (const row of rows) {
        const why = faultOf(row, seq, hash);
        if (why !== undefined)
          return {
            entries,
            firstSeq: anchor.seq + 1,
            lastSeq: seq,
            lastHash: hash,
            broken: { seq: seq + 1, why },
          };
        ({ seq, hash } = row);
        entries += 1;
      }
      if (rows.length < batchSize) break;
    }
    const last = this.#last;
    const broken =
      last !== undefined && last.seq > seq
        ? { seq: seq + 1, why: `the last ${last.seq - seq} entries are gone` }
        : undefined;
    return { entries, firstSeq: anchor.seq + 1, lastSeq: seq, lastHash: hash, broken };
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#flush();
  }

  #add(record: AuditRecord, written: (() => void) | undefined): void {
    if (this.#waiting.length >= maxWaiting) {
      this.#lost += 1;
      written?.();
      return;
    }
    this.#waiting.push({ record, at: this.#options.clock.now(), written });
  }

  /** Resolves when all that waits now is written, or cannot be. One batch at a time. */
  #flush(): Promise<void> {
    if (this.#writing === undefined && this.#waiting.length > 0) this.#writing = this.#writeAll();
    return this.#writing ?? Promise.resolve();
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) if (!(await this.#write())) break;
    // In the same turn as the last look: whoever comes from here on begins anew.
    this.#writing = undefined;
  }

  /** @returns false when the store could not be written; what waits is tried again later */
  async #write(): Promise<boolean> {
    const { repository, clock } = this.#options;
    const batch = this.#waiting.slice(0, batchSize);
    let isWritten = true;
    try {
      this.#last ??= await repository.last();
      const rows = chain(batch, this.#last);
      await repository.append(rows);
      const newest = rows.at(-1);
      if (newest !== undefined) this.#last = { seq: newest.seq, hash: newest.hash };
      this.#waiting = this.#waiting.slice(batch.length);
      if (this.#lost > 0) {
        this.#logger.error(
          { lost: this.#lost },
          'entries of the audit were lost: the store could not be written',
        );
        this.#lost = 0;
      }
      await this.#keepUp(clock.now());
    } catch (error) {
      isWritten = false;
      // Perhaps another start has appended since: the end is read anew.
      this.#last = undefined;
      this.#logger.error(
        { error, waiting: this.#waiting.length },
        'the audit cannot be written; its entries wait',
      );
      if (!this.#isClosed)
        this.#timer ??= clock.after(retryMs, () => {
          this.#timer = undefined;
          void this.#flush();
        });
    }
    for (const { written } of batch) written?.();
    return isWritten;
  }

  /** Removes what is too old, and leaves the newest hash in the daemon's log. */
  async #keepUp(now: number): Promise<void> {
    if (now >= this.#checkpointAt && this.#last !== undefined) {
      this.#checkpointAt = now + checkpointMs;
      this.#logger.info(this.#last, 'checkpoint of the audit');
    }
    if (now - this.#trimmedAt < dayMs) return;
    this.#trimmedAt = now;
    const removed = await this.#options.repository.trim(now - this.#options.keptForMs);
    if (removed > 0) this.#logger.info({ removed }, 'old entries of the audit were removed');
  }
}

function chain(
  batch: readonly Waiting[],
  after: { readonly seq: number; readonly hash: string },
): AuditRow[] {
  let { seq, hash } = after;
  return batch.map(({ record, at }) => {
    seq += 1;
    const entry: AuditEntry = { seq, at, ...record };
    const line = JSON.stringify(entry);
    hash = hashOf(hash, line);
    return { seq, at, what: record.what, who: record.who.id ?? record.who.name, line, hash };
  });
}

/** @returns why the row does not follow the one before */
function faultOf(row: AuditRow, seq: number, hash: string): string | undefined {
  if (row.seq !== seq + 1)
    return row.seq === seq + 2 ? 'it is gone' : `it and ${row.seq - seq - 2} more are gone`;
  if (row.hash !== hashOf(hash, row.line)) return 'it was changed';
  const entry = entryOf(row);
  const isSame = entry.seq === row.seq && entry.at === row.at && entry.what === row.what;
  return isSame ? undefined : 'its columns were changed';
}

function hashOf(before: string, line: string): string {
  return createHash('sha256').update(`${before}\n${line}`).digest('hex');
}

function entryOf({ line, seq, at, what, who }: AuditRow): AuditEntry {
  try {
    return JSON.parse(line) as AuditEntry;
  } catch {
    // Damaged; verify says so.
    return { seq, at, what, who: { kind: 'nobody', name: who }, decision: 'failed' };
  }
}
