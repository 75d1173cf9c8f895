/**
 * catalogue/space-names — the names and URIs of everything in one Space, given once over the whole of it.
 *
 * Views show a part of it: what a caller does not see still has its name, so no choice of features renames another.
 * Knows nothing of: grants, who sees what.
 */
import type { Feature, FeatureKind, ServerId } from '../model/index.ts';
import { assignQualifiedNames } from './names.ts';
import { encodeResourceUri } from './resource-uris.ts';

/** URIs of our own begin so; a server that has such ones has them under its alias. */
const ownUriScheme = 'mcpmux:';

/** A server as names need it. */
export interface NamedServer {
  readonly id: ServerId;
  readonly alias: string;
  readonly features: readonly Feature[];
}

export class SpaceNames {
  readonly #servers: readonly NamedServer[];
  readonly #shown = new Map<string, string>();
  readonly #targets = new Map<string, { readonly server: NamedServer; readonly feature: Feature }>();

  /** @param servers all of the Space, in the order in which they are listed; switched off or not */
  constructor(servers: readonly NamedServer[]) {
    this.#servers = servers;
    for (const kind of ['tool', 'prompt'] as const) this.#nameAll(kind);
    for (const kind of ['resource', 'template'] as const) this.#addressAll(kind);
  }

  /** The name or URI by which clients of the Space know it; undefined when the Space does not have it. */
  shownName(serverId: ServerId, kind: FeatureKind, originalName: string): string | undefined {
    return this.#shown.get(keyOf(serverId, kind, originalName));
  }

  /** What a shown name stands for, whoever may see it. */
  find(kind: FeatureKind, shownName: string): { server: NamedServer; feature: Feature } | undefined {
    return this.#targets.get(`${kind}\u0000${shownName}`);
  }

  /** Everything of that kind by shown name, in listing order. */
  *all(kind: FeatureKind): Iterable<readonly [shownName: string, server: NamedServer, feature: Feature]> {
    for (const server of this.#servers)
      for (const feature of server.features) {
        if (feature.kind !== kind) continue;
        const name = this.shownName(server.id, kind, feature.originalName);
        if (name !== undefined) yield [name, server, feature];
      }
  }

  #nameAll(kind: 'tool' | 'prompt'): void {
    const items = this.#servers.flatMap((server) =>
      server.features
        .filter((feature) => feature.kind === kind)
        .map((feature) => ({ server, feature, alias: server.alias, originalName: feature.originalName })),
    );
    for (const [name, { server, feature }] of assignQualifiedNames(items)) this.#put(server, feature, name);
  }

  #addressAll(kind: 'resource' | 'template'): void {
    const taken = new Set<string>();
    for (const server of this.#servers)
      for (const feature of server.features) {
        if (feature.kind !== kind) continue;
        const { originalName, isRenamed } = feature;
        const shown =
          isRenamed === true || taken.has(originalName) || originalName.startsWith(ownUriScheme)
            ? encodeResourceUri(server.alias, originalName)
            : originalName;
        taken.add(shown);
        this.#put(server, feature, shown);
      }
  }

  #put(server: NamedServer, feature: Feature, name: string): void {
    this.#shown.set(keyOf(server.id, feature.kind, feature.originalName), name);
    this.#targets.set(`${feature.kind}\u0000${name}`, { server, feature });
  }
}

function keyOf(serverId: ServerId, kind: FeatureKind, originalName: string): string {
  return `${serverId}\u0000${kind}\u0000${originalName}`;
}
