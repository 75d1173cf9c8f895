/**
 * catalogue/catalogue — everything all servers offer, in memory, as the store knows it.
 *
 * In: what discovery found. Out: features by server, at once and without I/O.
 * Durable first: the store is written, then memory, then the event (by upstream/, which knows the occasion).
 * Knows nothing of: who may see what, eras, list shapes.
 */
import type {
  CatalogueRepository,
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
  readonly #byServer = new Map<ServerId, readonly Feature[]>();
  readonly #versions = new Map<ServerId, number>();
  readonly #faces = new Faces();
  #version = 0;

  constructor(repository: CatalogueRepository) {
    this.#repository = repository;
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
    for (const [serverId, group] of groups) this.#set(serverId, group);
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
    const isNews = this.#faces.set(serverId, key, discovered, this.featuresOf(serverId));
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
    this.#set(serverId, replaced.features);
    return replaced;
  }

  async setAvailability(serverId: ServerId, isAvailable: boolean): Promise<void> {
    await this.#repository.setAvailability(serverId, isAvailable);
    this.#set(
      serverId,
      this.featuresOf(serverId).map((feature) => ({ ...feature, isAvailable })),
    );
  }

  async unlist(serverId: ServerId): Promise<void> {
    await this.#repository.unlist(serverId);
    this.#byServer.delete(serverId);
    this.#faces.forget(serverId);
    this.#bump(serverId);
  }

  #set(serverId: ServerId, features: readonly Feature[]): void {
    const old = this.featuresOf(serverId);
    this.#byServer.set(serverId, features);
    this.#faces.follow(serverId, old, features);
    this.#bump(serverId);
  }

  #bump(serverId: ServerId): void {
    this.#version += 1;
    this.#versions.set(serverId, this.#version);
  }
}
