/**
 * observe/rotating-file — a log file that does not grow without end.
 *
 *     mcpmux.log  ← new lines        mcpmux.log.1  ← the one before        …        mcpmux.log.<keep>  ← dropped next
 *
 * Appending never blocks and never throws: lines are written behind, in order; when the disk does not keep up, or is
 * full, the newest are dropped and counted.
 * Knows nothing of: what a line says.
 */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Closeable } from '../base/index.ts';
import { makeFolders } from '../platform/index.ts';

export interface RotatingFileOptions {
  readonly file: string;
  /** Default 10 MiB: some days of an ordinary daemon. */
  readonly maxBytes?: number;
  /** How many older files stay. Default 4. */
  readonly keep?: number;
  /** Told the first time in a row that a line could not be written. */
  onError?(error: unknown): void;
}

const maxPendingBytes = 8 * 1024 * 1024;

export class RotatingFile implements Closeable {
  readonly #file: string;
  readonly #maxBytes: number;
  readonly #keep: number;
  readonly #onError: (error: unknown) => void;
  #handle: FileHandle | undefined;
  #fileBytes = 0;
  #pending: string[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> | undefined;
  #isClosed = false;
  #isFailing = false;
  #dropped = 0;

  constructor(options: RotatingFileOptions) {
    this.#file = options.file;
    this.#maxBytes = options.maxBytes ?? 10 * 1024 * 1024;
    this.#keep = options.keep ?? 4;
    this.#onError = (error) => options.onError?.(error);
  }

  /** How many lines were lost so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @param line ends in a line feed */
  append(line: string): void {
    if (this.#isClosed || this.#pendingBytes > maxPendingBytes) {
      this.#dropped += 1;
      return;
    }
    this.#pending.push(line);
    this.#pendingBytes += line.length;
    this.#writing ??= this.#writeBehind();
  }

  /** Resolves when everything that was appended is written. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Writes what is left. Safe to call twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.flush();
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #writeBehind(): Promise<void> {
    // Lines of one turn of the event loop go into one write.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#pending.length > 0) {
      const lines = this.#pending;
      this.#pending = [];
      this.#pendingBytes = 0;
      try {
        await this.#write(lines);
        this.#isFailing = false;
      } catch (error) {
        this.#dropped += lines.length;
        if (!this.#isFailing) this.#onError(error);
        this.#isFailing = true;
      }
    }
    this.#writing = undefined;
  }

  async #write(lines: readonly string[]): Promise<void> {
    let batch = '';
    let batchBytes = 0;
    for (const line of lines) {
      const lineBytes = Buffer.byteLength(line);
      if (this.#handle === undefined) await this.#open();
      if (this.#fileBytes + batchBytes > 0 && this.#fileBytes + batchBytes + lineBytes > this.#maxBytes) {
        await this.#append(batch, batchBytes);
        batch = '';
        batchBytes = 0;
        await this.#rotate();
      }
      batch += line;
      batchBytes += lineBytes;
    }
    await this.#append(batch, batchBytes);
  }

  async #append(batch: string, batchBytes: number): Promise<void> {
    if (batchBytes === 0) return;
    await this.#handle?.appendFile(batch);
    this.#fileBytes += batchBytes;
  }

  async #open(): Promise<void> {
    await makeFolders(dirname(this.#file));
    this.#handle = await open(this.#file, 'a', 0o600);
    this.#fileBytes = (await this.#handle.stat()).size;
  }

  async #rotate(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
    await rm(`${this.#file}.${this.#keep}`, { force: true });
    for (let number = this.#keep - 1; number >= 0; number -= 1) {
      const from = number === 0 ? this.#file : `${this.#file}.${number}`;
      await rename(from, `${this.#file}.${number + 1}`).catch((error: NodeJS.ErrnoException) => {
        // Before the first rotations there are fewer files than we keep.
        if (error.code !== 'ENOENT') throw error;
      });
    }
    if (this.#keep === 0) await rm(this.#file, { force: true });
    await this.#open();
  }
}
