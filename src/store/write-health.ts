/**
 * store/write-health — can the store be written? Kept from what writes come to, and looked at when somebody asks.
 *
 *     writable ─a write fails for want of room, right, server→ hindered ─a trial write succeeds→ writable
 *
 * Only a trial write clears it: where the disk is nearly full, small writes succeed between larger ones that fail.
 * Knows nothing of: which rows are written, what is done about it.
 */
import { statfs } from 'node:fs/promises';
import {
  type Clock,
  isMcpMuxError,
  type Logger,
  type McpMuxError,
  systemClock,
  type Timer,
  withTimeout,
} from '../base/index.ts';
import { storeError } from './errors.ts';

/** These say that nothing can be written now, not that one write was wrong. */
const hindrances: ReadonlySet<string> = new Set([
  'store.disk_full',
  'store.not_writable',
  'store.unreachable',
  'store.busy',
  'store.corrupt',
]);
const trialEveryMs = 2_000;
/** Less is as good as none: a page of the log and the next write is refused. */
const leastFreeBytes = 64 * 1024;
/** A folder on a server that is away answers nothing. */
const lookTimeoutMs = 500;

export interface WriteHealthOptions {
  /** Writes something durably that is worth nothing. */
  readonly trial: () => Promise<void>;
  /** The folder whose disk is looked at; undefined where the database is elsewhere. */
  readonly folder: string | undefined;
  readonly location: string;
  readonly logger: Logger;
  readonly clock?: Clock;
}

export class WriteHealth {
  readonly #options: WriteHealthOptions;
  readonly #clock: Clock;
  #problem: McpMuxError | undefined;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(options: WriteHealthOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Told of every failure; most say nothing about the store. */
  readonly failed = (error: unknown): void => {
    if (!isMcpMuxError(error) || !hindrances.has(error.code) || this.#isClosed) return;
    if (this.#problem === undefined)
      this.#options.logger.error({ code: error.code, reason: error.message }, 'the store cannot be written');
    this.#problem = error;
    this.#tryLater();
  };

  /** Looks at the disk as well, so that a full one is known before somebody has written in vain. */
  async check(): Promise<McpMuxError | undefined> {
    const { folder, location } = this.#options;
    if (this.#problem !== undefined || folder === undefined) return this.#problem;
    try {
      const { bavail, bsize } = await withTimeout(
        this.#clock,
        lookTimeoutMs,
        statfs(folder),
        () => new Error('no answer'),
      );
      if (bavail * bsize < leastFreeBytes) this.failed(storeError('disk_full', { location }));
    } catch {
      // What is wrong with the folder, the next write will say.
    }
    return this.#problem;
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #tryLater(): void {
    this.#timer ??= this.#clock.after(trialEveryMs, () => {
      this.#timer = undefined;
      void this.#try();
    });
  }

  async #try(): Promise<void> {
    try {
      await this.#options.trial();
      if (this.#isClosed) return;
      this.#problem = undefined;
      if ((await this.check()) === undefined) this.#options.logger.info({}, 'the store can be written again');
    } catch {
      if (!this.#isClosed) this.#tryLater(); // The trial has told `failed` why.
    }
  }
}
