/**
 * clients/connections — connects clients of this machine, shows how they stand, and takes everything back.
 *
 * In: a row of the table, a folder for a project's file, what the client is to be pointed at. Out: plans that a person can
 * look at, then changed files. Owns: the order copy → note → file → note, under one lock.
 * Knows nothing of: the daemon, keys as records, terminals.
 */
import { isJsonObject } from '../base/index.ts';
import { dialectOf, entryFor, entryPath } from './dialects.ts';
import { type DiffLine, diffLines } from './diff.ts';
import type { Endpoint } from './endpoint.ts';
import { clientsError } from './errors.ts';
import { findFile, rowDialect } from './find-client.ts';
import type { Format } from './formats/format.ts';
import { loadFormat } from './formats/load-format.ts';
import { valueAt } from './formats/values.ts';
import { Ledger, type Written, withoutKeys } from './ledger.ts';
import type { Place } from './place.ts';
import { digestOfEntry, type EditSubject, planEntry, planRemoval } from './plan-edit.ts';
import { readStanding } from './read-standing.ts';
import type { Standing } from './standing.ts';
import { type ClientRow, clientTable } from './table/index.ts';
import {
  digestOf,
  encodeText,
  readTextFile,
  removeTextFile,
  replaceTextFile,
  type TextFile,
  withoutBom,
} from './text-file.ts';

export interface ConnectionsOptions {
  readonly place: Place;
  /** Of our own, in the data folder. */
  readonly ledgerFolder: string;
  /** Epoch ms. */
  readonly now: () => number;
}

export interface ConnectRequest {
  readonly row: ClientRow;
  /** Absolute; null = the person's own file. */
  readonly project: string | null;
  readonly endpoint: Endpoint;
  /** Replaces an entry that a person wrote or changed. */
  readonly replaces: boolean;
  /** The key in `endpoint`, for taking back. */
  readonly key?: { readonly id: string; readonly name: string } | undefined;
}

export interface Change {
  readonly file: string;
  readonly fileExists: boolean;
  readonly lines: readonly DiffLine[];
  /** Nothing has to be done. */
  readonly isNothing: boolean;
  /** The whole file goes, or gets the bytes back that it had. */
  readonly restores: 'original' | 'nothing' | 'entry-out' | undefined;
}

export interface Done {
  readonly file: string;
  /** Where the bytes from before are kept; undefined when there was no file. */
  readonly copy: string | undefined;
  readonly written: Written;
}

export interface Undone {
  readonly file: string;
  readonly how: 'original' | 'file-removed' | 'entry-out' | 'was-gone';
  readonly written: Written | undefined;
}

/** So often another program may change the file between our look and our write. */
const attempts = 5;

export class ClientConnections {
  readonly #place: Place;
  readonly #now: () => number;
  readonly ledger: Ledger;

  constructor({ place, ledgerFolder, now }: ConnectionsOptions) {
    this.#place = place;
    this.#now = now;
    this.ledger = new Ledger(ledgerFolder);
  }

  /**
   * How every client stands, in the order of the table; projects that were connected after their client.
   *
   * @param url of the daemon, when it is known
   */
  async list(url?: string): Promise<readonly Standing[]> {
    const written = await this.ledger.list();
    const wanted: [ClientRow, string | null][] = clientTable.flatMap((row) => [
      [row, null],
      ...written
        .filter(({ client, project }) => client === row.id && project !== null)
        .map(({ project }): [ClientRow, string | null] => [row, project]),
    ]);
    return Promise.all(
      wanted.map(([row, project]) =>
        readStanding(
          this.#place,
          row,
          project,
          written.find((one) => one.client === row.id && one.project === project),
          url,
        ),
      ),
    );
  }

  async stand(row: ClientRow, project: string | null, url?: string): Promise<Standing> {
    return readStanding(this.#place, row, project, await this.ledger.find(row.id, project), url);
  }

  /** What `connect` would write. Writes nothing. @throws clients.* */
  async planConnect(request: ConnectRequest): Promise<Change> {
    const { file, before, next } = await this.#prepareConnect(request);
    return {
      file,
      fileExists: before.bytes !== undefined,
      lines: diffLines(before.text, next.text),
      isNothing: next.text === before.text,
      restores: undefined,
    };
  }

  /** @throws clients.* and then the file is as it was */
  async connect(request: ConnectRequest): Promise<Done> {
    return this.ledger.exclusively(async () => {
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const done = await this.#tryConnect(request);
        if (done !== undefined) return done;
      }
      throw clientsError('changing', { file: this.#fileOf(request), client: request.row.name });
    });
  }

  /** What `disconnect` would do; undefined when there is nothing of ours. @throws clients.* */
  async planDisconnect(row: ClientRow, project: string | null): Promise<Change | undefined> {
    const plan = await this.#prepareDisconnect(row, project);
    if (plan === undefined) return undefined;
    const { before, after, restores } = plan;
    return {
      file: plan.file,
      fileExists: before.bytes !== undefined,
      lines: diffLines(before.text, after?.text ?? ''),
      isNothing: restores === 'nothing',
      restores,
    };
  }

  /** Takes back what was written. @returns undefined when there is nothing of ours. @throws clients.* */
  async disconnect(row: ClientRow, project: string | null): Promise<Undone | undefined> {
    return this.ledger.exclusively(async () => {
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const plan = await this.#prepareDisconnect(row, project);
        if (plan === undefined) return undefined;
        const { file, before, after, restores, written } = plan;
        const isDone =
          restores === 'nothing' ||
          (after === undefined
            ? await removeTextFile(file, before, row.name)
            : await replaceTextFile(file, before, after.bytes, row.name));
        if (!isDone) continue;
        await this.ledger.forget({ client: row.id, project });
        if (restores === 'nothing') return { file, how: 'was-gone', written };
        if (after === undefined) return { file, how: 'file-removed', written };
        return { file, how: restores === 'original' ? 'original' : 'entry-out', written };
      }
      throw clientsError('changing', { file: this.#fileOf({ row, project }), client: row.name });
    });
  }

  #fileOf({ row, project }: Pick<ConnectRequest, 'row' | 'project'>): string {
    const files =
      project === null ? row.userFiles(this.#place) : (row.projectFiles?.(this.#place, project) ?? []);
    return files[0] ?? row.name;
  }

  async #prepareConnect(request: ConnectRequest): Promise<{
    file: string;
    before: TextFile;
    /** Without our entry. */
    base: { text: string; bytes: Buffer | undefined };
    next: ReturnType<typeof planEntry>;
    entryDigest: string;
  }> {
    const { row, project, endpoint } = request;
    const written = await this.ledger.find(row.id, project);
    const file = written?.file ?? (await findFile(this.#place, row, project));
    const { dialect: known, newFile = '' } = rowDialect(row, project);
    const format = await loadFormat(known.format);
    const before = await readTextFile(file, row.name);
    const subject: EditSubject = { id: row.id, client: row.name, file };
    const parsed = format.parse(before.text);
    const dialect = parsed.ok ? dialectOf(known, parsed.value) : known;
    const path = entryPath(dialect);
    const entry = entryFor(dialect, endpoint);
    if (entry === undefined) throw clientsError('commands_only', { client: row.name, id: row.id });
    const found = parsed.ok ? valueAt(parsed.value, path) : undefined;
    const isOurs =
      found !== undefined && written !== undefined && digestOfEntry(found) === written.entryDigest;
    if (found !== undefined && !isOurs && !request.replaces)
      throw clientsError('entry_taken', { file, id: row.id });
    // The same again is nothing new: the file keeps its very bytes.
    if (found !== undefined && digestOfEntry(found) === digestOfEntry(entry)) {
      const base = await this.#base(format, before, path, written, subject);
      const splice = written?.splice ?? { at: 0, removed: '', inserted: '' };
      const next = { text: before.text, splice, madeHolders: written?.madeHolders ?? 0 };
      return { file, before, base, next, entryDigest: digestOfEntry(entry) };
    }
    const base = await this.#base(format, before, path, written, subject);
    const isNew = base.text.trim() === '';
    const next = planEntry(format, isNew ? newFile : base.text, path, entry, subject);
    return { file, before, base, next, entryDigest: digestOfEntry(entry) };
  }

  /** The file without our entry: the bytes from before when nothing else was changed since. */
  async #base(
    format: Format,
    before: TextFile,
    path: ReturnType<typeof entryPath>,
    written: Written | undefined,
    subject: EditSubject,
  ): Promise<{ text: string; bytes: Buffer | undefined }> {
    if (before.bytes === undefined) return { text: '', bytes: undefined };
    if (written !== undefined && digestOf(before.bytes) === written.fileDigest) {
      if (written.original === null) return { text: '', bytes: undefined };
      const bytes = await this.ledger.readOriginal(written.original);
      if (bytes !== undefined) {
        return { text: withoutBom(bytes.toString('utf8')), bytes };
      }
    }
    const text = planRemoval(format, before.text, path, written, subject);
    return text === undefined
      ? { text: before.text, bytes: before.bytes }
      : { text, bytes: encodeText(text, before.hasBom) };
  }

  async #tryConnect(request: ConnectRequest): Promise<Done | undefined> {
    const { row, project, endpoint, key } = request;
    const { file, before, base, next, entryDigest } = await this.#prepareConnect(request);
    const bytes = encodeText(next.text, before.hasBom);
    // A file that is only there because of us counts as none.
    const original = base.bytes === undefined ? null : await this.ledger.keepOriginal(base.bytes);
    const copy =
      before.bytes === undefined
        ? undefined
        : this.ledger.originalPath(await this.ledger.keepOriginal(before.bytes));
    const written: Written = {
      client: row.id,
      project,
      file,
      original,
      fileDigest: digestOf(bytes),
      entryDigest,
      splice: {
        at: next.splice.at,
        removed: withoutKeys(next.splice.removed),
        inserted: withoutKeys(next.splice.inserted),
      },
      madeHolders: next.madeHolders,
      url: endpoint.kind === 'http' ? endpoint.url : null,
      keyId: key?.id ?? null,
      keyName: key?.name ?? null,
      at: this.#now(),
    };
    await this.ledger.begin(written, before.bytes === undefined ? null : digestOf(before.bytes));
    try {
      if (next.text !== before.text || before.bytes === undefined) {
        if (!(await replaceTextFile(file, before, bytes, row.name))) {
          await this.ledger.giveUp(written);
          return undefined;
        }
      }
    } catch (error) {
      await this.ledger.giveUp(written);
      throw error;
    }
    await this.ledger.finish(written);
    return { file, copy, written };
  }

  async #prepareDisconnect(
    row: ClientRow,
    project: string | null,
  ): Promise<
    | {
        file: string;
        before: TextFile;
        after: { text: string; bytes: Buffer } | undefined;
        restores: NonNullable<Change['restores']>;
        written: Written | undefined;
      }
    | undefined
  > {
    const written = await this.ledger.find(row.id, project);
    const file = written?.file ?? (await findFile(this.#place, row, project));
    const before = await readTextFile(file, row.name);
    if (
      written !== undefined &&
      before.bytes !== undefined &&
      digestOf(before.bytes) === written.fileDigest
    ) {
      if (written.original === null) return { file, before, after: undefined, restores: 'original', written };
      const bytes = await this.ledger.readOriginal(written.original);
      if (bytes !== undefined) {
        const text = withoutBom(bytes.toString('utf8'));
        return { file, before, after: { text, bytes }, restores: 'original', written };
      }
    }
    const { dialect: known } = rowDialect(row, project);
    const format = await loadFormat(known.format);
    const subject: EditSubject = { id: row.id, client: row.name, file };
    const parsed = before.bytes === undefined ? undefined : format.parse(before.text);
    const dialect = parsed?.ok === true ? dialectOf(known, parsed.value) : known;
    const path = entryPath(dialect);
    const found = parsed?.ok === true ? valueAt(parsed.value, path) : undefined;
    if (before.bytes === undefined || (parsed?.ok === true && found === undefined))
      return written === undefined
        ? undefined
        : { file, before, after: undefined, restores: 'nothing', written };
    const text = planRemoval(format, before.text, path, written, subject);
    if (text === undefined) return undefined;
    const rest = format.parse(text);
    const isEmpty = rest.ok && isJsonObject(rest.value) && Object.keys(rest.value).length === 0;
    if (written?.original === null && isEmpty && rest.oddities.length === 0)
      return { file, before, after: undefined, restores: 'entry-out', written };
    return {
      file,
      before,
      after: { text, bytes: encodeText(text, before.hasBom) },
      restores: 'entry-out',
      written,
    };
  }
}
