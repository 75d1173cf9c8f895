/**
 * gateway/serve/views — a caller's route becomes a view, made once and shared until something in it changes.
 *
 * Knows nothing of: how lists are written, connections.
 */
import { type Grant, resolveGrant } from '../../access/index.ts';
import { type Catalogue, View } from '../../catalogue/index.ts';
import type { InstalledServer, Route } from '../../model/index.ts';

/** The servers of every Space, as they are installed now, oldest first. manage/ keeps it current. */
export interface InstalledServers {
  all(): readonly InstalledServer[];
  /** Changes with every change of the list. */
  readonly version: number;
}

export interface GrantedView {
  readonly grant: Grant;
  readonly view: View;
}

interface Kept extends GrantedView {
  readonly catalogueVersion: number;
  readonly installedVersion: number;
}

export class Views {
  readonly #installed: InstalledServers;
  readonly #catalogue: Catalogue;
  readonly #kept = new Map<string, Kept>();

  constructor(installed: InstalledServers, catalogue: Catalogue) {
    this.#installed = installed;
    this.#catalogue = catalogue;
  }

  /** @returns undefined when the route addresses nothing */
  of(route: Route): GrantedView | undefined {
    const key = route.kind === 'all' ? route.spaceId : `${route.spaceId}/${route.alias}`;
    const kept = this.#kept.get(key);
    if (
      kept !== undefined &&
      kept.catalogueVersion === this.#catalogue.version &&
      kept.installedVersion === this.#installed.version
    ) {
      return kept;
    }
    return this.#renew(key, route, kept);
  }

  #renew(key: string, route: Route, old: Kept | undefined): GrantedView | undefined {
    const grant = resolveGrant(route, this.#installed.all());
    if (grant === undefined) {
      this.#kept.delete(key);
      return undefined;
    }
    const versions = { catalogueVersion: this.#catalogue.version, installedVersion: this.#installed.version };
    // Something changed somewhere; the view itself is kept when nothing in it did, and its written lists with it.
    if (
      old !== undefined &&
      isSame(old.grant, grant) &&
      old.view.servers.every((server) => server.features === this.#catalogue.featuresOf(server.id))
    ) {
      const kept = { ...old, ...versions };
      this.#kept.set(key, kept);
      return kept;
    }
    const view = new View(
      grant.servers.map((server) => ({
        id: server.id,
        name: server.name,
        alias: server.alias,
        features: this.#catalogue.featuresOf(server.id),
      })),
      grant.usesOriginalNames,
    );
    const made = { grant, view, ...versions };
    this.#kept.set(key, made);
    return made;
  }
}

function isSame(a: Grant, b: Grant): boolean {
  return (
    a.servers.length === b.servers.length &&
    a.servers.every((server, at) => {
      const other = b.servers[at];
      return (
        other !== undefined &&
        server.id === other.id &&
        server.alias === other.alias &&
        server.name === other.name
      );
    })
  );
}
