/**
 * gateway/manage/mapping-control — carries out what a person wants of mappings, and knows the folders that nobody mapped.
 *
 * In: intent by way of admin/; folders that clients named. Out: overviews. Store first, then the snapshot.
 * Owns: the list of folders that nobody mapped, in memory.
 * Knows nothing of: HTTP, the command line, which client has which session.
 */
import { type AccessRegister, looksLikeFolder, normalizeFolder } from '../../access/index.ts';
import { type Clock, isMcpMuxError, newId, shortText } from '../../base/index.ts';
import { similarNames } from '../../catalogue/index.ts';
import type {
  DomainEvents,
  FeatureSet,
  FeatureSetId,
  Mapping,
  MappingId,
  MappingRepository,
  SettingRepository,
  Space,
  UnmappedPolicy,
} from '../../model/index.ts';
import { gatewayError } from '../errors.ts';
import { unmappedSetting } from './access-settings.ts';
import { requireSet, requireSpace } from './find-access.ts';
import { type LookAtFolder, readFolder } from './folders.ts';

export interface MappingOverview {
  readonly mapping: Mapping;
  readonly space: Space;
  readonly sets: readonly FeatureSet[];
  /** Of a folder: is it there on this machine? Undefined = not looked at, or of another machine. */
  readonly isThere: boolean | undefined;
}

/** A folder that a client named and no rule sends anywhere. */
export interface UnmappedFolder {
  readonly folder: string;
  readonly client: string;
  /** Epoch ms. */
  readonly lastSeenAt: number;
}

export interface MappingInput {
  /** A folder, or an id of a client's own choosing. */
  readonly key: string;
  readonly hasChildren?: boolean | undefined;
  /** Undefined = that of the sets, or the default. */
  readonly space?: string | undefined;
  /** Undefined = the Space's Starter; none = nothing. */
  readonly sets?: readonly string[] | undefined;
}

/** What is not named stays. */
export interface MappingChange {
  readonly hasChildren?: boolean | undefined;
  readonly space?: string | undefined;
  readonly sets?: readonly string[] | undefined;
}

export interface MappingControlOptions {
  readonly access: AccessRegister;
  readonly mappings: MappingRepository;
  readonly settings: SettingRepository;
  readonly events: DomainEvents;
  readonly look: LookAtFolder;
  readonly clock: Clock;
}

const idPattern = /^[\p{L}\p{N}][\p{L}\p{N} ._:@+-]{0,199}$/u;
const maxMappings = 10_000;
/** Folders that nobody mapped; the one named longest ago goes first. */
const unmappedKept = 200;

export class MappingControl {
  readonly #options: MappingControlOptions;
  readonly #unmapped = new Map<string, UnmappedFolder>();

  constructor(options: MappingControlOptions) {
    this.#options = options;
  }

  /** @param space slug, name or id; undefined = of every Space. @throws gateway.no_such_space */
  async list(space: string | undefined): Promise<readonly MappingOverview[]> {
    const { snapshot } = this.#options.access;
    const only = space === undefined ? undefined : requireSpace(snapshot, space).id;
    const listed = snapshot.parts.mappings.filter(({ spaceId }) => only === undefined || only === spaceId);
    return Promise.all(listed.map((mapping) => this.#overview(mapping)));
  }

  get policy(): UnmappedPolicy {
    return this.#options.access.snapshot.parts.unmapped;
  }

  async setPolicy(unmapped: UnmappedPolicy): Promise<void> {
    await this.#options.settings.set(unmappedSetting, unmapped);
    this.#options.access.publish({ unmapped });
  }

  /** The latest first, without those that were mapped since. */
  get unmapped(): readonly UnmappedFolder[] {
    const { snapshot } = this.#options.access;
    return [...this.#unmapped.values()]
      .filter(({ folder }) => snapshot.mappingOfFolder(folder) === undefined)
      .reverse();
  }

  /** A client works in a folder that no rule sends anywhere. Told to listeners the first time. */
  noteUnmapped(folder: string, client: string): void {
    const { clock, events } = this.#options;
    const key = `${folder}\n${client}`;
    const isNew = !this.#unmapped.delete(key);
    this.#unmapped.set(key, { folder, client, lastSeenAt: clock.now() });
    if (this.#unmapped.size > unmappedKept) {
      const [oldest] = this.#unmapped.keys();
      if (oldest !== undefined) this.#unmapped.delete(oldest);
    }
    if (isNew) events.publish({ type: 'access.folder_unmapped', folder, client });
  }

  forgetUnmapped(): void {
    this.#unmapped.clear();
  }

  /** @throws gateway.bad_folder, gateway.already_mapped, gateway.no_such_space, gateway.no_such_set */
  async create(input: MappingInput): Promise<MappingOverview> {
    const { access, clock, mappings } = this.#options;
    if (access.snapshot.parts.mappings.length >= maxMappings)
      throw bad(input.key, `there are ${maxMappings} mappings already`);
    const { kind, key } = await this.#readKey(input.key);
    const there = access.snapshot.parts.mappings.find((one) => one.kind === kind && one.key === key);
    if (there !== undefined) throw this.#taken(there);
    const now = clock.now();
    const mapping: Mapping = {
      id: newId<MappingId>(),
      kind,
      key,
      hasChildren: kind === 'folder' && (input.hasChildren ?? false),
      ...this.#target(input.space, input.sets),
      createdAt: now,
      updatedAt: now,
    };
    try {
      await mappings.insert(mapping);
    } catch (error) {
      if (!isMcpMuxError(error, 'store.conflict')) throw error;
      throw gatewayError('already_mapped', { key, to: 'something else, just now' });
    }
    access.publish({ mappings: [...access.snapshot.parts.mappings, mapping] });
    return this.#overview(mapping);
  }

  /** @param reference its key or id. @throws gateway.no_such_mapping, gateway.no_such_space, gateway.no_such_set */
  async change(reference: string, change: MappingChange): Promise<MappingOverview> {
    const { access, clock, mappings } = this.#options;
    const old = this.#find(reference);
    const isMoved = change.space !== undefined || change.sets !== undefined;
    const mapping: Mapping = {
      ...old,
      hasChildren: old.kind === 'folder' && (change.hasChildren ?? old.hasChildren),
      ...(isMoved &&
        this.#target(change.space ?? (change.sets?.length === 0 ? old.spaceId : undefined), change.sets)),
      updatedAt: clock.now(),
    };
    await mappings.update(mapping);
    access.publish({
      mappings: access.snapshot.parts.mappings.map((one) => (one.id === mapping.id ? mapping : one)),
    });
    return this.#overview(mapping);
  }

  /** @throws gateway.no_such_mapping */
  async remove(reference: string): Promise<MappingOverview> {
    const { access, mappings } = this.#options;
    const mapping = this.#find(reference);
    const gone = await this.#overview(mapping);
    await mappings.delete(mapping.id);
    access.publish({ mappings: access.snapshot.parts.mappings.filter(({ id }) => id !== mapping.id) });
    return gone;
  }

  async #readKey(text: string): Promise<Pick<Mapping, 'kind' | 'key'>> {
    const isRelative = /[/\\]/.test(text) && !text.includes('\n');
    if (looksLikeFolder(text) || isRelative)
      return { kind: 'folder', key: await readFolder(text, this.#options.look) };
    if (!idPattern.test(text))
      throw bad(
        text,
        'an id begins with a letter or digit and has at most 200 letters, digits, spaces and . _ : @ + -',
      );
    return { kind: 'id', key: text };
  }

  #target(
    space: string | undefined,
    sets: readonly string[] | undefined,
  ): { spaceId: Space['id']; setIds: readonly FeatureSetId[] } {
    const { snapshot } = this.#options.access;
    const named = space === undefined ? undefined : requireSpace(snapshot, space);
    if (sets === undefined) {
      const owner = named ?? snapshot.defaultSpace;
      const starter = snapshot.starterOf(owner.id);
      return { spaceId: owner.id, setIds: starter === undefined ? [] : [starter.id] };
    }
    const [first] = sets;
    // Without a Space the first set says which.
    const owner =
      named ??
      (first === undefined
        ? snapshot.defaultSpace
        : requireSpace(snapshot, requireSet(snapshot, first, undefined).spaceId));
    const setIds = sets.map((set) => requireSet(snapshot, set, owner.id).id);
    return { spaceId: owner.id, setIds: [...new Set(setIds)] };
  }

  #find(reference: string): Mapping {
    const { mappings } = this.#options.access.snapshot.parts;
    const folder = looksLikeFolder(reference) ? normalizeFolder(reference) : undefined;
    const found =
      mappings.find(({ id }) => id === reference) ??
      mappings.find(({ key }) => key === reference) ??
      (folder?.ok === true ? mappings.find(({ key }) => key === folder.folder) : undefined);
    if (found !== undefined) return found;
    throw gatewayError('no_such_mapping', {
      reference: shortText(reference),
      nearest: similarNames(
        reference,
        mappings.map(({ key }) => key),
      ).join(', '),
    });
  }

  #taken(mapping: Mapping): Error {
    const { snapshot } = this.#options.access;
    const sets = mapping.setIds.flatMap((id) => snapshot.set(id)?.name ?? []);
    return gatewayError('already_mapped', {
      key: mapping.key,
      to: `${sets.length === 0 ? 'nothing' : sets.join(' + ')} in the Space "${snapshot.space(mapping.spaceId)?.name ?? ''}"`,
    });
  }

  async #overview(mapping: Mapping): Promise<MappingOverview> {
    const { access, look } = this.#options;
    const seen = mapping.kind === 'folder' ? await look(mapping.key) : undefined;
    return {
      mapping,
      space: requireSpace(access.snapshot, mapping.spaceId),
      sets: mapping.setIds.flatMap((id) => access.snapshot.set(id) ?? []),
      isThere: seen === undefined || seen.is === 'unknown' ? undefined : seen.is === 'folder',
    };
  }
}

function bad(folder: string, reason: string): Error {
  return gatewayError('bad_folder', { folder: shortText(folder), reason });
}
