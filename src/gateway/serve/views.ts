/**
 * gateway/serve/views — a caller becomes a grant, and a grant a view, made once and shared until something in it changes.
 *
 * A request that comes as the one before costs one or two lookups: the grant by what the caller says of itself, the view by
 * the grant. Sets are compiled, and views made, when something has changed and somebody asks.
 * Knows nothing of: how lists are written, connections.
 */
import {
  type AccessRegister,
  accessOf,
  type Grant,
  grantOfAll,
  resolveGrant,
  Selection,
} from '../../access/index.ts';
import {
  type Catalogue,
  type PresentTool,
  SpaceNames,
  View,
  type ViewServer,
} from '../../catalogue/index.ts';
import {
  type Caller,
  type FaceKey,
  type Feature,
  type FeatureSetId,
  faceKeysOf,
  type InstalledServer,
  type Principal,
  type Route,
  routeKey,
  type ServerId,
  type SpaceId,
} from '../../model/index.ts';

import { Presenters } from './presenters.ts';

/** Views of callers that see other faces of servers than the rest; the one that was made longest ago goes first. */
const faceViewsKept = 256;
/** Grants of callers without a session, for each principal; then they are resolved anew. */
const grantsKept = 256;
/** Views that nobody asked for since the last change of access are dropped beyond this many. */
const viewsKept = 1_024;

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
  /** The installed servers of which something is granted, oldest first. */
  readonly servers: readonly InstalledServer[];
}

interface Versions {
  readonly access: number;
  readonly catalogue: number;
  readonly installed: number;
  readonly host: number;
}

interface Kept extends GrantedView {
  readonly versions: Versions;
  readonly present: PresentTool | undefined;
  readonly names: SpaceNames;
}

/** What a grant makes of one server. */
interface Part {
  readonly server: InstalledServer;
  readonly chosen: readonly Feature[];
  readonly isWhole: boolean;
}

interface GrantsOf {
  readonly accessVersion: number;
  readonly byFacts: Map<string, Grant | undefined>;
}

export class Views {
  readonly #access: AccessRegister;
  readonly #installed: InstalledServers;
  readonly #catalogue: Catalogue;
  readonly #host: HostInViews | undefined;
  /** Of sessions: their caller stays the same object until their resolution changes. */
  readonly #grantsOfCallers = new WeakMap<
    Caller,
    { readonly version: number; readonly grant: Grant | undefined }
  >();
  readonly #grantsOfPrincipals = new WeakMap<Principal, GrantsOf>();
  readonly #presenters = new Presenters();
  readonly #kept = new Map<string, Kept>();
  /** The same for callers that see other faces, by grant and faces. */
  readonly #keptOfFaces = new Map<string, Kept>();
  readonly #names = new Map<SpaceId, { readonly versions: Versions; readonly names: SpaceNames }>();

  /** @param host offers tools beside the servers, where names are qualified */
  constructor(access: AccessRegister, installed: InstalledServers, catalogue: Catalogue, host?: HostInViews) {
    this.#access = access;
    this.#installed = installed;
    this.#catalogue = catalogue;
    this.#host = host;
  }

  /** What this caller sees. @returns undefined when its route addresses nothing */
  for(caller: Caller): GrantedView | undefined {
    const grant = this.grantOf(caller);
    if (grant === undefined) return undefined;
    const faces = this.#catalogue.facesFor(() => faceKeysOf(caller));
    return faces === undefined ? this.of(grant) : this.#withFaces(grant, faces);
  }

  /** What this caller may see, by the current snapshot. @returns undefined when its route addresses nothing */
  grantOf(caller: Caller): Grant | undefined {
    const { version } = this.#access;
    if (caller.sessionKey === undefined) return this.#grantWithoutSession(caller, version);
    const known = this.#grantsOfCallers.get(caller);
    if (known !== undefined && known.version === version) return known.grant;
    const grant = this.#resolve(caller);
    this.#grantsOfCallers.set(caller, { version, grant });
    return grant;
  }

  #grantWithoutSession(caller: Caller, version: number): Grant | undefined {
    const { principal, route, workspace, bridgeFolder } = caller;
    let grants = this.#grantsOfPrincipals.get(principal);
    if (grants === undefined || grants.accessVersion !== version) {
      grants = { accessVersion: version, byFacts: new Map() };
      this.#grantsOfPrincipals.set(principal, grants);
    }
    const { byFacts } = grants;
    const facts =
      workspace === undefined && bridgeFolder === undefined
        ? routeKey(route)
        : `${routeKey(route)}\n${workspace ?? ''}\n${bridgeFolder ?? ''}`;
    const known = byFacts.get(facts);
    if (known !== undefined || byFacts.has(facts)) return known;
    const grant = this.#resolve(caller);
    if (byFacts.size >= grantsKept) byFacts.clear();
    byFacts.set(facts, grant);
    return grant;
  }

  #resolve({ principal, route, workspace, roots, bridgeFolder }: Caller): Grant | undefined {
    const { snapshot } = this.#access;
    const access = accessOf(principal);
    return resolveGrant({ route, access, workspace, roots, bridgeFolder }, snapshot);
  }

  /** What everybody sees who has this grant and sees the primary faces. @returns undefined when it is of a server that is not there */
  of(grant: Grant): GrantedView | undefined {
    const kept = this.#kept.get(grant.key);
    if (kept !== undefined && this.#isCurrent(kept.versions)) return kept;
    const made = this.#make(grant, kept);
    if (made === undefined) {
      this.#kept.delete(grant.key);
      return undefined;
    }
    this.#kept.set(grant.key, made);
    if (this.#kept.size > viewsKept) this.#dropOutdated();
    return made;
  }

  #withFaces(grant: Grant, faces: FacesSeen): GrantedView | undefined {
    let key = grant.key;
    for (const [serverId, face] of faces) key += `\n${serverId} ${face}`;
    const kept = this.#keptOfFaces.get(key);
    if (kept !== undefined && this.#isCurrent(kept.versions)) return kept;
    const made = this.#make(grant, kept, faces);
    this.#keptOfFaces.delete(key);
    if (made === undefined) return undefined;
    this.#keptOfFaces.set(key, made);
    if (this.#keptOfFaces.size > faceViewsKept) {
      const oldest = this.#keptOfFaces.keys().next().value;
      if (oldest !== undefined) this.#keptOfFaces.delete(oldest);
    }
    return made;
  }

  /** Does the route address anything for this principal? A server may turn out to be in another Space than its folder leads to. */
  exists(principal: Principal, route: Route): boolean {
    const { snapshot } = this.#access;
    const access = accessOf(principal);
    const grant = resolveGrant({ route, access }, snapshot);
    if (grant === undefined || route.kind !== 'server') return grant !== undefined;
    const isBound = route.space !== undefined || grant.signal === 'lock' || access?.spaceLock !== undefined;
    return this.#installed
      .all()
      .some(
        (server) =>
          server.isEnabled &&
          server.alias === route.alias &&
          (!isBound || server.spaceId === grant.spaceId) &&
          this.#isReachable(server, grant.isOutside),
      );
  }

  /** Through a tunnel only what was chosen for it. */
  #isReachable({ id }: InstalledServer, isOutside: boolean): boolean {
    return !isOutside || this.#access.snapshot.parts.exposed?.has(id) === true;
  }

  /** The names of everything in a Space, whoever may see it. */
  namesOf(spaceId: SpaceId): SpaceNames {
    const kept = this.#names.get(spaceId);
    const versions = this.#versions();
    if (
      kept !== undefined &&
      kept.versions.catalogue === versions.catalogue &&
      kept.versions.installed === versions.installed &&
      kept.versions.host === versions.host
    )
      return kept.names;
    const hosted = this.#host?.offeredTo(grantOfAll(spaceId));
    const names = new SpaceNames([
      ...(hosted === undefined ? [] : [hosted]),
      ...this.#installed
        .all()
        .filter((server) => server.spaceId === spaceId)
        .map(({ id, alias }) => ({ id, alias, features: this.#catalogue.everythingOf(id) })),
    ]);
    this.#names.set(spaceId, { versions, names });
    return names;
  }

  /** What these sets choose together. */
  selectionOf(setIds: readonly FeatureSetId[]): Selection {
    const { snapshot } = this.#access;
    return new Selection(
      setIds.flatMap((id) => snapshot.set(id) ?? []),
      (id) => snapshot.set(id),
    );
  }

  #versions(): Versions {
    return {
      access: this.#access.version,
      catalogue: this.#catalogue.version,
      installed: this.#installed.version,
      host: this.#host?.version ?? 0,
    };
  }

  #isCurrent({ access, catalogue, installed, host }: Versions): boolean {
    return (
      catalogue === this.#catalogue.version &&
      access === this.#access.version &&
      installed === this.#installed.version &&
      host === (this.#host?.version ?? 0)
    );
  }

  #dropOutdated(): void {
    for (const [key, { versions }] of this.#kept) if (!this.#isCurrent(versions)) this.#kept.delete(key);
    if (this.#kept.size > viewsKept) this.#kept.clear();
  }

  #make(grant: Grant, old: Kept | undefined, faces?: FacesSeen): Kept | undefined {
    const inSpace = this.#installed.all().filter((server) => server.spaceId === grant.spaceId);
    const enabled = inSpace.filter(
      (server) => server.isEnabled && this.#isReachable(server, grant.isOutside),
    );
    const asked =
      grant.alias === undefined ? enabled : enabled.filter((server) => server.alias === grant.alias);
    if (grant.alias !== undefined && asked.length === 0) return undefined;
    const parts = this.#choose(grant, asked, faces);
    // Nothing of it is granted: as if it were not there.
    if (grant.alias !== undefined && parts.length === 0 && !grant.isPending) return undefined;
    const servers = parts.map(({ server }) => server);
    const versions = this.#versions();
    // On a server's own URL it is alone.
    const hosted = grant.usesOriginalNames || grant.isOutside ? undefined : this.#host?.offeredTo(grant);
    const names = this.namesOf(grant.spaceId);
    // Something changed somewhere; the view itself is kept when nothing in it did, and its written lists with it.
    const present = this.#presenters.for(
      this.#access.snapshot.parts.presentations,
      grant.spaceId,
      grant.setIds,
    );
    if (old !== undefined && looksSame(old, present, names) && showsSame(old, hosted, parts, names)) {
      return { grant, view: old.view, servers, versions, present, names };
    }
    const view = new View(
      [
        ...(hosted === undefined ? [] : [hosted]),
        ...parts.map(({ server, chosen, isWhole }) => ({
          id: server.id,
          name: server.name,
          alias: server.alias,
          features: chosen,
          isWhole,
        })),
      ],
      grant.usesOriginalNames,
      names,
      present,
    );
    return { grant, view, servers, versions, present, names };
  }

  /** Of each server what is granted; one of which nothing is granted is not there. */
  #choose(grant: Grant, servers: readonly InstalledServer[], faces: FacesSeen | undefined): Part[] {
    if (grant.takesAll)
      return servers.map((server) => {
        const offered = this.#catalogue.featuresOf(server.id, faces?.get(server.id));
        return { server, chosen: offered, isWhole: true };
      });
    if (grant.setIds.length === 0) return [];
    const selection = this.selectionOf(grant.setIds);
    const bound = grant.boundIds === undefined ? undefined : this.selectionOf(grant.boundIds);
    return servers.flatMap((server) => {
      const offered = this.#catalogue.featuresOf(server.id, faces?.get(server.id));
      const isWhole = selection.isWhole(server) && bound?.isWhole(server) !== false;
      const chosen = isWhole
        ? offered
        : offered.filter(
            (feature) => selection.has(feature, server) && bound?.has(feature, server) !== false,
          );
      return isWhole || chosen.length > 0 ? [{ server, chosen, isWhole }] : [];
    });
  }
}

/** Whether a name that a person chose is free depends on all names of the Space. */
function looksSame(old: Kept, present: PresentTool | undefined, names: SpaceNames): boolean {
  return old.present === present && (present === undefined || old.names === names);
}

function showsSame(
  { view, names: oldNames }: Kept,
  hosted: ViewServer | undefined,
  parts: readonly Part[],
  names: SpaceNames,
): boolean {
  const { servers } = view;
  const hosts = hosted === undefined ? 0 : 1;
  if (servers.length !== parts.length + hosts) return false;
  if (hosted !== undefined && servers[0] !== hosted) return false;
  return parts.every(({ server, chosen, isWhole }, at) => {
    const shown = servers[at + hosts];
    return (
      shown !== undefined &&
      shown.id === server.id &&
      shown.alias === server.alias &&
      shown.name === server.name &&
      shown.isWhole === isWhole &&
      isSameList(shown.features, chosen) &&
      (view.usesOriginalNames || names === oldNames || hasSameNames(view, shown, names))
    );
  });
}

function isSameList(one: readonly Feature[], other: readonly Feature[]): boolean {
  return one === other || (one.length === other.length && one.every((feature, at) => feature === other[at]));
}

/** Another server may have come first with a name. */
function hasSameNames(view: View, { id, features }: ViewServer, names: SpaceNames): boolean {
  return features.every(({ kind, originalName }) => {
    const name = names.shownName(id, kind, originalName);
    return name !== undefined && view.find(kind, name)?.serverId === id;
  });
}
