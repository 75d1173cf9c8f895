/**
 * clients/ledger — what McpMux wrote into files of other programs, so that it can be shown and taken back byte for byte.
 *
 * Lies in the data folder as a file, not in the database: taking back must also work when the daemon does not run.
 * Each change is noted before it is made (`writing`) and after (`written`); a crash between the two is settled by what
 * the file then holds. Keys are not in here: where one stood in the text there is a mark.
 */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, isJsonObject, type JsonValue, randomText } from '../base/index.ts';
import { makeFolders, platform, replaceFile, takeFileLock } from '../platform/index.ts';
import { clientsError } from './errors.ts';
import type { Splice } from './formats/splice.ts';
import { digestOf } from './text-file.ts';

export interface Written {
  /** Client, and folder for a project's file. */
  readonly client: string;
  readonly project: string | null;
  readonly file: string;
  /** The file without our entry: the name of the copy in `originals/`, or null when there was no file. */
  readonly original: string | null;
  /** Digest of the whole file as it was written. */
  readonly fileDigest: string;
  /** Digest of our entry's value, key included. */
  readonly entryDigest: string;
  /** What was put where; the place is only a hint, because the file lives on. */
  readonly splice: Splice;
  /** How many maps on the way to the entry were made for it. */
  readonly madeHolders: number;
  readonly url: string | null;
  readonly keyId: string | null;
  readonly keyName: string | null;
  /** Epoch ms. */
  readonly at: number;
}

interface Row extends Written {
  readonly state: 'writing' | 'written';
  /** Digest of the file before the change; null = there was none. */
  readonly beforeDigest: string | null;
  /** What stood here before, while `writing`. */
  readonly before: Written | null;
}

interface LedgerFile {
  readonly version: 1;
  readonly rows: readonly Row[];
}

const lockPatienceMs = 10_000;
const keyMark = '\u0000key\u0000';
const keyPattern = /mcpk_[\w-]+/g;

export function withoutKeys(text: string): string {
  return text.replace(keyPattern, keyMark);
}

/** The place of a text that was kept without its keys, when it is in `text` exactly once. */
export function findKept(text: string, kept: string): { at: number; length: number } | undefined {
  if (kept === '') return undefined;
  const source = kept
    .split(keyMark)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('mcpk_[\\w-]+');
  const found = [...text.matchAll(new RegExp(source, 'g'))];
  const [only] = found;
  return only === undefined || found.length > 1 ? undefined : { at: only.index, length: only[0].length };
}

export class Ledger {
  readonly #folder: string;

  /** @param folder of our own; made when it is needed */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What is written now. A change that a crash cut off is settled by the file. @throws clients.ledger_broken */
  async list(): Promise<readonly Written[]> {
    const { rows } = await this.#read();
    const settled = await Promise.all(rows.map(settle));
    return settled.filter((row) => row !== undefined);
  }

  async find(client: string, project: string | null): Promise<Written | undefined> {
    return (await this.list()).find((row) => row.client === client && row.project === project);
  }

  /** Before the file is touched. */
  async begin(written: Written, beforeDigest: string | null): Promise<void> {
    const rows = await this.list();
    const before = rows.find((row) => isSame(row, written)) ?? null;
    await this.#replace(written, { ...written, state: 'writing', beforeDigest, before });
  }

  /** After the file was replaced. */
  async finish(written: Written): Promise<void> {
    await this.#replace(written, { ...written, state: 'written', beforeDigest: null, before: null });
  }

  /** The change was not made: what stood here before stands again. */
  async giveUp(written: Written): Promise<void> {
    const { rows } = await this.#read();
    const row = rows.find((one) => isSame(one, written));
    const { before = null } = row ?? {};
    await this.#replace(
      written,
      before === null ? undefined : { ...before, state: 'written', beforeDigest: null, before: null },
    );
  }

  async forget(written: Pick<Written, 'client' | 'project'>): Promise<void> {
    await this.#replace(written, undefined);
  }

  /** Keeps bytes under their digest. @returns the name to ask for them with */
  async keepOriginal(bytes: Buffer): Promise<string> {
    const name = `${digestOf(bytes)}.orig`;
    await this.write(join('originals', name), bytes);
    return name;
  }

  /** @returns undefined when the copy is gone or is not what was kept */
  async readOriginal(name: string): Promise<Buffer | undefined> {
    try {
      const bytes = await readFile(this.originalPath(name));
      return `${digestOf(bytes)}.orig` === name ? bytes : undefined;
    } catch {
      // Removed by hand: our entry can still be taken out alone.
      return undefined;
    }
  }

  originalPath(name: string): string {
    return this.path(join('originals', name));
  }

  /** Runs `act` while no other process changes files of clients. @throws clients.busy */
  async exclusively<T>(act: () => Promise<T>): Promise<T> {
    await makeFolders(this.#folder);
    const file = this.path('lock');
    const release = await takeFileLock(file, lockPatienceMs).catch((error: unknown) => {
      const reason = describeError(error);
      throw clientsError('not_writable', { file, reason, client: 'mcpmux' }, error);
    });
    if (release === undefined) throw clientsError('busy', { file });
    try {
      return await act();
    } finally {
      await release();
    }
  }

  get #file(): string {
    return this.path('ledger.json');
  }

  async #read(): Promise<LedgerFile> {
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { version: 1, rows: [] };
      throw clientsError('ledger_broken', { file: this.#file, reason: describeError(error) }, error);
    }
    try {
      const value = JSON.parse(text) as JsonValue;
      if (isJsonObject(value) && value['version'] === 1 && Array.isArray(value['rows']))
        return value as unknown as LedgerFile;
    } catch (error) {
      throw clientsError('ledger_broken', { file: this.#file, reason: describeError(error) }, error);
    }
    throw clientsError('ledger_broken', { file: this.#file, reason: 'it was written by another version' });
  }

  async #replace(which: Pick<Written, 'client' | 'project'>, row: Row | undefined): Promise<void> {
    const { rows } = await this.#read();
    const others = rows.filter((one) => !isSame(one, which));
    const next: LedgerFile = { version: 1, rows: row === undefined ? others : [...others, row] };
    await this.write('ledger.json', `${JSON.stringify(next, null, 2)}\n`);
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Replaces a file of this folder in one step. */
  async write(name: string, content: Buffer | string): Promise<void> {
    const file = this.path(name);
    await makeFolders(join(file, '..'));
    const draft = `${file}.${randomText(8)}`;
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await replaceFile(platform.files, draft, file);
  }
}

function isSame(
  one: Pick<Written, 'client' | 'project'>,
  other: Pick<Written, 'client' | 'project'>,
): boolean {
  return one.client === other.client && one.project === other.project;
}

/** After a crash: was the file replaced or not? */
async function settle(row: Row): Promise<Written | undefined> {
  if (row.state === 'written') return row;
  const now = await readFile(row.file).then(digestOf, () => null);
  return now === row.beforeDigest && now !== row.fileDigest ? (row.before ?? undefined) : row;
}
