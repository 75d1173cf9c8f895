/**
 * registry/server-catalogue — all sources as one list: each server once, found by words or by name.
 *
 * Nothing is read before the first question. Earlier sources win: what we have looked at ourselves stands for what others
 * say of the same server.
 * Owns: the index in memory, until the sources change.
 */
import type { AuthKind, Category } from '../contract/index.ts';
import { detailsOf, type ServerDefinition, titleOf } from './definition.ts';
import { DefinitionIndex, type IndexedRecord } from './definition-index.ts';
import { registryError } from './errors.ts';
import type { CatalogueSource, SourceState } from './source.ts';

export interface CatalogueEntry {
  readonly definition: ServerDefinition;
  /** What a person types: the short name where it is unique, else the whole name. */
  readonly id: string;
  readonly source: string;
  /** Other sources that have it too. */
  readonly alsoIn: readonly string[];
}

export interface CatalogueFilter {
  readonly category?: Category | undefined;
  readonly auth?: AuthKind | undefined;
  /** `remote`, or a kind of package: npm, pypi, oci … */
  readonly runsOn?: string | undefined;
  readonly source?: string | undefined;
}

export interface CatalogueMatches {
  readonly entries: readonly CatalogueEntry[];
  /** How many there are in all. */
  readonly total: number;
}

interface Loaded {
  readonly entries: readonly CatalogueEntry[];
  readonly byName: ReadonlyMap<string, CatalogueEntry>;
  readonly index: DefinitionIndex;
}

/** Vendors publish now and then; a day is soon enough. */
const staleAfterMs = 24 * 60 * 60_000;

export class ServerCatalogue {
  readonly #listSources: () => Promise<readonly CatalogueSource[]>;
  readonly #now: () => number;
  #loading: Promise<Loaded> | undefined;

  /**
   * @param sources best first
   * @param now     epoch ms
   */
  constructor(
    sources: readonly CatalogueSource[] | (() => Promise<readonly CatalogueSource[]>),
    now: () => number = Date.now,
  ) {
    this.#listSources = typeof sources === 'function' ? sources : () => Promise.resolve(sources);
    this.#now = now;
  }

  /** What a source has has changed: the next question reads it anew. */
  forget(): void {
    this.#loading = undefined;
  }

  async sources(): Promise<readonly SourceState[]> {
    await this.#loaded();
    return (await this.#listSources()).map((source) => source.state());
  }

  /** Asks every source, or the one of that name, what is new. */
  async refresh(name?: string): Promise<readonly SourceState[]> {
    const asked = (await this.#listSources()).filter((source) => name === undefined || source.name === name);
    await Promise.all(asked.map((source) => source.refresh()));
    this.forget();
    return this.sources();
  }

  /** @param query words; empty: everything, by title */
  async search(query: string, filter: CatalogueFilter, limit: number): Promise<CatalogueMatches> {
    const { entries, index } = await this.#loaded();
    this.#freshen();
    const words = query.trim();
    const found =
      words === ''
        ? [...entries].sort((one, other) => titleOf(one.definition).localeCompare(titleOf(other.definition)))
        : rank(index, entries, words);
    const matching = found.filter((entry) => matches(entry, filter));
    return { entries: matching.slice(0, limit), total: matching.length };
  }

  async all(): Promise<readonly CatalogueEntry[]> {
    return (await this.#loaded()).entries;
  }

  /** @param id short or whole name. @throws registry.no_such_definition, registry.ambiguous */
  async get(id: string): Promise<CatalogueEntry> {
    const { entries, byName, index } = await this.#loaded();
    const wanted = id.trim().toLowerCase();
    const known = byName.get(wanted);
    if (known !== undefined) return known;
    const ending = entries.filter(({ definition }) => definition.name.toLowerCase().endsWith(`/${wanted}`));
    const [only, another] = ending;
    if (only !== undefined && another === undefined) return only;
    if (another !== undefined)
      throw registryError('ambiguous', {
        id,
        candidates: ending
          .slice(0, 5)
          .map((entry) => entry.id)
          .join(', '),
      });
    throw registryError('no_such_definition', {
      id: id.slice(0, 200),
      nearest: rank(index, entries, wanted)
        .slice(0, 3)
        .map((entry) => entry.id)
        .join(', '),
    });
  }

  /** Sources that somebody has asked before are asked again by themselves, once a day, while the catalogue is used. */
  #freshen(): void {
    void this.#listSources().then(async (sources) => {
      const old = sources.filter((source) => {
        const { refreshedAt } = source.state();
        return refreshedAt !== undefined && this.#now() - refreshedAt > staleAfterMs;
      });
      await Promise.all(old.map((source) => source.refresh()));
      if (old.length > 0) this.forget();
    });
  }

  #loaded(): Promise<Loaded> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #load(): Promise<Loaded> {
    const lists = await Promise.all(
      (await this.#listSources()).map(async (source) => ({
        source: source.name,
        definitions: await source.definitions(),
      })),
    );
    const entries = merge(lists);
    const index = new DefinitionIndex(entries.map(indexed));
    const byName = new Map<string, CatalogueEntry>();
    for (const entry of entries) {
      byName.set(entry.definition.name.toLowerCase(), entry);
      byName.set(entry.id.toLowerCase(), entry);
    }
    return { entries, byName, index };
  }
}

/** Who made it counts: a vendor's own before another's, what we have looked at before what we have not. */
function indexed({ definition, source }: CatalogueEntry): IndexedRecord {
  const { alias, tags = [], category = '', publisher } = detailsOf(definition);
  return {
    texts: [
      { text: alias ?? '', weight: 5 },
      { text: definition.title ?? '', weight: 4 },
      { text: [...tags, category].join(' '), weight: 2 },
      { text: definition.name, weight: 2 },
      { text: definition.description, weight: 1 },
    ],
    boost: (source === 'built-in' ? 1.5 : 1) * (publisher?.kind === 'vendor' ? 1.2 : 1),
  };
}

/** One whose short name is what was typed comes first. */
function rank(
  index: DefinitionIndex,
  entries: readonly CatalogueEntry[],
  words: string,
): readonly CatalogueEntry[] {
  const found = index.search(words).map((at) => entries[at] as CatalogueEntry);
  const exact = words.toLowerCase().replaceAll(' ', '-');
  const named = found.filter(({ id }) => id.toLowerCase() === exact);
  return named.length === 0 ? found : [...named, ...found.filter((entry) => !named.includes(entry))];
}

function matches({ definition, source }: CatalogueEntry, filter: CatalogueFilter): boolean {
  const details = detailsOf(definition);
  return (
    (filter.category === undefined || details.category === filter.category) &&
    (filter.auth === undefined || details.auth === filter.auth) &&
    (filter.source === undefined || source === filter.source) &&
    (filter.runsOn === undefined || kindsOf(definition).includes(filter.runsOn))
  );
}

/** How it can be run or reached: `remote`, `npm`, … each once. */
export function kindsOf({ remotes = [], packages = [] }: ServerDefinition): readonly string[] {
  return [
    ...new Set([...(remotes.length > 0 ? ['remote'] : []), ...packages.map((item) => item.registryType)]),
  ];
}

/** Each server once. Two are the same when they have one name, one package or one address. */
function merge(
  lists: readonly { readonly source: string; readonly definitions: readonly ServerDefinition[] }[],
): readonly CatalogueEntry[] {
  const found: { definition: ServerDefinition; source: string; alsoIn: string[] }[] = [];
  const byKey = new Map<string, (typeof found)[number]>();
  const byRepository = new Map<string, (typeof found)[number]>();
  for (const { source, definitions } of lists) {
    // Within one source two servers may share a package on purpose.
    const fresh: [string, (typeof found)[number]][] = [];
    for (const definition of definitions) {
      const keys = sameness(definition);
      const twin =
        keys.map((key) => byKey.get(key)).find((entry) => entry !== undefined) ??
        joined(definition, byRepository);
      if (twin !== undefined) {
        if (!twin.alsoIn.includes(source)) twin.alsoIn.push(source);
        continue;
      }
      const entry = { definition, source, alsoIn: [] };
      found.push(entry);
      for (const key of keys) fresh.push([key, entry]);
      const repository = repositoryOf(definition);
      if (repository !== undefined && kindsOf(definition).length > 0)
        byRepository.set(repository, byRepository.get(repository) ?? entry);
    }
    for (const [key, entry] of fresh) if (!byKey.has(key)) byKey.set(key, entry);
  }
  const taken = new Set<string>();
  return found.map(({ definition, source, alsoIn }) => {
    const { alias } = detailsOf(definition);
    // The first with a short name has it.
    const isFree = alias !== undefined && !taken.has(alias);
    if (isFree) taken.add(alias);
    return { definition, source, alsoIn, id: isFree ? alias : definition.name };
  });
}

/** A record without anything to run belongs to the one of its repository that has it. */
function joined<Entry>(
  definition: ServerDefinition,
  byRepository: ReadonlyMap<string, Entry>,
): Entry | undefined {
  const repository = repositoryOf(definition);
  return repository === undefined || kindsOf(definition).length > 0
    ? undefined
    : byRepository.get(repository);
}

function repositoryOf({ repository }: ServerDefinition): string | undefined {
  return repository?.url.toLowerCase().replace(/(\.git)?\/*$/, '');
}

function sameness(definition: ServerDefinition): readonly string[] {
  const { name, packages = [], remotes = [] } = definition;
  return [
    `name ${name.toLowerCase()}`,
    ...packages.map(
      ({ registryType, identifier }) => `${registryType} ${withoutTag(registryType, identifier)}`,
    ),
    ...remotes.map(({ url }) => `url ${url.toLowerCase().replace(/\/+$/, '')}`),
  ];
}

function withoutTag(registryType: string, identifier: string): string {
  return registryType === 'oci'
    ? identifier.replace(/@sha256:.*$/, '').replace(/:[^/:]*$/, '')
    : identifier.toLowerCase();
}
