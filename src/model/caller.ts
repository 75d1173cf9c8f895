/**
 * model/caller — who calls, through which door, and what their client can do.
 */
import type { Brand, JsonObject } from '../base/index.ts';
import type { AccessLimits, ClientKind } from './client.ts';
import type { Era, Revision } from './era.ts';
import type { ClientId } from './ids.ts';

/**
 * Stable id of whoever a credential stands for: `client:<id>`. Sessions, parked calls, queues and cursors are bound to it,
 * so they outlive a change of key.
 */
export type PrincipalId = Brand<string, 'PrincipalId'>;

/**
 * Who calls. One object for each live credential, which lives as long as the credential: auth/ alone changes it, when the
 * client is renamed, narrowed or shut out. Read it anew; keep the object, not copies of what it says.
 */
export interface Principal {
  readonly id: PrincipalId;
  /** `admin`: the person who tries a tool through the admin API. */
  readonly kind: ClientKind | 'admin';
  /** For people: the client's name. */
  readonly name: string;
  readonly clientId: ClientId;
  /** The key or the grant that it came with; undefined where there is none. */
  readonly credentialId: string | undefined;
  /** What the client is held to. */
  readonly limits: AccessLimits;
  /** What the credential is held to, beside that. */
  readonly credentialLimits: AccessLimits;
  /** False from the moment that it may no longer act. */
  readonly isLive: boolean;
  /** It comes through a tunnel: it sees only the servers that were chosen for that. */
  readonly isOutside?: boolean;
}

const outsideMark = '@outside';
const outsiders = new WeakMap<Principal, Principal>();

/**
 * The same client when it comes through a tunnel: another principal, so that neither a session nor a view of one is used by
 * the other. It follows all changes of the first.
 */
export function outsidePrincipal(principal: Principal): Principal {
  let outside = outsiders.get(principal);
  if (outside === undefined) {
    outside = Object.create(principal, {
      id: { value: outsideIdOf(principal.id), enumerable: true },
      isOutside: { value: true, enumerable: true },
    }) as Principal;
    outsiders.set(principal, outside);
  }
  return outside;
}

/** @returns undefined when it is one of outside already */
export function outsideIdOf(id: PrincipalId): PrincipalId | undefined {
  return id.endsWith(outsideMark) ? undefined : (`${id}${outsideMark}` as PrincipalId);
}

export function principalIdOf(clientId: ClientId): PrincipalId {
  return `client:${clientId}` as PrincipalId;
}

/** Which part of the catalogue a URL addresses. Slugs and aliases are the client's text: nothing of it is known to exist. */
export type Route =
  /** `/mcp`: what the caller is granted. */
  | { readonly kind: 'all' }
  /** `/spaces/<slug>/mcp` */
  | { readonly kind: 'space'; readonly space: string }
  /** `/sets/<slug>/mcp` */
  | { readonly kind: 'set'; readonly set: string }
  /** `/servers/<alias>/mcp`, or in a Space of its own: `/spaces/<slug>/servers/<alias>/mcp` */
  | { readonly kind: 'server'; readonly alias: string; readonly space?: string | undefined };

/** Equal for equal routes, different for others. */
export function routeKey(route: Route): string {
  switch (route.kind) {
    case 'all':
      return '/';
    case 'space':
      return `/spaces/${route.space}`;
    case 'set':
      return `/sets/${route.set}`;
    case 'server':
      return route.space === undefined
        ? `/servers/${route.alias}`
        : `/spaces/${route.space}/servers/${route.alias}`;
  }
}

/** What is known of the folders that a legacy client says it works in (`roots/list`). */
export type ReportedRoots =
  /** It has been asked, or is about to be; what it answers decides. */
  | { readonly state: 'pending' }
  /** It did not answer within the grace. */
  | { readonly state: 'lapsed' }
  /** As it wrote them, in its order; may be empty. */
  | { readonly state: 'arrived'; readonly uris: readonly string[] };

export interface ClientFacts {
  readonly era: Era;
  readonly revision: Revision;
  /** As the client sent it; display only, never an identity. */
  readonly info: JsonObject | undefined;
  /** As the client declared them: at `initialize`, or with this very request. */
  readonly capabilities: JsonObject;
}

export interface Caller {
  readonly principal: Principal;
  readonly route: Route;
  readonly client: ClientFacts;
  /** Legacy: the session. Modern: undefined. Also the key of a private leg. */
  readonly sessionKey: string | undefined;
  /** What the client named in `X-Mcpmux-Workspace`: a folder or an id of its own choosing. A claim, not an identity. */
  readonly workspace?: string | undefined;
  /** Undefined: it has none to report, or said so. A claim, not an identity. */
  readonly roots?: ReportedRoots | undefined;
  /** The folder in which our stdio bridge was started for it. A claim, not an identity. */
  readonly bridgeFolder?: string | undefined;
}

/** Whose private leg it is when a client has one: the legacy session, or in the modern era whoever comes as this client. */
export function clientOwner(caller: Caller): string {
  if (caller.sessionKey !== undefined) return caller.sessionKey;
  return `${caller.principal.id}/${nameOfClient(caller) ?? ''}/${caller.workspace ?? ''}`;
}

/** Whose private leg it is when clients of one workspace share one. */
export function workspaceOwner(caller: Caller): string | undefined {
  return caller.workspace === undefined ? undefined : `workspace:${caller.principal.id}/${caller.workspace}`;
}

/** Whose view of a server it is, where that differs from what its primary leg shows. */
export type FaceKey = `era:${Era}` | `owner:${string}`;

/** The faces of a server that this caller may see, the closest first: its own leg's, then its era's. */
export function faceKeysOf(caller: Caller): readonly FaceKey[] {
  const workspace = workspaceOwner(caller);
  const own: FaceKey[] = [`owner:${clientOwner(caller)}`, `era:${caller.client.era}`];
  return workspace === undefined ? own : [`owner:${workspace}`, ...own];
}

/**
 * Are two calls of one client? Certain of a legacy session. Modern clients have none: those of one principal that call
 * themselves by one name and work in one workspace count as one; a client without a name is never another's equal.
 */
export function isSameClient(one: Caller, other: Caller): boolean {
  if (one === other) return true;
  if (one.sessionKey !== undefined || other.sessionKey !== undefined)
    return one.sessionKey === other.sessionKey;
  const name = nameOfClient(one);
  return (
    name !== undefined &&
    name === nameOfClient(other) &&
    one.principal.id === other.principal.id &&
    one.workspace === other.workspace
  );
}

/** What it calls itself; a claim. */
export function nameOfClient(caller: Caller): string | undefined {
  const name = caller.client.info?.['name'];
  return typeof name === 'string' ? name : undefined;
}
