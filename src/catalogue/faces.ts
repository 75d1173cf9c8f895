/**
 * catalogue/faces — what servers offer on legs other than their primary one: in the other era, or to a single client.
 *
 * A face that shows the same as the primary leg is none: its callers see the shared lists, and share what is written of
 * them. Faces live in memory; legs bring them anew.
 * Knows nothing of: legs, who calls.
 *
 * @see docs/decisions/private-legs.md
 */
import { newId } from '../base/index.ts';
import {
  type DefinitionGuard,
  type DiscoveredFeatures,
  type FaceKey,
  type Feature,
  type FeatureId,
  type FeatureKind,
  featureKinds,
  nameOfItem,
  type ServerId,
} from '../model/index.ts';
import type { RawJson } from '../protocol/index.ts';

const listsByKind: Readonly<Record<FeatureKind, keyof DiscoveredFeatures>> = {
  tool: 'tools',
  prompt: 'prompts',
  resource: 'resources',
  template: 'templates',
};

export class Faces {
  /** Of each server the faces by key, in the server's own order; equal to the primary features where they show the same. */
  readonly #byServer = new Map<ServerId, Map<FaceKey, readonly Feature[]>>();
  /** What was found on each, also what is held. */
  readonly #found = new Map<ServerId, Map<FaceKey, readonly Feature[]>>();
  readonly #guard: DefinitionGuard | undefined;

  /** @param guard decides what is offered; undefined = everything is */
  constructor(guard?: DefinitionGuard) {
    this.#guard = guard;
  }

  /** The servers that have any face beside the primary one. */
  servers(): Iterable<ServerId> {
    return this.#byServer.keys();
  }

  get isEmpty(): boolean {
    return this.#byServer.size === 0;
  }

  /** The first of these keys under which the server shows something else than `primary`. */
  find(serverId: ServerId, keys: readonly FaceKey[], primary: readonly Feature[]): FaceKey | undefined {
    const faces = this.#byServer.get(serverId);
    if (faces === undefined) return undefined;
    for (const key of keys) {
      const features = faces.get(key);
      // A face that shows the same stands for the primary one: what follows it does not count for this caller.
      if (features !== undefined) return features === primary ? undefined : key;
    }
    return undefined;
  }

  featuresOf(serverId: ServerId, key: FaceKey): readonly Feature[] | undefined {
    return this.#byServer.get(serverId)?.get(key);
  }

  /** All that a server offers on some face and not on its primary one. */
  *beside(serverId: ServerId, primary: readonly Feature[]): Iterable<Feature> {
    const seen = new Set(primary.map(nameKey));
    for (const features of this.#byServer.get(serverId)?.values() ?? []) {
      for (const feature of features) {
        const key = nameKey(feature);
        if (seen.has(key)) continue;
        seen.add(key);
        yield feature;
      }
    }
  }

  /**
   * A leg has read its lists; one that is undefined did not come, and the old one stays.
   *
   * @param discovered undefined = there is no such face any more
   * @param primary    what the primary leg offers
   * @param found      what it shows, also what is held
   * @returns          whether somebody sees something else now
   */
  set(
    serverId: ServerId,
    key: FaceKey,
    discovered: DiscoveredFeatures | undefined,
    primary: readonly Feature[],
    found: readonly Feature[] = primary,
  ): boolean {
    const faces = this.#byServer.get(serverId) ?? new Map<FaceKey, readonly Feature[]>();
    const old = faces.get(key) ?? primary;
    if (discovered === undefined) {
      faces.delete(key);
      this.#found.get(serverId)?.delete(key);
      this.#guard?.reviewFace(serverId, key, []);
      if (faces.size === 0) this.forget(serverId);
      return old !== primary;
    }
    const shown = this.#found.get(serverId) ?? new Map<FaceKey, readonly Feature[]>();
    const known = shown.get(key) ?? old;
    const here = featuresFrom(serverId, discovered, known, found);
    shown.set(key, here);
    this.#found.set(serverId, shown);
    const read = this.#review(serverId, key, here);
    const features = showSame(read, primary) ? primary : showSame(read, old) ? old : read;
    faces.set(key, features);
    this.#byServer.set(serverId, faces);
    return features !== old;
  }

  /** The primary features are others now. */
  follow(serverId: ServerId, old: readonly Feature[], primary: readonly Feature[]): void {
    const faces = this.#byServer.get(serverId);
    if (faces === undefined) return;
    // Faces of an era are as available as their server; those of a client live with its leg.
    const isAway = primary.length > 0 && primary.every((feature) => !feature.isAvailable);
    for (const [key, features] of faces) {
      const own = features === old && isAway ? primary : features;
      const current = key.startsWith('era:') ? own.map((one) => ({ ...one, isAvailable: !isAway })) : own;
      faces.set(key, showSame(current, primary) ? primary : current);
    }
  }

  /** What may be offered is another question now. */
  reviewAgain(serverId: ServerId, primary: readonly Feature[]): void {
    const faces = this.#byServer.get(serverId);
    for (const [key, found] of this.#found.get(serverId) ?? []) {
      const features = this.#review(serverId, key, found);
      faces?.set(key, showSame(features, primary) ? primary : features);
    }
    this.follow(serverId, primary, primary);
  }

  #review(serverId: ServerId, key: FaceKey, found: readonly Feature[]): readonly Feature[] {
    return this.#guard?.reviewFace(serverId, key, found) ?? found;
  }

  forget(serverId: ServerId): void {
    this.#byServer.delete(serverId);
    this.#found.delete(serverId);
  }
}

function featuresFrom(
  serverId: ServerId,
  discovered: DiscoveredFeatures,
  old: readonly Feature[],
  primary: readonly Feature[],
): Feature[] {
  const known = new Map<string, Feature>();
  for (const feature of [...old, ...primary]) known.set(nameKey(feature), feature);
  const features: Feature[] = [];
  for (const kind of featureKinds) {
    const items: readonly RawJson[] | undefined = discovered[listsByKind[kind]];
    if (items === undefined) {
      features.push(...old.filter((feature) => feature.kind === kind));
      continue;
    }
    for (const [position, item] of items.entries()) {
      const originalName = nameOfItem(kind, item);
      if (originalName === undefined) continue;
      const former = known.get(nameKey({ kind, originalName }));
      features.push({
        id: former?.id ?? newId<FeatureId>(),
        serverId,
        kind,
        originalName,
        item,
        position,
        isAvailable: true,
        // A URI is given once, whichever face shows it.
        ...(former?.isRenamed === true && { isRenamed: true }),
      });
    }
  }
  return features;
}

function showSame(one: readonly Feature[], other: readonly Feature[]): boolean {
  return (
    one === other ||
    (one.length === other.length &&
      one.every((feature, at) => {
        const same = other[at];
        return (
          same !== undefined &&
          feature.kind === same.kind &&
          feature.originalName === same.originalName &&
          feature.isAvailable === same.isAvailable &&
          (feature.item === same.item || feature.item.bytes.equals(same.item.bytes))
        );
      }))
  );
}

function nameKey({ kind, originalName }: Pick<Feature, 'kind' | 'originalName'>): string {
  return `${kind}\u0000${originalName}`;
}
