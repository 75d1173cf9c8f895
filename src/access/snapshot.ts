/**
 * access/snapshot — all that decides who sees what, at one moment, under one version.
 *
 * A change writes the store, then makes the next snapshot and publishes it (access/register). No room keeps a copy of its
 * own, so an explanation can say at which version it answered.
 * Knows nothing of: how it is stored, which servers run.
 */
import type {
  ApprovalFacts,
  FeatureSet,
  FeatureSetId,
  Mapping,
  Presentation,
  ServerId,
  Space,
  SpaceId,
  UnmappedPolicy,
} from '../model/index.ts';

/** What a snapshot is made of. A room that adds something to decide by adds a member. */
export interface AccessParts {
  /** In their order. */
  readonly spaces: readonly Space[];
  readonly sets: readonly FeatureSet[];
  readonly mappings: readonly Mapping[];
  readonly unmapped: UnmappedPolicy;
  /** Undefined = no call waits. */
  readonly approvals?: ApprovalFacts;
  /** What may be seen through a tunnel; absent = nothing. */
  readonly exposed?: ReadonlySet<ServerId>;
  /** Undefined = tools look as their servers show them. */
  readonly presentations?: readonly Presentation[];
}

export class AccessSnapshot {
  readonly version: number;
  readonly parts: AccessParts;
  readonly defaultSpace: Space;
  readonly #spaces: ReadonlyMap<SpaceId, Space>;
  readonly #spacesBySlug: ReadonlyMap<string, Space>;
  readonly #sets: ReadonlyMap<FeatureSetId, FeatureSet>;
  readonly #setsBySlug: ReadonlyMap<string, FeatureSet>;
  readonly #starters: ReadonlyMap<SpaceId, FeatureSet>;
  readonly #folders: ReadonlyMap<string, Mapping>;
  readonly #ids: ReadonlyMap<string, Mapping>;
  readonly #baseFolders: ReadonlyMap<string, Space>;

  constructor(version: number, parts: AccessParts) {
    this.version = version;
    this.parts = parts;
    const { spaces, sets, mappings } = parts;
    const defaultSpace = spaces.find((space) => space.isDefault) ?? spaces[0];
    if (defaultSpace === undefined) throw new TypeError('a snapshot without any Space');
    this.defaultSpace = defaultSpace;
    this.#spaces = new Map(spaces.map((space) => [space.id, space]));
    this.#spacesBySlug = new Map(spaces.map((space) => [space.slug, space]));
    this.#sets = new Map(sets.map((set) => [set.id, set]));
    this.#setsBySlug = new Map(sets.map((set) => [set.slug, set]));
    this.#starters = new Map(sets.filter((set) => set.isStarter).map((set) => [set.spaceId, set]));
    const ofKind = (kind: Mapping['kind']) =>
      new Map(mappings.filter((mapping) => mapping.kind === kind).map((mapping) => [mapping.key, mapping]));
    this.#folders = ofKind('folder');
    this.#ids = ofKind('id');
    this.#baseFolders = new Map(
      spaces.flatMap((space) => space.baseFolders.map((folder) => [folder, space] as const)),
    );
  }

  space(id: SpaceId): Space | undefined {
    return this.#spaces.get(id);
  }

  spaceBySlug(slug: string): Space | undefined {
    return this.#spacesBySlug.get(slug);
  }

  set(id: FeatureSetId): FeatureSet | undefined {
    return this.#sets.get(id);
  }

  setBySlug(slug: string): FeatureSet | undefined {
    return this.#setsBySlug.get(slug);
  }

  starterOf(spaceId: SpaceId): FeatureSet | undefined {
    return this.#starters.get(spaceId);
  }

  mappingOfFolder(folder: string): Mapping | undefined {
    return this.#folders.get(folder);
  }

  mappingOfId(id: string): Mapping | undefined {
    return this.#ids.get(id);
  }

  spaceOfBaseFolder(folder: string): Space | undefined {
    return this.#baseFolders.get(folder);
  }

  /** Can it matter in which folder a client works? */
  get asksForFolders(): boolean {
    return this.#folders.size > 0 || this.#baseFolders.size > 0 || this.parts.unmapped !== 'starter';
  }
}
