/**
 * gateway/manage/why — explains what a caller sees, also one that does not exist yet.
 *
 * The same resolution and the same views that calls go through, asked with facts that a person gives.
 * Knows nothing of: HTTP, the command line.
 */
import {
  type AccessRegister,
  accessOf,
  type CallerFacts,
  type ClientProfile,
  type Grant,
  type PrincipalAccess,
  profileOf,
  resolveGrant,
  warningsFor,
} from '../../access/index.ts';
import { shellQuote } from '../../base/index.ts';
import { type SpaceNames, similarNames, type View } from '../../catalogue/index.ts';
import {
  type AccessLimits,
  type ApiKey,
  type Client,
  type FeatureKind,
  type FeatureSet,
  featureKinds,
  type InstalledServer,
  nameOf,
  noLimits,
  principalIdOf,
  type Route,
  type Space,
} from '../../model/index.ts';
import { gatewayError } from '../errors.ts';
import type { InstalledServers, Views } from '../serve/views.ts';
import { requireSet, requireSpace } from './find-access.ts';
import { writeMember } from './set-members.ts';

/** Of whom is asked. What is not named is not known of the caller. */
export interface WhyQuestion {
  /** Name, alias or id; one that is not there is taken for one that nobody has bound to anything. */
  readonly client?: string | undefined;
  /** Name or id of a key: its client is asked for, within what the key allows. */
  readonly key?: string | undefined;
  /** The client works here, and says so. */
  readonly folder?: string | undefined;
  /** `X-Mcpmux-Workspace`. */
  readonly header?: string | undefined;
  /** It comes by `/spaces/<slug>/mcp`, `/sets/<slug>/mcp`, `/servers/<alias>/mcp`. */
  readonly urlSpace?: string | undefined;
  readonly urlSet?: string | undefined;
  readonly urlServer?: string | undefined;
  /** A name as clients see it. */
  readonly tool?: string | undefined;
}

export interface Caller {
  readonly name: string | undefined;
  /** False: there is no such client; the answer is what one would get that nobody bound to anything. */
  readonly isKnown: boolean;
  /** What it calls itself, or what was asked for. */
  readonly appName: string | undefined;
}

export interface ToolVerdict {
  readonly name: string;
  readonly isThere: boolean;
  /** Why, in words. */
  readonly says: string;
  /** Members that spoke for and against it. */
  readonly includedBy: readonly string[];
  readonly excludedBy: readonly string[];
  readonly nearest: readonly string[];
  /** A command that changes it. */
  readonly change: string | undefined;
}

export interface Why {
  /** Of the snapshot that answered. */
  readonly version: number;
  readonly caller: Caller;
  readonly grant: Grant;
  readonly space: Space;
  readonly sets: readonly FeatureSet[];
  readonly servers: readonly InstalledServer[];
  /** What it would see listed now, in order. */
  readonly view: Readonly<Record<FeatureKind, readonly string[]>>;
  readonly tool: ToolVerdict | undefined;
  /** What is known of such a client. */
  readonly profile: ClientProfile | undefined;
  /** What of the list such a client could not use. */
  readonly warnings: readonly string[];
}

export interface WhyOptions {
  readonly access: AccessRegister;
  readonly views: Views;
  readonly installed: InstalledServers;
  readonly clients: { list(): readonly Client[] };
  readonly keys: { list(): readonly ApiKey[] };
}

export class WhyControl {
  readonly #options: WhyOptions;

  constructor(options: WhyOptions) {
    this.#options = options;
  }

  /** @throws gateway.no_such_space, gateway.no_such_set, gateway.nothing_there, gateway.no_such_key */
  explain(question: WhyQuestion): Why {
    const { access, views } = this.#options;
    const { snapshot } = access;
    const { caller, facts } = this.factsOf(question);
    const grant = resolveGrant(facts, snapshot);
    const granted = grant === undefined ? undefined : views.of(grant);
    if (grant === undefined || granted === undefined)
      throw gatewayError('nothing_there', { who: caller.name ?? 'this caller' });
    const { view, servers } = granted;
    const profile = profileOf(caller.appName);
    const list = (kind: FeatureKind) => [...view.list(kind)].map(({ shownName }) => shownName);
    return {
      version: snapshot.version,
      caller,
      grant,
      space: requireSpace(snapshot, grant.spaceId),
      sets: grant.setIds.flatMap((id) => snapshot.set(id) ?? []),
      servers,
      view: {
        tool: list('tool'),
        prompt: list('prompt'),
        resource: list('resource'),
        template: list('template'),
      },
      tool: question.tool === undefined ? undefined : this.#judge(question.tool, grant, view),
      profile,
      warnings: profile === undefined ? [] : warningsFor(profile, list('tool')),
    };
  }

  /** What a call of such a caller would be resolved by. @throws gateway.no_such_key, gateway.no_such_space, gateway.no_such_set */
  factsOf(question: WhyQuestion): { readonly caller: Caller; readonly facts: CallerFacts } {
    const { caller, access } = this.#who(question);
    return {
      caller,
      facts: {
        route: this.#route(question),
        access,
        workspace: question.header,
        roots: question.folder === undefined ? undefined : { state: 'arrived', uris: [question.folder] },
      },
    };
  }

  #who({ client, key }: WhyQuestion): { caller: Caller; access: PrincipalAccess | undefined } {
    const clients = this.#options.clients.list();
    let ofKey: AccessLimits = noLimits;
    let found: Client | undefined;
    if (key !== undefined) {
      const wanted = key.toLowerCase();
      const it = this.#options.keys
        .list()
        .find((one) => one.revokedAt === undefined && (one.name.toLowerCase() === wanted || one.id === key));
      if (it === undefined) throw gatewayError('no_such_key', { key: key.slice(0, 100) });
      ofKey = it.limits;
      found = clients.find(({ id }) => id === it.clientId);
    } else if (client !== undefined) {
      const wanted = client.toLowerCase();
      const live = clients.filter(({ status }) => status !== 'revoked');
      found =
        live.find((one) => nameOf(one).toLowerCase() === wanted) ??
        live.find(({ name }) => name.toLowerCase() === wanted) ??
        live.find(({ id }) => id === client) ??
        live.find(({ introduction }) => introduction?.appName?.toLowerCase() === wanted);
    }
    if (found === undefined)
      return { caller: { name: client, isKnown: false, appName: client }, access: undefined };
    return {
      caller: {
        name: nameOf(found),
        isKnown: true,
        appName: found.introduction?.appName ?? nameOf(found),
      },
      access: accessOf({
        id: principalIdOf(found.id),
        kind: found.kind,
        limits: found.limits,
        credentialLimits: ofKey,
      }),
    };
  }

  #route({ urlSpace, urlSet, urlServer }: WhyQuestion): Route {
    const { snapshot } = this.#options.access;
    const space = urlSpace === undefined ? undefined : requireSpace(snapshot, urlSpace).slug;
    if (urlServer !== undefined) return { kind: 'server', alias: urlServer, space };
    if (urlSet !== undefined) return { kind: 'set', set: requireSet(snapshot, urlSet, undefined).slug };
    return space === undefined ? { kind: 'all' } : { kind: 'space', space };
  }

  #judge(name: string, grant: Grant, view: View): ToolVerdict {
    const names = this.#options.views.namesOf(grant.spaceId);
    const found = find(names, name);
    if (found === undefined) return this.#absent(name, grant, view);
    const { kind, serverId, originalName } = found;
    const server = this.#options.installed.all().find(({ id }) => id === serverId);
    const target = view.targetOf(serverId, kind, originalName);
    const votes = this.#votes(grant, found, server);
    const base = { name, nearest: [], includedBy: votes.includes, excludedBy: votes.excludes };
    if (target !== undefined) {
      const why =
        votes.includes.length === 0 ? 'it is granted' : `${votes.includes.join(' and ')} includes it`;
      return target.isAvailable
        ? { ...base, isThere: true, says: why, change: undefined }
        : {
            ...base,
            isThere: false,
            says: `${why}, but its server "${target.serverName}" is away now; a call waits for it`,
            change: `mcpmux show ${target.alias}`,
          };
    }
    if (server?.isEnabled === false)
      return {
        ...base,
        isThere: false,
        says: `its server "${server.name}" is switched off`,
        change: `mcpmux enable ${server.alias}`,
      };
    const set = this.#options.access.snapshot.set(grant.setIds[0] ?? ('' as never));
    if (votes.excludes.length > 0)
      return {
        ...base,
        isThere: false,
        says: `${votes.excludes.join(' and ')} excludes it, and exclude wins`,
        change: set && `mcpmux set show ${shellQuote(set.name)}`,
      };
    if (grant.isPending)
      return {
        ...base,
        isThere: false,
        says: 'the client has not said yet in which folders it works',
        change: undefined,
      };
    return {
      ...base,
      isThere: false,
      says:
        grant.setIds.length === 0
          ? 'no set is granted'
          : grant.alias !== undefined && server?.alias !== grant.alias
            ? `it is of the server "${server?.name ?? ''}", and the URL shows another`
            : grant.setIds.length === 1
              ? 'the set does not hold it'
              : 'none of these sets holds it',
      change: set && `mcpmux set add ${shellQuote(set.name)} ${shellQuote(name)}`,
    };
  }

  #absent(name: string, grant: Grant, view: View): ToolVerdict {
    const { access, views } = this.#options;
    const elsewhere = access.snapshot.parts.spaces.find(
      ({ id }) => id !== grant.spaceId && find(views.namesOf(id), name) !== undefined,
    );
    const nearest = similarNames(
      name,
      featureKinds.flatMap((kind) => [...view.list(kind)].map(({ shownName }) => shownName)),
    );
    return {
      name,
      isThere: false,
      says:
        elsewhere === undefined
          ? 'there is no such tool in this Space'
          : `it is in the Space "${elsewhere.name}", not in this one`,
      includedBy: [],
      excludedBy: [],
      nearest,
      change: undefined,
    };
  }

  #votes(
    grant: Grant,
    found: Found,
    server: InstalledServer | undefined,
  ): { includes: readonly string[]; excludes: readonly string[] } {
    if (server === undefined) return { includes: [], excludes: [] };
    const { access, views } = this.#options;
    const { includes, excludes } = views
      .selectionOf([...grant.setIds, ...(grant.boundIds ?? [])])
      .votes(found.feature, server);
    const write = (votes: typeof includes) =>
      votes.map(
        ({ set, member }) =>
          `"${set.name}" (${writeMember(member, (id) => access.snapshot.set(id as never))})`,
      );
    return { includes: write(includes), excludes: write(excludes) };
  }
}

type NamedFeature = NonNullable<ReturnType<SpaceNames['find']>>['feature'];

interface Found {
  readonly kind: FeatureKind;
  readonly serverId: NamedFeature['serverId'];
  readonly originalName: string;
  readonly feature: NamedFeature;
}

function find(names: SpaceNames, shownName: string): Found | undefined {
  for (const kind of featureKinds) {
    const found = names.find(kind, shownName);
    if (found === undefined) continue;
    const { server, feature } = found;
    return { kind, serverId: server.id, originalName: feature.originalName, feature };
  }
  return undefined;
}
