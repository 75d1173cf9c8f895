/**
 * upstream/server-log — the bounded log of each server: the newest lines in memory, the rest in a rotated file.
 *
 * Appending takes note and returns; files are written later, in batches, and a failing disk costs lines, not calls.
 * Files: `<server>.jsonl`, then `<server>.1.jsonl.gz`, `<server>.2.jsonl.gz`, older ones.
 * Knows nothing of: what is logged, by whom; which values are secret (it is given the function that replaces them).
 */
import { appendFile, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { type Clock, describeError, type Logger, type Timer } from '../base/index.ts';
import {
  type ServerId,
  type ServerLog,
  type ServerLogEntry,
  type ServerLogLevel,
  serverLogLevels,
} from '../model/index.ts';
import { sanitizeLogLine } from '../transports/index.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

export interface ServerLogManagerOptions {
  /** Made when the first line is written. */
  readonly folder: string;
  readonly clock: Clock;
  /** Hears once when the disk refuses lines. */
  readonly logger?: Logger;
  /** Replaces the values of known secrets. */
  readonly redact: (text: string, serverId: ServerId) => string;
  /** Lines of each server kept in memory. */
  readonly linesInMemory?: number;
  readonly maxFileBytes?: number;
  /** With the one that is being written. */
  readonly files?: number;
}

const flushAfterMs = 200;
/** What may wait for the disk, per server. Beyond it lines stay in memory only. */
const maxPendingBytes = 1024 * 1024;
/** As much of a file is read from its end to find the newest lines. */
const tailBytes = 1024 * 1024;

type Listener = (serverId: ServerId, entry: ServerLogEntry) => void;

export class ServerLogManager implements ServerLog {
  readonly #options: ServerLogManagerOptions;
  readonly #logs = new Map<ServerId, OneLog>();
  readonly #listeners = new Set<{ readonly serverId: ServerId | undefined; readonly listener: Listener }>();
  #timer: Timer | undefined;
  #hasComplained = false;

  constructor(options: ServerLogManagerOptions) {
    this.#options = options;
  }

  append(serverId: ServerId, entry: ServerLogEntry): void {
    try {
      const clean = this.#clean(serverId, entry);
      this.#logOf(serverId).append(clean);
      this.#timer ??= this.#options.clock.after(flushAfterMs, () => void this.#flush());
      for (const { serverId: wanted, listener } of this.#listeners) {
        if (wanted === undefined || wanted === serverId) listener(serverId, clean);
      }
    } catch (error) {
      this.#complain(error);
    }
  }

  read(
    serverId: ServerId,
    options: { readonly limit: number; readonly minLevel: ServerLogLevel },
  ): Promise<readonly ServerLogEntry[]> {
    return this.#logOf(serverId).read(options.limit, serverLogLevels.indexOf(options.minLevel));
  }

  follow(serverId: ServerId | undefined, listener: Listener): () => void {
    const follower = { serverId, listener };
    this.#listeners.add(follower);
    return () => {
      this.#listeners.delete(follower);
    };
  }

  async remove(serverId: ServerId): Promise<void> {
    const log = this.#logOf(serverId);
    this.#logs.delete(serverId);
    await log.remove();
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#flush();
  }

  async #flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await Promise.all([...this.#logs.values()].map((log) => log.flush()));
  }

  #logOf(serverId: ServerId): OneLog {
    let log = this.#logs.get(serverId);
    if (log === undefined) {
      const { folder, linesInMemory = 500, maxFileBytes = 5 * 1024 * 1024, files = 3 } = this.#options;
      log = new OneLog({
        folder,
        name: serverId.replace(/[^A-Za-z0-9_-]/g, '_'),
        linesInMemory,
        maxFileBytes,
        files,
        onError: (error) => this.#complain(error),
      });
      this.#logs.set(serverId, log);
    }
    return log;
  }

  #clean(serverId: ServerId, entry: ServerLogEntry): ServerLogEntry {
    const redact = (text: string): string => this.#options.redact(text, serverId);
    const message = sanitizeLogLine(redact(entry.message));
    if (entry.facts === undefined) return { ...entry, message };
    const facts: Record<string, string | number | boolean> = {};
    for (const [name, value] of Object.entries(entry.facts)) {
      facts[name] = typeof value === 'string' ? sanitizeLogLine(redact(value)) : value;
    }
    return { ...entry, message, facts };
  }

  /** Once is enough: a full disk would otherwise fill the other log. */
  #complain(error: unknown): void {
    if (this.#hasComplained) return;
    this.#hasComplained = true;
    this.#options.logger?.warn({ error: describeError(error) }, 'the log of a server cannot be written');
  }
}

interface OneLogOptions {
  readonly folder: string;
  readonly name: string;
  readonly linesInMemory: number;
  readonly maxFileBytes: number;
  readonly files: number;
  readonly onError: (error: unknown) => void;
}

/** The log of one server. All its file operations run one after the other. */
class OneLog {
  readonly #options: OneLogOptions;
  readonly #file: string;
  /** Newest last; may grow to twice the size before its older half is dropped. */
  #memory: ServerLogEntry[] = [];
  #pending = '';
  #dropped = 0;
  #fileBytes: number | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #isRemoved = false;

  constructor(options: OneLogOptions) {
    this.#options = options;
    this.#file = join(options.folder, `${options.name}.jsonl`);
  }

  append(entry: ServerLogEntry): void {
    const { linesInMemory } = this.#options;
    this.#memory.push(entry);
    if (this.#memory.length >= linesInMemory * 2) this.#memory = this.#memory.slice(-linesInMemory);
    if (this.#pending.length > maxPendingBytes) this.#dropped += 1;
    else this.#pending += `${JSON.stringify(entry)}\n`;
  }

  async read(limit: number, minLevel: number): Promise<readonly ServerLogEntry[]> {
    if (limit <= 0) return [];
    const isWanted = (entry: ServerLogEntry): boolean => serverLogLevels.indexOf(entry.level) >= minLevel;
    const fromMemory = this.#memory.filter(isWanted);
    if (fromMemory.length >= limit) return fromMemory.slice(-limit);
    await this.flush();
    const fromFiles = await this.#inTurn(() => this.#readFiles(limit, isWanted)).catch((error: unknown) => {
      this.#options.onError(error);
      return [];
    });
    // Memory knows lines that the disk refused.
    return fromFiles.length >= fromMemory.length ? fromFiles : fromMemory.slice(-limit);
  }

  flush(): Promise<void> {
    return this.#inTurn(() => this.#write()).catch(this.#options.onError);
  }

  remove(): Promise<void> {
    this.#isRemoved = true;
    this.#memory = [];
    this.#pending = '';
    return this.#inTurn(async () => {
      const { files } = this.#options;
      await Promise.all(
        [this.#file, ...range(1, files).map((n) => this.#older(n))].map((f) => rm(f, { force: true })),
      );
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => {
      // Told to whoever waits for `result`.
    });
    return result;
  }

  #older(n: number): string {
    return join(this.#options.folder, `${this.#options.name}.${n}.jsonl.gz`);
  }

  async #write(): Promise<void> {
    if (this.#pending === '' || this.#isRemoved) return;
    let text = this.#pending;
    this.#pending = '';
    if (this.#dropped > 0) {
      const note: ServerLogEntry = {
        at: this.#memory.at(-1)?.at ?? 0,
        level: 'warn',
        source: 'connection',
        message: 'lines came faster than the disk takes them and were left out of the file',
        facts: { lines: this.#dropped },
      };
      text += `${JSON.stringify(note)}\n`;
      this.#dropped = 0;
    }
    if (this.#fileBytes === undefined) {
      await mkdir(this.#options.folder, { recursive: true, mode: 0o700 });
      this.#fileBytes = await sizeOf(this.#file);
    }
    await appendFile(this.#file, text, { mode: 0o600 });
    this.#fileBytes += Buffer.byteLength(text);
    if (this.#fileBytes > this.#options.maxFileBytes) await this.#rotate();
  }

  async #rotate(): Promise<void> {
    const { files } = this.#options;
    this.#fileBytes = 0;
    if (files < 2) return rm(this.#file, { force: true });
    for (const n of range(1, files - 1).reverse()) {
      await rename(this.#older(n), this.#older(n + 1)).catch(ignoreMissing);
    }
    await writeFile(this.#older(1), await compress(await readFile(this.#file)), { mode: 0o600 });
    await rm(this.#file, { force: true });
  }

  async #readFiles(limit: number, isWanted: (entry: ServerLogEntry) => boolean): Promise<ServerLogEntry[]> {
    let found = parseLines(await readTail(this.#file)).filter(isWanted);
    for (const n of range(1, this.#options.files)) {
      if (found.length >= limit) break;
      const older = await readFile(this.#older(n)).then(decompress).catch(ignoreMissing);
      if (older === undefined) break;
      found = [...parseLines(older.toString('utf8')).filter(isWanted), ...found];
    }
    return found.slice(-limit);
  }
}

/** `from` up to, without, `to`. */
function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(ignoreMissing))?.size ?? 0;
}

/** The end of the file, from the first whole line on. */
async function readTail(file: string): Promise<string> {
  const handle = await open(file, 'r').catch(ignoreMissing);
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, tailBytes);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    const text = buffer.toString('utf8');
    return length === size ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    await handle.close();
  }
}

function parseLines(text: string): ServerLogEntry[] {
  const entries: ServerLogEntry[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      entries.push(JSON.parse(line) as ServerLogEntry);
    } catch {
      // A line that was cut off by a crash.
    }
  }
  return entries;
}
