/**
 * gateway/serve/views — a caller's route becomes a view, made once and shared until something in it changes.
 *
 * Knows nothing of: how lists are written, connections.
 */
import { type Grant, resolveGrant } from '../../access/index.ts';
import { type Catalogue, View, type ViewServer } from '../../catalogue/index.ts';
import {
  type Caller,
  type FaceKey,
  faceKeysOf,
  type InstalledServer,
  type Route,
  type ServerId,
} from '../../model/index.ts';

/** Views of callers that see other faces of servers than the rest; the one that was made longest ago goes first. */
const faceViewsKept = 256;

type FacesSeen = ReadonlyMap<ServerId, FaceKey>;

/** The servers of every Space, as they are installed now, oldest first. manage/ keeps it current. */
export interface InstalledServers {
  all(): readonly InstalledServer[];
  /** Changes with every change of the list. */
  readonly version: number;
}

/** What stands in views beside the installed servers, as one more of them. */
export interface HostInViews {
  readonly id: ServerId;
  /** Counts up with every change of what `offeredTo` gives. */
  readonly version: number;
  /** As callers of this grant see it: the same object as long as it is the same. @returns undefined when they see nothing of it */
  offeredTo(grant: Grant): ViewServer | undefined;
}

export interface GrantedView {
  readonly grant: Grant;
  readonly view: View;
}

interface Kept extends GrantedView {
  readonly catalogueVersion: number;
  readonly installedVersion: number;
  readonly hostVersion: number;
}

export class Views {
  readonly #installed: InstalledServers;
  readonly #catalogue: Catalogue;
  readonly #host: HostInViews | undefined;
  readonly #kept = new Map<string, Kept>();
  /** The same for callers that see other faces, by route and faces. */
  readonly #keptOfFaces = new Map<string, Kept>();

  /** @param host offers tools beside the servers, where names are qualified */
  constructor(installed: InstalledServers, catalogue: Catalogue, host?: HostInViews) {
    this.#installed = installed;
    this.#catalogue = catalogue;
    this.#host = host;
  }

  /** What this caller sees. @returns undefined when its route addresses nothing */
  for(caller: Caller): GrantedView | undefined {
    const faces = this.#catalogue.facesFor(() => faceKeysOf(caller));
    return faces === undefined ? this.of(caller.route) : this.#withFaces(caller.route, faces);
  }

  /** What everybody sees who sees the primary faces. @returns undefined when the route addresses nothing */
  of(route: Route): GrantedView | undefined {
    const key = keyOf(route);
    const kept = this.#kept.get(key);
    if (kept !== undefined && this.#isCurrent(kept)) return kept;
    const made = this.#make(route, kept);
    if (made === undefined) this.#kept.delete(key);
    else this.#kept.set(key, made);
    return made;
  }

  #withFaces(route: Route, faces: FacesSeen): GrantedView | undefined {
    let key = keyOf(route);
    for (const [serverId, face] of faces) key += `\n${serverId} ${face}`;
    const kept = this.#keptOfFaces.get(key);
    if (kept !== undefined && this.#isCurrent(kept)) return kept;
    const made = this.#make(route, kept, faces);
    this.#keptOfFaces.delete(key);
    if (made === undefined) return undefined;
    this.#keptOfFaces.set(key, made);
    if (this.#keptOfFaces.size > faceViewsKept) {
      const oldest = this.#keptOfFaces.keys().next().value;
      if (oldest !== undefined) this.#keptOfFaces.delete(oldest);
    }
    return made;
  }

  #isCurrent({ catalogueVersion, installedVersion, hostVersion }: Kept): boolean {
    return (
      catalogueVersion === this.#catalogue.version &&
      installedVersion === this.#installed.version &&
      hostVersion === (this.#host?.version ?? 0)
    );
  }

  #make(route: Route, old: Kept | undefined, faces?: FacesSeen): Kept | undefined {
    const grant = resolveGrant(route, this.#installed.all());
    if (grant === undefined) return undefined;
    const featuresOf = ({ id }: { readonly id: ServerId }) => this.#catalogue.featuresOf(id, faces?.get(id));
    const versions = {
      catalogueVersion: this.#catalogue.version,
      installedVersion: this.#installed.version,
      hostVersion: this.#host?.version ?? 0,
    };
    // On a server's own URL it is alone.
    const hosted = grant.usesOriginalNames ? undefined : this.#host?.offeredTo(grant);
    const ours = hosted === undefined ? [] : [hosted];
    // Something changed somewhere; the view itself is kept when nothing in it did, and its written lists with it.
    if (
      old !== undefined &&
      isSame(old.grant, grant) &&
      old.view.servers.length === grant.servers.length + ours.length &&
      old.view.servers.every((server) =>
        server.id === this.#host?.id ? server === hosted : server.features === featuresOf(server),
      )
    ) {
      return { ...old, ...versions };
    }
    const withFeatures = (server: InstalledServer): ViewServer => ({
      id: server.id,
      name: server.name,
      alias: server.alias,
      features: featuresOf(server),
    });
    const inSpace = this.#installed.all().filter((server) => server.spaceId === route.spaceId);
    const view = new View([...ours, ...grant.servers.map(withFeatures)], grant.usesOriginalNames, [
      ...ours,
      ...inSpace.map(withFeatures),
    ]);
    return { grant, view, ...versions };
  }
}

function keyOf(route: Route): string {
  return route.kind === 'all' ? route.spaceId : `${route.spaceId}/${route.alias}`;
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
