/**
 * catalogue/view — the exact lists one kind of caller sees, and where each name leads.
 *
 * What is listed is exactly what can be called: both come from here. What is of a server that is away is not listed,
 * keeps its name, and a call of it waits or says why it cannot.
 * A view is made once per (what is granted, state of the catalogue) and shared by everybody who sees the same.
 * Knows nothing of: who the caller is, eras (list-pages writes the lists), connections.
 */
import { type Feature, type FeatureId, type FeatureKind, nameKeys, type ServerId } from '../model/index.ts';
import { type ParamHeader, type RawJson, scanParamHeaders } from '../protocol/index.ts';
import { decodeResourceUri, matchesTemplate } from './resource-uris.ts';
import { SpaceNames } from './space-names.ts';
import { validItem } from './valid-item.ts';

/** A server as a view needs it, in the order in which servers are listed. */
export interface ViewServer {
  readonly id: ServerId;
  readonly name: string;
  readonly alias: string;
  /** Those of it that are granted. */
  readonly features: readonly Feature[];
  /** False: only some of it is granted, so what it does not list may not be asked of it. Undefined = true. */
  readonly isWhole?: boolean;
}

/** A tool as a person wants it to look. */
export interface PresentedTool {
  /** In place of the qualified name, where that is free. */
  readonly name: string | undefined;
  /** Under the name that its server gave it. */
  readonly item: RawJson;
  /** Why it cannot be offered like this. */
  readonly fault: string | undefined;
  /** The arguments as its server gets them, or why they are refused. */
  readonly toServer: (
    given: RawJson | undefined,
  ) => { readonly arguments: RawJson | undefined } | { readonly fault: string };
}

/** @returns undefined for tools that look as their servers show them; the same object for the same feature */
export type PresentTool = (feature: Feature) => PresentedTool | undefined;

/** Where a name leads. */
export interface Target {
  readonly serverId: ServerId;
  readonly serverName: string;
  readonly alias: string;
  /** The same whatever it is called here: what decisions of people are about. */
  readonly featureId: FeatureId;
  readonly kind: FeatureKind;
  readonly originalName: string;
  /** The name or URI in this view. */
  readonly shownName: string;
  /** The item as its server wrote it. */
  readonly original: RawJson;
  /** The same with the shown name in place of the original. */
  readonly item: RawJson;
  /** False while its server is away: it is not listed then, but a call by its name waits for the server to come back. */
  readonly isAvailable: boolean;
  /** Parameters that go into headers, for modern HTTP servers. */
  readonly paramHeaders: readonly ParamHeader[];
  /** Of a tool. */
  readonly outputSchema: RawJson | undefined;
  /** Of a tool that looks other than its server shows it: maps the arguments of a call back. */
  readonly toServer?: PresentedTool['toServer'];
}

/** As long as the longest URLs that web servers take. */
const longestUri = 8 * 1024;

export class View {
  readonly tools: ReadonlyMap<string, Target>;
  readonly prompts: ReadonlyMap<string, Target>;
  readonly resources: ReadonlyMap<string, Target>;
  readonly templates: readonly Target[];
  readonly servers: readonly ViewServer[];
  /** True when names and URIs are the server's own: a view of one server by itself. */
  readonly usesOriginalNames: boolean;
  /** (server, original URI) → shown URI, only where they differ. */
  readonly #rewritten = new Map<string, string>();

  readonly #names: SpaceNames;
  readonly #present: PresentTool | undefined;
  /** (server, original name) → tools under a name that a person chose. */
  readonly #renamed = new Map<string, Target>();

  /**
   * @param names   given over all of the Space; undefined = there is no more in it than these
   * @param present how tools look; undefined = as their servers show them
   */
  constructor(
    servers: readonly ViewServer[],
    usesOriginalNames: boolean,
    names: SpaceNames = new SpaceNames(servers),
    present?: PresentTool,
  ) {
    this.servers = servers;
    this.usesOriginalNames = usesOriginalNames;
    this.#names = names;
    this.#present = present;
    this.tools = this.#named('tool');
    this.prompts = this.#named('prompt');
    this.resources = this.#resources();
    this.templates = this.#templates();
  }

  /** What callers see listed now. */
  *list(kind: FeatureKind): Iterable<Target> {
    for (const target of this.#all(kind)) if (target.isAvailable) yield target;
  }

  #all(kind: FeatureKind): Iterable<Target> {
    switch (kind) {
      case 'tool':
        return this.tools.values();
      case 'prompt':
        return this.prompts.values();
      case 'resource':
        return this.resources.values();
      case 'template':
        return this.templates;
    }
  }

  /** The URI by which this view shows a server's resource. */
  shownUri(serverId: ServerId, originalUri: string): string {
    return this.#rewritten.get(`${serverId}\u0000${originalUri}`) ?? originalUri;
  }

  /** As `shownUri`, or undefined when this view does not offer it. */
  offeredUri(serverId: ServerId, originalUri: string): string | undefined {
    const shown = this.shownUri(serverId, originalUri);
    return this.findResource(shown)?.server.id === serverId ? shown : undefined;
  }

  /** Does this server have URIs in this view that are not its own? */
  hasRewritten(serverId: ServerId): boolean {
    for (const key of this.#rewritten.keys()) if (key.startsWith(serverId)) return true;
    return false;
  }

  /**
   * Whose resource `uri` is: that of the server that lists it, or that has a template which covers it. What nobody offers
   * is nobody's, as a tool that is not listed. A server's own URL leaves that to the server where all of it is granted.
   * One that is not listed and longer than any real URI is nobody's.
   */
  findResource(uri: string): { readonly server: ViewServer; readonly originalUri: string } | undefined {
    const listed = this.resources.get(uri);
    if (listed !== undefined) return this.#at(listed.serverId, listed.originalName);
    if (uri.length > longestUri) return undefined;
    if (this.usesOriginalNames) {
      const only = this.servers[0];
      if (only === undefined) return undefined;
      const isOpen = only.isWhole !== false || this.#offers(only, uri);
      return isOpen ? { server: only, originalUri: uri } : undefined;
    }
    const rewritten = decodeResourceUri(uri);
    const server = rewritten && this.servers.find((candidate) => candidate.alias === rewritten.alias);
    if (rewritten !== undefined && server !== undefined) {
      return this.#offers(server, rewritten.originalUri)
        ? { server, originalUri: rewritten.originalUri }
        : undefined;
    }
    const covering = this.templates.find(
      ({ shownName, originalName }) => shownName === originalName && matchesTemplate(originalName, uri),
    );
    const found = covering && this.#at(covering.serverId, uri);
    return found === undefined || this.#isWithheld(found.server, uri) ? undefined : found;
  }

  /** Its server lists it and it is not granted: then a template that covers it opens it neither. */
  #isWithheld(server: ViewServer, originalUri: string): boolean {
    return (
      server.isWhole === false &&
      this.#names.shownName(server.id, 'resource', originalUri) !== undefined &&
      !server.features.some(({ kind, originalName }) => kind === 'resource' && originalName === originalUri)
    );
  }

  #offers(server: ViewServer, originalUri: string): boolean {
    if (this.#isWithheld(server, originalUri)) return false;
    return server.features.some(
      ({ kind, originalName }) =>
        (kind === 'resource' && originalName === originalUri) ||
        (kind === 'template' && matchesTemplate(originalName, originalUri)),
    );
  }

  /** How this view shows that item of a server; undefined when it does not. */
  targetOf(serverId: ServerId, kind: FeatureKind, originalName: string): Target | undefined {
    const renamed = this.#renamed.get(`${serverId}\u0000${originalName}`);
    if (renamed !== undefined && kind === 'tool') return renamed;
    const shownName = this.usesOriginalNames
      ? originalName
      : this.#names.shownName(serverId, kind, originalName);
    const target = shownName === undefined ? undefined : this.find(kind, shownName);
    return target?.serverId === serverId ? target : undefined;
  }

  /** Where a name or URI of that kind leads, listed now or not. */
  find(kind: FeatureKind, shownName: string): Target | undefined {
    switch (kind) {
      case 'tool':
        return this.tools.get(shownName);
      case 'prompt':
        return this.prompts.get(shownName);
      case 'resource':
        return this.resources.get(shownName);
      case 'template':
        return this.findTemplate(shownName);
    }
  }

  findTemplate(shownTemplate: string): Target | undefined {
    return this.templates.find((template) => template.shownName === shownTemplate);
  }

  #at(serverId: ServerId, originalUri: string): { server: ViewServer; originalUri: string } | undefined {
    const server = this.servers.find((candidate) => candidate.id === serverId);
    return server === undefined ? undefined : { server, originalUri };
  }

  *#features(kind: FeatureKind): Iterable<{ server: ViewServer; feature: Feature; shownName: string }> {
    for (const server of this.servers) {
      for (const feature of server.features) {
        if (feature.kind !== kind) continue;
        const { originalName } = feature;
        const shownName = this.usesOriginalNames
          ? originalName
          : this.#names.shownName(server.id, kind, originalName);
        if (shownName !== undefined) yield { server, feature, shownName };
      }
    }
  }

  #named(kind: 'tool' | 'prompt'): ReadonlyMap<string, Target> {
    const targets = new Map<string, Target>();
    for (const { server, feature, shownName } of this.#features(kind)) {
      const presented = kind === 'tool' ? this.#present?.(feature) : undefined;
      if (presented === undefined) targets.set(shownName, makeTarget(server, feature, shownName));
      else if (presented.fault === undefined) {
        const name = this.#freeName(presented.name, feature, targets) ?? shownName;
        const target = makePresented(makeTarget(server, feature, name), presented);
        targets.set(name, target);
        if (name !== shownName) this.#renamed.set(`${server.id}\u0000${feature.originalName}`, target);
      }
    }
    return targets;
  }

  /** A name that a person chose, as long as nothing else of the Space has it. A server's own URL shows its own names. */
  #freeName(
    name: string | undefined,
    feature: Feature,
    taken: ReadonlyMap<string, Target>,
  ): string | undefined {
    if (name === undefined || this.usesOriginalNames || taken.has(name)) return undefined;
    const holder = this.#names.find('tool', name);
    return holder === undefined || holder.feature.id === feature.id ? name : undefined;
  }

  #resources(): ReadonlyMap<string, Target> {
    const targets = new Map<string, Target>();
    for (const { server, feature, shownName } of this.#features('resource')) {
      if (shownName !== feature.originalName)
        this.#rewritten.set(`${server.id}\u0000${feature.originalName}`, shownName);
      targets.set(shownName, makeTarget(server, feature, shownName));
    }
    return targets;
  }

  #templates(): readonly Target[] {
    const targets = new Map<string, Target>();
    for (const { server, feature, shownName } of this.#features('template'))
      targets.set(shownName, makeTarget(server, feature, shownName));
    return [...targets.values()];
  }
}

/** Scanned once an item, however many views show it. */
const toolFacts = new WeakMap<RawJson, Pick<Target, 'paramHeaders' | 'outputSchema'>>();
const noFacts: Pick<Target, 'paramHeaders' | 'outputSchema'> = { paramHeaders: [], outputSchema: undefined };

function factsOf({ kind, item }: Feature): Pick<Target, 'paramHeaders' | 'outputSchema'> {
  if (kind !== 'tool') return noFacts;
  let facts = toolFacts.get(item);
  if (facts === undefined) {
    const scanned = item.hasKeyText('x-mcp-header') ? scanParamHeaders(item.read('inputSchema')) : undefined;
    // As it can be offered: what is no schema is none.
    const outputSchema = validItem(kind, item, 'modern')?.member('outputSchema');
    facts =
      scanned?.ok === true || outputSchema !== undefined
        ? { paramHeaders: scanned?.ok === true ? scanned.params : [], outputSchema }
        : noFacts;
    toolFacts.set(item, facts);
  }
  return facts;
}

function makeTarget(server: ViewServer, feature: Feature, shownName: string): Target {
  const { item, kind, originalName } = feature;
  return {
    serverId: server.id,
    serverName: server.name,
    alias: server.alias,
    featureId: feature.id,
    kind,
    originalName,
    shownName,
    original: item,
    item: shownName === originalName ? item : item.with(nameKeys[kind], JSON.stringify(shownName)),
    isAvailable: feature.isAvailable,
    ...factsOf(feature),
  };
}

function makePresented(target: Target, { item, toServer }: PresentedTool): Target {
  const { shownName, originalName } = target;
  return {
    ...target,
    item: shownName === originalName ? item : item.with('name', JSON.stringify(shownName)),
    toServer,
  };
}
