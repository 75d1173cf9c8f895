/**
 * registry/sources/cached-source — a catalogue elsewhere, with its last answer kept on disk.
 *
 * It is asked when a person says so, never more than once in five minutes; what it does not answer stays as it was. A record
 * that cannot be used is left out and counted, it never takes the others with it.
 * Owns: one file in the data folder. Knows nothing of: how any catalogue's API looks (that is an adapter).
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Clock, describeError } from '../../base/index.ts';
import type { ServerDefinition } from '../definition.ts';
import type { CatalogueSource, SourceState } from '../source.ts';

/** What an adapter may do. */
export interface Asking {
  /** @throws when there is no answer, or one that is no success and not 304 */
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Response>;
  readonly before: Kept;
  /** Checks a value against the schema and our rules. @returns undefined when it cannot be used */
  readonly read: (value: unknown) => Promise<ServerDefinition | undefined>;
}

export interface Answered {
  readonly definitions: readonly ServerDefinition[];
  readonly etag?: string | undefined;
  /** Records that cannot be used. */
  readonly leftOut: number;
}

/** @returns undefined when nothing has changed since `before` */
export type Adapter = (asking: Asking) => Promise<Answered | undefined>;

export interface Kept {
  readonly definitions: readonly ServerDefinition[];
  readonly etag: string | undefined;
  readonly refreshedAt: number | undefined;
  readonly leftOut: number;
}

export interface CachedSourceOptions {
  readonly name: string;
  readonly title: string;
  /** Without a slash at its end. */
  readonly url: string;
  readonly file: string;
  readonly adapter: Adapter;
  readonly fetch: (url: string, headers: Readonly<Record<string, string>>) => Promise<Response>;
  readonly clock: Clock;
  readonly attribution?: { readonly text: string; readonly url: string };
}

/** Catalogues ask for patience, and nothing in them is that new. */
export const betweenAsksMs = 5 * 60_000;

const nothing: Kept = { definitions: [], etag: undefined, refreshedAt: undefined, leftOut: 0 };

export class CachedSource implements CatalogueSource {
  readonly name: string;
  readonly #options: CachedSourceOptions;
  #kept: Promise<Kept> | undefined;
  #known: Kept = nothing;
  #asking: Promise<void> | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #offlineSince: number | undefined;
  #problem: string | undefined;

  constructor(options: CachedSourceOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async definitions(): Promise<readonly ServerDefinition[]> {
    return (await this.#read()).definitions;
  }

  state(): SourceState {
    const { name, title, url, attribution } = this.#options;
    const { leftOut, definitions, refreshedAt } = this.#known;
    return {
      name,
      title,
      url,
      isEnabled: true,
      count: definitions.length,
      refreshedAt,
      offlineSince: this.#offlineSince,
      problem: this.#problem ?? describeLeftOut(leftOut),
      attribution,
    };
  }

  refresh(): Promise<void> {
    const { clock } = this.#options;
    if (clock.now() - this.#askedAt < betweenAsksMs) return this.#asking ?? Promise.resolve();
    this.#askedAt = clock.now();
    this.#asking = this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    const { adapter, clock } = this.#options;
    const before = await this.#read();
    try {
      const { readDefinitionWith } = await import('../read-definition.ts');
      const { definitionSchema } = await import('../definition-schema.ts');
      const answered = await adapter({
        before,
        get: (path, headers = {}) => this.#get(path, headers),
        read: async (value) => {
          const read = readDefinitionWith(definitionSchema, value);
          return read.kind === 'definition' ? read.definition : undefined;
        },
      });
      const kept: Kept = {
        definitions: answered?.definitions ?? before.definitions,
        etag: answered === undefined ? before.etag : answered.etag,
        leftOut: answered?.leftOut ?? before.leftOut,
        refreshedAt: clock.now(),
      };
      await this.#write(kept);
      this.#known = kept;
      this.#kept = Promise.resolve(kept);
      this.#offlineSince = undefined;
      this.#problem = undefined;
    } catch (error) {
      this.#offlineSince ??= clock.now();
      this.#problem = describeError(error);
    }
  }

  async #get(path: string, headers: Readonly<Record<string, string>>): Promise<Response> {
    const response = await this.#options.fetch(this.#options.url + path, headers);
    if (response.ok || response.status === 304) return response;
    const hint = response.status === 401 || response.status === 403 ? '; it wants a key' : '';
    throw new Error(`${this.#options.url} answered HTTP ${response.status}${hint}`);
  }

  #read(): Promise<Kept> {
    this.#kept ??= readFile(this.#options.file, 'utf8').then(
      (text) => {
        this.#known = keptFrom(text);
        return this.#known;
      },
      // It was never asked.
      () => nothing,
    );
    return this.#kept;
  }

  async #write(kept: Kept): Promise<void> {
    const { file } = this.#options;
    const part = `${file}.part`;
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    try {
      await writeFile(part, JSON.stringify(kept), { mode: 0o600 });
      await rename(part, file);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }
}

function describeLeftOut(count: number): string | undefined {
  if (count === 0) return undefined;
  return count === 1
    ? '1 record cannot be used and is left out'
    : `${count} records cannot be used and are left out`;
}

/** A damaged copy is no copy: it is asked for again. */
function keptFrom(text: string): Kept {
  try {
    const kept = JSON.parse(text) as Partial<Kept> | null;
    return Array.isArray(kept?.definitions) ? { ...nothing, ...(kept as Kept) } : nothing;
  } catch {
    return nothing;
  }
}

/** @throws when it is something else: a page of a proxy, half an answer */
export async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const kind = response.headers.get('content-type') ?? 'nothing that says what it is';
    throw new Error(`it answered with ${kind.split(';')[0]} that is no JSON`);
  }
}
