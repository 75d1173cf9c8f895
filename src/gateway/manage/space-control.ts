/**
 * gateway/manage/space-control — carries out what a person wants of Spaces.
 *
 * In: intent by way of admin/. Out: overviews. Store first, then the snapshot. A Space that is deleted first loses its
 * servers, each as if it were removed by hand, so nothing of it runs or stays.
 * Knows nothing of: HTTP, the command line.
 */
import type { AccessRegister } from '../../access/index.ts';
import { type Clock, isMcpMuxError, newId } from '../../base/index.ts';
import {
  type Client,
  everything,
  type FeatureSet,
  type FeatureSetId,
  type FeatureSetRepository,
  type Mapping,
  type Space,
  type SpaceId,
  type SpaceRepository,
  slugFromName,
  spaceSlugPattern,
} from '../../model/index.ts';
import { gatewayError } from '../errors.ts';
import type { InstalledServers } from '../serve/views.ts';
import { requireSpace } from './find-access.ts';
import { type LookAtFolder, readFolder } from './folders.ts';

export interface SpaceOverview {
  readonly space: Space;
  readonly servers: readonly string[];
  readonly sets: readonly FeatureSet[];
  readonly mappings: readonly Mapping[];
  /** Clients that are bound to it: they see nothing once it is gone. */
  readonly clients: readonly Client[];
}

export interface SpaceInput {
  readonly name: string;
  readonly slug?: string | undefined;
  readonly icon?: string | undefined;
  readonly colour?: string | undefined;
  readonly baseFolders?: readonly string[] | undefined;
  /** What its Starter holds at first. */
  readonly starter?: 'everything' | 'empty' | undefined;
}

/** What is not named stays; null takes away. */
export interface SpaceChange {
  readonly name?: string | undefined;
  readonly slug?: string | undefined;
  readonly icon?: string | null | undefined;
  readonly colour?: string | null | undefined;
  readonly baseFolders?: readonly string[] | undefined;
  /** Its place among the Spaces, from 0. */
  readonly position?: number | undefined;
  readonly isDefault?: true | undefined;
}

export interface SpaceControlOptions {
  readonly access: AccessRegister;
  readonly spaces: SpaceRepository;
  readonly featureSets: FeatureSetRepository;
  readonly installed: InstalledServers;
  readonly clients: { list(): readonly Client[] };
  readonly look: LookAtFolder;
  readonly clock: Clock;
  /** Stops a server and removes it with all that is kept of it. */
  readonly removeServer: (id: string) => Promise<void>;
}

const namePattern = /^[\p{L}\p{N}][\p{L}\p{N} ._&+-]{0,39}$/u;
const maxSpaces = 100;
const maxBaseFolders = 50;

export class SpaceControl {
  readonly #options: SpaceControlOptions;

  constructor(options: SpaceControlOptions) {
    this.#options = options;
  }

  list(): readonly SpaceOverview[] {
    return this.#options.access.snapshot.parts.spaces.map((space) => this.#overview(space));
  }

  /** @throws gateway.no_such_space */
  get(reference: string): SpaceOverview {
    return this.#overview(requireSpace(this.#options.access.snapshot, reference));
  }

  /** @throws gateway.bad_space, gateway.space_taken, gateway.bad_folder */
  async create(input: SpaceInput): Promise<SpaceOverview> {
    const { access, clock, spaces } = this.#options;
    const all = access.snapshot.parts.spaces;
    if (all.length >= maxSpaces) throw bad(input.name, `there are ${maxSpaces} Spaces already`);
    const now = clock.now();
    const space: Space = {
      id: newId<SpaceId>(),
      slug: input.slug ?? slugFromName(input.name),
      name: input.name.trim(),
      icon: readIcon(input.name, input.icon),
      colour: readColour(input.name, input.colour),
      position: Math.max(-1, ...all.map(({ position }) => position)) + 1,
      isDefault: false,
      baseFolders: await this.#readFolders(input.name, input.baseFolders ?? []),
      createdAt: now,
      updatedAt: now,
    };
    this.#check(space, all);
    const starter: FeatureSet = {
      id: newId<FeatureSetId>(),
      spaceId: space.id,
      slug: freeSlug(`${space.slug}-starter`, access.snapshot.parts.sets),
      name: 'Starter',
      description: undefined,
      isStarter: true,
      members: input.starter === 'empty' ? [] : [everything],
      revision: 1,
      createdAt: now,
      updatedAt: now,
    };
    await this.#stored(space, () => spaces.insert(space, starter));
    const { parts } = access.snapshot;
    access.publish({ spaces: [...parts.spaces, space], sets: [...parts.sets, starter] });
    return this.#overview(space);
  }

  /** @throws gateway.no_such_space, gateway.bad_space, gateway.space_taken, gateway.bad_folder */
  async change(reference: string, change: SpaceChange): Promise<SpaceOverview> {
    const { access, clock, spaces } = this.#options;
    const old = requireSpace(access.snapshot, reference);
    const name = change.name?.trim() ?? old.name;
    const space: Space = {
      ...old,
      name,
      slug: change.slug ?? old.slug,
      icon: change.icon === undefined ? old.icon : readIcon(name, change.icon ?? undefined),
      colour: change.colour === undefined ? old.colour : readColour(name, change.colour ?? undefined),
      baseFolders:
        change.baseFolders === undefined
          ? old.baseFolders
          : await this.#readFolders(name, change.baseFolders),
      updatedAt: clock.now(),
    };
    this.#check(space, access.snapshot.parts.spaces);
    await this.#stored(space, () => spaces.update(space));
    if (change.isDefault === true && !old.isDefault) await spaces.setDefault(space.id);
    if (change.position !== undefined) await this.#move(space.id, change.position);
    access.publish({ spaces: await spaces.list() });
    return this.#overview(requireSpace(access.snapshot, space.id));
  }

  /**
   * Deletes it with its servers, their credentials, its sets and mappings.
   *
   * @returns what went with it. @throws gateway.no_such_space, gateway.default_space_stays
   */
  async remove(reference: string): Promise<SpaceOverview> {
    const { access, spaces, featureSets, installed, removeServer } = this.#options;
    const gone = this.get(reference);
    const { space } = gone;
    if (space.isDefault) throw gatewayError('default_space_stays', { space: space.name });
    for (const server of installed.all().filter(({ spaceId }) => spaceId === space.id))
      await removeServer(server.id);
    await spaces.delete(space.id);
    const { parts } = access.snapshot;
    access.publish({
      spaces: await spaces.list(),
      sets: await featureSets.list(),
      mappings: parts.mappings.filter(({ spaceId }) => spaceId !== space.id),
    });
    return gone;
  }

  async #move(id: SpaceId, position: number): Promise<void> {
    const others = this.#options.access.snapshot.parts.spaces
      .map((space) => space.id)
      .filter((it) => it !== id);
    await this.#options.spaces.reorder(others.toSpliced(Math.max(0, position), 0, id));
  }

  async #readFolders(name: string, folders: readonly string[]): Promise<readonly string[]> {
    if (folders.length > maxBaseFolders) throw bad(name, `it has more than ${maxBaseFolders} base folders`);
    const read: string[] = [];
    for (const folder of folders) read.push(await readFolder(folder, this.#options.look));
    return [...new Set(read)];
  }

  /** @throws gateway.bad_space, gateway.space_taken */
  #check(space: Space, all: readonly Space[]): void {
    const { id, name, slug, baseFolders } = space;
    if (!namePattern.test(name))
      throw bad(
        name,
        'a name begins with a letter or digit and has at most 40 letters, digits, spaces and . _ & + -',
      );
    if (!spaceSlugPattern.test(slug))
      throw bad(
        name,
        `"${slug}" cannot stand in a URL: use lower-case letters, digits and hyphens, at most 32`,
      );
    for (const other of all) {
      if (other.id === id) continue;
      if (other.name.toLowerCase() === name.toLowerCase()) throw taken(other, 'name', name);
      if (other.slug === slug) throw taken(other, 'slug', slug, 'give another one with --slug');
      const folder = baseFolders.find((one) => other.baseFolders.includes(one));
      if (folder !== undefined)
        throw taken(other, 'base folder', folder, 'a folder belongs to one Space; take it away there first');
    }
  }

  async #stored(space: Space, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!isMcpMuxError(error, 'store.conflict')) throw error;
      throw bad(space.name, 'its name, slug or a base folder was taken meanwhile');
    }
  }

  #overview(space: Space): SpaceOverview {
    const { access, installed, clients } = this.#options;
    const { sets, mappings } = access.snapshot.parts;
    return {
      space,
      servers: installed.all().flatMap(({ spaceId, name }) => (spaceId === space.id ? [name] : [])),
      sets: sets.filter(({ spaceId }) => spaceId === space.id),
      mappings: mappings.filter(({ spaceId }) => spaceId === space.id),
      clients: clients
        .list()
        .filter(({ limits, status }) => limits.spaceId === space.id && status !== 'revoked'),
    };
  }
}

/** The slug, or with the first number that makes it free. */
export function freeSlug(slug: string, sets: readonly FeatureSet[]): string {
  const taken = new Set(sets.map((set) => set.slug));
  if (!taken.has(slug)) return slug;
  for (let number = 2; ; number += 1) if (!taken.has(`${slug}-${number}`)) return `${slug}-${number}`;
}

function readIcon(space: string, icon: string | undefined): string | undefined {
  if (icon === undefined || icon.trim() === '') return undefined;
  const text = icon.trim();
  const characters = [...new Intl.Segmenter().segment(text)].length;
  if (characters > 2 || text.length > 32 || /[\p{Cc}\p{Cs}]/u.test(text))
    throw bad(space, 'an icon is one emoji, or one or two letters');
  return text;
}

function readColour(space: string, colour: string | undefined): string | undefined {
  if (colour === undefined || colour === '') return undefined;
  if (!/^#[0-9a-f]{6}$/i.test(colour)) throw bad(space, `a colour is #rrggbb, not "${colour.slice(0, 20)}"`);
  return colour.toLowerCase();
}

function bad(space: string, reason: string): Error {
  return gatewayError('bad_space', { space: space.slice(0, 60), reason });
}

function taken(owner: Space, what: string, value: string, hint?: string): Error {
  return gatewayError('space_taken', { owner: owner.name, what, value, hint });
}
