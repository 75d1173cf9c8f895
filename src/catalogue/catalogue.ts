/**
 * catalogue/catalogue — everything all servers offer, in memory, as the store knows it.
 *
 * In: what discovery found. Out: features by server, at once and without I/O; of those only what the guard lets through.
 * Durable first: the store is written, then memory, then the event (by upstream/, which knows the occasion).
 * Knows nothing of: who may see what, eras, list shapes.
 */
import type {
  CatalogueRepository,
  DefinitionGuard,
  DiscoveredFeatures,
  FaceKey,
  FaceRegister,
  Feature,
  FeatureDiff,
  ServerId,
} from '../model/index.ts';
import { Faces } from './faces.ts';

const none: readonly Feature[] = [];

export class Catalogue implements CatalogueRepository, FaceRegister {
  readonly #repository: CatalogueRepository;
  readonly #guard: DefinitionGuard | undefined;
  /** What is offered. */
  readonly #byServer = new Map<ServerId, readonly Feature[]>();
  /** What was found, also what is held; the same where nothing is. */
  readonly #found = new Map<ServerId, readonly Feature[]>();
  readonly #versions = new Map<ServerId, number>();
  readonly #faces: Faces;
  #version = 0;

  /** @param guard decides what of a server is offered; undefined = everything is */
  constructor(repository: CatalogueRepository, guard?: DefinitionGuard) {
    this.#repository = repository;
    this.#guard = guard;
    this.#faces = new Faces(guard);
  }

  /** Fills memory from the store. What was listed last is offered again until its server proves otherwise. */
  async load(): Promise<readonly Feature[]> {
    const features = await this.#repository.load();
    const groups = new Map<ServerId, Feature[]>();
    for (const feature of features) {
      const offered = feature.isAvailable ? feature : { ...feature, isAvailable: true };
      const group = groups.get(feature.serverId);
      if (group === undefined) groups.set(feature.serverId, [offered]);
      else group.push(offered);
    }
    for (const [serverId, group] of groups) await this.#offer(serverId, group);
    return features;
  }

  /** In the server's own order, kind by kind. @param face undefined = that of its primary leg */
  featuresOf(serverId: ServerId, face?: FaceKey): readonly Feature[] {
    const primary = this.#byServer.get(serverId) ?? none;
    return face === undefined ? primary : (this.#faces.featuresOf(serverId, face) ?? primary);
  }

  /** What the server offers to anybody: names and URIs are given over all of it. */
  everythingOf(serverId: ServerId): readonly Feature[] {
    const primary = this.featuresOf(serverId);
    const beside = [...this.#faces.beside(serverId, primary)];
    return beside.length === 0 ? primary : [...primary, ...beside];
  }

  /**
   * The servers that show a caller something else than their primary face, with the face that it sees.
   *
   * @param keys faces that the caller may see, the closest first; asked only when there are any
   */
  facesFor(keys: () => readonly FaceKey[]): ReadonlyMap<ServerId, FaceKey> | undefined {
    if (this.#faces.isEmpty) return undefined;
    const asked = keys();
    let found: Map<ServerId, FaceKey> | undefined;
    for (const serverId of this.#faces.servers()) {
      const face = this.#faces.find(serverId, asked, this.featuresOf(serverId));
      if (face === undefined) continue;
      found ??= new Map();
      found.set(serverId, face);
    }
    return found;
  }

  setFace(serverId: ServerId, key: FaceKey, discovered: DiscoveredFeatures | undefined): boolean {
    const isNews = this.#faces.set(
      serverId,
      key,
      discovered,
      this.featuresOf(serverId),
      this.foundOf(serverId),
    );
    if (isNews) this.#bump(serverId);
    return isNews;
  }

  /** Changes whenever what `featuresOf(serverId)` gives changes. */
  versionOf(serverId: ServerId): number {
    return this.#versions.get(serverId) ?? 0;
  }

  /** Changes with every change of anything. */
  get version(): number {
    return this.#version;
  }

  async replace(
    serverId: ServerId,
    discovered: DiscoveredFeatures,
  ): Promise<{ features: readonly Feature[]; diff: FeatureDiff }> {
    const replaced = await this.#repository.replace(serverId, discovered);
    const features = await this.#offer(serverId, replaced.features);
    return { features, diff: replaced.diff };
  }

  async setAvailability(serverId: ServerId, isAvailable: boolean): Promise<void> {
    await this.#repository.setAvailability(serverId, isAvailable);
    const offered = new Set(this.featuresOf(serverId));
    const found = this.foundOf(serverId).map((feature) => ({
      feature: { ...feature, isAvailable },
      isOffered: offered.has(feature),
    }));
    this.#set(
      serverId,
      found.map(({ feature }) => feature),
      found.filter(({ isOffered }) => isOffered).map(({ feature }) => feature),
    );
  }

  /** What the server shows, also what is held. */
  foundOf(serverId: ServerId): readonly Feature[] {
    return this.#found.get(serverId) ?? none;
  }

  /** What may be offered is another question now: what was found is looked through again. */
  async reviewAgain(serverId: ServerId): Promise<void> {
    await this.#offer(serverId, this.foundOf(serverId));
    this.#faces.reviewAgain(serverId, this.featuresOf(serverId));
    this.#bump(serverId);
  }

  async unlist(serverId: ServerId): Promise<void> {
    await this.#repository.unlist(serverId);
    this.#byServer.delete(serverId);
    this.#found.delete(serverId);
    this.#faces.forget(serverId);
    this.#bump(serverId);
  }

  async #offer(serverId: ServerId, found: readonly Feature[]): Promise<readonly Feature[]> {
    const offered = (await this.#guard?.review(serverId, found)) ?? found;
    this.#set(serverId, found, offered);
    return offered;
  }

  #set(serverId: ServerId, found: readonly Feature[], offered: readonly Feature[]): void {
    const old = this.featuresOf(serverId);
    this.#found.set(serverId, found);
    this.#byServer.set(serverId, offered);
    this.#faces.follow(serverId, old, offered);
    this.#bump(serverId);
  }

  #bump(serverId: ServerId): void {
    this.#version += 1;
    this.#versions.set(serverId, this.#version);
  }
}
