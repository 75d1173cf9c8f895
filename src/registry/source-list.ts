/**
 * registry/source-list — the sources there are: our own, those that we know, and registries that a person has added.
 *
 * Owns: the list of added ones, kept as a small value in the store. Nothing is asked and no file is read here.
 */
import { join } from 'node:path';
import type { Clock } from '../base/index.ts';
import type { SettingRepository } from '../model/index.ts';
import { BuiltInSource } from './built-in/source.ts';
import { registryError } from './errors.ts';
import type { CatalogueSource } from './source.ts';
import { type Adapter, CachedSource, type CachedSourceOptions } from './sources/cached-source.ts';
import { dockerCatalogue } from './sources/docker-catalogue.ts';
import { glama } from './sources/glama.ts';
import { mcpmuxBundle } from './sources/mcpmux-bundle.ts';
import { registryApi } from './sources/registry-api.ts';

export interface SourceListPorts {
  /** For the copies of answers. */
  readonly folder: string;
  readonly clock: Clock;
  readonly settings: SettingRepository;
  readonly fetch: CachedSourceOptions['fetch'];
}

const settingKey = 'registry.sources';
/** A person who adds more than this has made a mistake in a loop. */
const mostAdded = 20;

interface KnownSource {
  readonly name: string;
  readonly title: string;
  readonly url: string;
  readonly adapter: Adapter;
  readonly attribution?: { readonly text: string; readonly url: string };
}

/** In the order in which they count. */
const knownSources: readonly KnownSource[] = [
  {
    name: 'official',
    title: 'Official MCP Registry',
    url: 'https://registry.modelcontextprotocol.io',
    adapter: registryApi,
    attribution: {
      text: 'Data from the Official MCP Registry',
      url: 'https://registry.modelcontextprotocol.io',
    },
  },
  { name: 'mcpmux', title: 'McpMux registry', url: 'https://api.mcpmux.com', adapter: mcpmuxBundle },
  {
    name: 'docker',
    title: 'Docker MCP catalogue',
    url: 'https://desktop.docker.com/mcp/catalog/v3',
    adapter: dockerCatalogue,
  },
  {
    name: 'glama',
    title: 'Glama',
    url: 'https://glama.ai/api/mcp/v1',
    adapter: glama,
    attribution: { text: 'via Glama', url: 'https://glama.ai/mcp/servers' },
  },
];

interface AddedSource {
  readonly name: string;
  readonly url: string;
}

export class SourceList {
  readonly #ports: SourceListPorts;
  readonly #builtIn = new BuiltInSource();
  readonly #known: readonly CatalogueSource[];
  readonly #added = new Map<string, CatalogueSource>();
  #loading: Promise<void> | undefined;

  constructor(ports: SourceListPorts) {
    this.#ports = ports;
    this.#known = knownSources.map((known) => this.#make(known));
  }

  /** Best first. */
  async all(): Promise<readonly CatalogueSource[]> {
    await this.#load();
    return [this.#builtIn, ...this.#added.values(), ...this.#known];
  }

  /** @param url of a registry that speaks the official API. @throws registry.bad_source */
  async add(name: string, url: string): Promise<void> {
    await this.#load();
    const refuse = (reason: string): Error =>
      registryError('bad_source', { name: name.slice(0, 64), reason });
    if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(name))
      throw refuse('a name has lower-case letters, digits and hyphens, at most 32');
    if ((await this.all()).some((source) => source.name === name)) throw refuse('there is one of that name');
    if (this.#added.size >= mostAdded) throw refuse(`there are ${mostAdded} already`);
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw refuse('its address is no http or https URL');
    if (new URL(url).username !== '') throw refuse('its address holds a user name');
    const plain = url.replace(/[?#].*$/, '').replace(/\/(v0(\.1)?(\/servers)?)?\/*$/, '');
    await this.#keep([...this.#list(), { name, url: plain }]);
    this.#added.set(name, this.#makeAdded({ name, url: plain }));
  }

  /** @throws registry.bad_source */
  async remove(name: string): Promise<void> {
    await this.#load();
    if (!this.#added.has(name))
      throw registryError('bad_source', {
        name: name.slice(0, 64),
        reason: 'only sources that were added can be removed',
      });
    await this.#keep(this.#list().filter((source) => source.name !== name));
    this.#added.delete(name);
  }

  #list(): readonly AddedSource[] {
    return [...this.#added.values()].map((source) => ({ name: source.name, url: source.state().url ?? '' }));
  }

  #keep(list: readonly AddedSource[]): Promise<void> {
    return this.#ports.settings.set(settingKey, JSON.stringify(list));
  }

  #load(): Promise<void> {
    this.#loading ??= this.#ports.settings.get(settingKey).then((text) => {
      for (const added of addedFrom(text)) this.#added.set(added.name, this.#makeAdded(added));
    });
    this.#loading.catch(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  #makeAdded({ name, url }: AddedSource): CatalogueSource {
    return this.#make({ name, url, title: url, adapter: registryApi });
  }

  #make(known: KnownSource): CatalogueSource {
    const { folder, clock, fetch } = this.#ports;
    return new CachedSource({ ...known, file: join(folder, `${known.name}.json`), clock, fetch });
  }
}

function addedFrom(text: string | undefined): readonly AddedSource[] {
  if (text === undefined) return [];
  try {
    const list = JSON.parse(text) as unknown;
    return Array.isArray(list) ? (list as AddedSource[]) : [];
  } catch {
    // What cannot be read is added again by the person.
    return [];
  }
}
