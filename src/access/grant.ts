/**
 * access/grant — what one caller may see, and which rule said so.
 *
 * Pure: from what is known of the caller and one AccessSnapshot. The signals are asked in this order, and the first that
 * knows an answer decides:
 *
 *     lock          the key or the client is bound to these sets; bound both, only what both hold
 *     url           /sets/<slug>/mcp names the set; /spaces/<slug>/mcp names the Space, and the rest is asked within it
 *     header        X-Mcpmux-Workspace: a mapped folder or id. A folder it names stands for all folders below
 *     roots         the first mapped folder of those that the client reports
 *     bridge        the folder in which the stdio bridge was started
 *     client        the client's own setting: a mapping of its id
 *     base folder   the Space in whose base folder the folder lies: its Starter
 *     default       the default Space's Starter, or what `unmapped` says of a folder that nobody mapped
 *
 * A lock to a Space, and a Space in the URL, bound all that follows: a claim of another Space is as if unmapped.
 * Knows nothing of: servers, lists, connections.
 */
import type { FeatureSetId, Mapping, ReportedRoots, Route, Space, SpaceId } from '../model/index.ts';
import { isWithin, looksLikeFolder, normalizeFolder, parentFolder } from './folder-path.ts';
import type { PrincipalAccess } from './principal-access.ts';
import type { AccessSnapshot } from './snapshot.ts';

/** What is known of a caller, as far as it decides. All but `access` are claims. */
export interface CallerFacts {
  readonly route: Route;
  readonly access?: PrincipalAccess | undefined;
  /** `X-Mcpmux-Workspace`. */
  readonly workspace?: string | undefined;
  readonly roots?: ReportedRoots | undefined;
  readonly bridgeFolder?: string | undefined;
}

export type Signal =
  | 'lock'
  | 'url'
  | 'header'
  | 'roots'
  | 'bridge'
  | 'client'
  | 'base-folder'
  | 'unmapped'
  | 'default';

/** One signal that was asked, and what came of it, in words. */
export interface Considered {
  readonly signal: Signal;
  readonly says: string;
  readonly outcome: 'decided' | 'narrowed' | 'passed' | 'refused' | 'waits';
}

export interface Grant {
  /** Equal for callers who see the same; the key of shared views. */
  readonly key: string;
  readonly spaceId: SpaceId;
  /** In order; none = nothing. */
  readonly setIds: readonly FeatureSetId[];
  /** Of what they choose only what these choose too; undefined = all. */
  readonly boundIds: readonly FeatureSetId[] | undefined;
  /** Everything of the Space, whatever its sets choose: what the person sees who administers. */
  readonly takesAll: boolean;
  /** Of its servers only those that are exposed. */
  readonly isOutside: boolean;
  /** Of a server's own URL: this one alone, under its own names. */
  readonly alias: string | undefined;
  readonly usesOriginalNames: boolean;
  readonly signal: Signal;
  /** The rule that decided, in words. */
  readonly rule: string;
  readonly mapping: Mapping | undefined;
  readonly considered: readonly Considered[];
  /** The client's folders are awaited: until they come there is nothing. */
  readonly isPending: boolean;
  /** The folder that nobody mapped, where there is one. */
  readonly unmappedFolder: string | undefined;
}

/** @returns undefined when the route addresses nothing that exists for this caller (said the same way whether it is there or not) */
export function resolveGrant(facts: CallerFacts, snapshot: AccessSnapshot): Grant | undefined {
  const whole = facts.access?.everythingOf;
  if (whole !== undefined) return snapshot.space(whole) === undefined ? undefined : grantOfAll(whole);
  return new Resolution(facts, snapshot).run();
}

/** Everything of a Space: for whoever administers it, and for what is known of it beside any caller. */
export function grantOfAll(spaceId: SpaceId): Grant {
  const rule = 'the administrator sees everything of the Space';
  return {
    key: `${spaceId}|*`,
    spaceId,
    setIds: [],
    boundIds: undefined,
    takesAll: true,
    isOutside: false,
    alias: undefined,
    usesOriginalNames: false,
    signal: 'lock',
    rule,
    mapping: undefined,
    considered: [{ signal: 'lock', says: rule, outcome: 'decided' }],
    isPending: false,
    unmappedFolder: undefined,
  };
}

interface Decision {
  readonly spaceId: SpaceId;
  readonly setIds: readonly FeatureSetId[];
  readonly signal: Signal;
  readonly rule: string;
  readonly mapping?: Mapping;
  readonly isPending?: boolean;
}

class Resolution {
  readonly #facts: CallerFacts;
  readonly #snapshot: AccessSnapshot;
  readonly #considered: Considered[] = [];
  /** The Space that bounds all that follows. */
  #within: Space | undefined;
  /** Is it the client's lock, or only its URL? */
  #isLocked = false;
  /** Folders that were named and not mapped, normal texts, the strongest signal first. */
  readonly #unmapped: string[] = [];

  constructor(facts: CallerFacts, snapshot: AccessSnapshot) {
    this.#facts = facts;
    this.#snapshot = snapshot;
  }

  run(): Grant | undefined {
    const { access, route } = this.#facts;
    const lock = this.#lock(access);
    if (lock === 'nothing') return undefined;
    const url = this.#url(route, lock);
    if (url === 'nothing') return undefined;
    // A set in the URL is one of those that it is bound to.
    const decision =
      url ??
      lock ??
      this.#header() ??
      (this.#facts.workspace === undefined ? (this.#roots() ?? this.#bridge()) : undefined) ??
      this.#client(access) ??
      this.#baseFolder() ??
      this.#default();
    return this.#grant(decision, route);
  }

  #lock(access: PrincipalAccess | undefined): Decision | 'nothing' | undefined {
    if (access?.isContradiction === true) return 'nothing';
    const locked = access?.setLock;
    if (locked !== undefined) {
      const sets = locked.flatMap((id) => this.#snapshot.set(id) ?? []);
      const spaceId = access?.spaceLock ?? sets[0]?.spaceId;
      const space = spaceId === undefined ? this.#snapshot.defaultSpace : this.#snapshot.space(spaceId);
      if (space === undefined) return 'nothing';
      const own = sets.filter((set) => set.spaceId === space.id);
      this.#within = space;
      this.#isLocked = true;
      const named = own.length === 0 ? 'no set at all' : own.map(({ name }) => `"${name}"`).join(', ');
      const decision: Decision = {
        spaceId: space.id,
        setIds: own.map(({ id }) => id),
        signal: 'lock',
        rule: `its key or client is bound to ${named} of the Space "${space.name}"`,
      };
      // A URL may name one of them.
      if (this.#facts.route.kind !== 'set') return this.#decide(decision);
      this.#consider('lock', decision.rule, 'narrowed');
      return decision;
    }
    if (access?.spaceLock === undefined) {
      this.#pass('lock', 'its key and client are bound to no Space');
      return undefined;
    }
    const space = this.#snapshot.space(access.spaceLock);
    // The Space it was bound to is gone: it sees nothing, not everything.
    if (space === undefined) return 'nothing';
    this.#within = space;
    this.#isLocked = true;
    this.#consider('lock', `its key or client is bound to the Space "${space.name}"`, 'narrowed');
    return undefined;
  }

  #url(route: Route, lock: Decision | undefined): Decision | 'nothing' | undefined {
    const spaceSlug = route.kind === 'space' || route.kind === 'server' ? route.space : undefined;
    if (spaceSlug !== undefined) {
      const space = this.#snapshot.spaceBySlug(spaceSlug);
      if (space === undefined || (this.#within !== undefined && this.#within.id !== space.id))
        return 'nothing';
      this.#within = space;
      this.#consider('url', `the URL names the Space "${space.name}"`, 'narrowed');
      return undefined;
    }
    if (route.kind !== 'set') {
      this.#pass(
        'url',
        route.kind === 'server' ? 'the URL names a server' : 'the URL names neither Space nor set',
      );
      return undefined;
    }
    const set = this.#snapshot.setBySlug(route.set);
    if (set === undefined || (this.#within !== undefined && this.#within.id !== set.spaceId))
      return 'nothing';
    if (lock !== undefined && !lock.setIds.includes(set.id)) return 'nothing';
    return this.#decide({
      spaceId: set.spaceId,
      setIds: [set.id],
      signal: 'url',
      rule: `the URL shows the set "${set.name}" alone`,
    });
  }

  #header(): Decision | undefined {
    const { workspace } = this.#facts;
    if (workspace === undefined) {
      this.#pass('header', 'no X-Mcpmux-Workspace header');
      return undefined;
    }
    if (looksLikeFolder(workspace)) {
      const folder = normalizeFolder(workspace);
      if (folder.ok) return this.#folder('header', folder.folder, 'the header X-Mcpmux-Workspace names');
      this.#pass('header', `the header X-Mcpmux-Workspace names no usable folder: ${folder.reason}`);
      return undefined;
    }
    // Of a client the id is its own, and no claim of another.
    if (!workspace.startsWith('client:'))
      return this.#id('header', workspace, 'the header X-Mcpmux-Workspace names');
    this.#pass('header', 'the header X-Mcpmux-Workspace names a client, which is none of its own to say');
    return undefined;
  }

  #roots(): Decision | undefined {
    const { roots } = this.#facts;
    if (roots === undefined || (roots.state === 'arrived' && roots.uris.length === 0)) {
      this.#pass('roots', 'the client reports no folders');
      return undefined;
    }
    if (roots.state === 'lapsed') {
      this.#pass('roots', 'the client did not say in time in which folders it works');
      return undefined;
    }
    if (roots.state === 'pending') return this.#awaitRoots();
    const folders = roots.uris.flatMap((uri) => {
      const folder = normalizeFolder(uri);
      return folder.ok ? [folder.folder] : [];
    });
    const unmapped = this.#unmapped.length;
    for (const folder of folders) {
      const found = this.#folder('roots', folder, 'the client works in');
      if (found !== undefined) return found;
    }
    // Of several the deepest tells most about where the client works.
    const seen = this.#unmapped.splice(unmapped);
    const [deepest] = seen.toSorted((a, b) => b.length - a.length);
    if (deepest !== undefined) this.#unmapped.push(deepest);
    return undefined;
  }

  /** Only where a folder can change anything: nobody waits for what does not matter. */
  #awaitRoots(): Decision | undefined {
    if (!this.#snapshot.asksForFolders) {
      this.#pass('roots', 'the client has not said yet in which folders it works, and no rule depends on it');
      return undefined;
    }
    const space = this.#within ?? this.#snapshot.defaultSpace;
    this.#consider('roots', 'the client has not said yet in which folders it works', 'waits');
    return {
      spaceId: space.id,
      setIds: [],
      signal: 'roots',
      rule: 'the client has not said yet in which folders it works; until then it sees nothing',
      isPending: true,
    };
  }

  #bridge(): Decision | undefined {
    const { bridgeFolder } = this.#facts;
    const folder = bridgeFolder === undefined ? undefined : normalizeFolder(bridgeFolder);
    if (folder === undefined || !folder.ok) {
      this.#pass('bridge', 'it does not come by the stdio bridge, or from no folder');
      return undefined;
    }
    return this.#folder('bridge', folder.folder, 'the stdio bridge was started in');
  }

  #client(access: PrincipalAccess | undefined): Decision | undefined {
    for (const id of access?.ids ?? []) {
      const mapping = this.#snapshot.mappingOfId(id);
      const found = mapping && this.#mapped('client', mapping, 'the client has a setting of its own');
      if (found !== undefined) return found;
    }
    this.#pass('client', 'the client has no setting of its own');
    return undefined;
  }

  #baseFolder(): Decision | undefined {
    for (const folder of this.#unmapped) {
      for (let at: string | undefined = folder; at !== undefined; at = parentFolder(at)) {
        const space = this.#snapshot.spaceOfBaseFolder(at);
        if (space === undefined || !this.#allows(space.id)) continue;
        return this.#decide({
          ...this.#starter(space),
          signal: 'base-folder',
          rule: `${folder} lies in ${at}, a base folder of the Space "${space.name}": its Starter`,
        });
      }
    }
    this.#pass(
      'base-folder',
      this.#unmapped.length === 0 ? 'no folder is known' : 'its folder is in no base folder',
    );
    return undefined;
  }

  #default(): Decision {
    const space = this.#within ?? this.#snapshot.defaultSpace;
    const [folder] = this.#unmapped;
    const { unmapped } = this.#snapshot.parts;
    if (folder !== undefined && unmapped !== 'starter') {
      return this.#decide({
        spaceId: space.id,
        setIds: [],
        signal: 'unmapped',
        rule:
          unmapped === 'ask'
            ? `nobody has mapped ${folder} yet; until somebody does there is nothing`
            : `nobody has mapped ${folder}, and folders that nobody mapped get nothing`,
      });
    }
    const why =
      this.#within === undefined
        ? 'the default Space'
        : this.#isLocked
          ? 'the Space it is bound to'
          : 'the Space of the URL';
    return this.#decide({
      ...this.#starter(space),
      signal: 'default',
      rule: `no other rule applies: the Starter of ${why}, "${space.name}"`,
    });
  }

  #starter(space: Space): Pick<Decision, 'spaceId' | 'setIds'> {
    const starter = this.#snapshot.starterOf(space.id);
    return { spaceId: space.id, setIds: starter === undefined ? [] : [starter.id] };
  }

  /** The mapping of the folder, or of the nearest one above it that speaks for its children. */
  #folder(signal: Signal, folder: string, how: string): Decision | undefined {
    for (let at: string | undefined = folder; at !== undefined; at = parentFolder(at)) {
      const mapping = this.#snapshot.mappingOfFolder(at);
      if (mapping === undefined || (at !== folder && !mapping.hasChildren)) continue;
      if (!isWithin(folder, at)) continue;
      const found = this.#mapped(
        signal,
        mapping,
        at === folder ? `${how} ${folder}` : `${how} ${folder}, in ${at}`,
      );
      if (found !== undefined) return found;
      // Of another Space than this caller may see: as if it were not there.
    }
    this.#pass(signal, `${how} ${folder}, which is not mapped`);
    this.#unmapped.push(folder);
    return undefined;
  }

  #id(signal: Signal, id: string, how: string): Decision | undefined {
    const mapping = this.#snapshot.mappingOfId(id);
    const found = mapping === undefined ? undefined : this.#mapped(signal, mapping, `${how} ${id}`);
    if (found === undefined && mapping === undefined) this.#pass(signal, `${how} ${id}, which is not mapped`);
    return found;
  }

  #mapped(signal: Signal, mapping: Mapping, says: string): Decision | undefined {
    const space = this.#snapshot.space(mapping.spaceId);
    if (space === undefined) return undefined;
    if (!this.#allows(space.id)) {
      this.#consider(signal, `${says}, which leads to a Space that is not open to this caller`, 'refused');
      return undefined;
    }
    const sets = mapping.setIds.flatMap((id) => this.#snapshot.set(id) ?? []);
    return this.#decide({
      spaceId: space.id,
      setIds: sets.map(({ id }) => id),
      signal,
      rule: `${says}, which is mapped to ${namesOf(sets)} of the Space "${space.name}"`,
      mapping,
    });
  }

  #allows(spaceId: SpaceId): boolean {
    return this.#within === undefined || this.#within.id === spaceId;
  }

  #decide(decision: Decision): Decision {
    this.#consider(decision.signal, decision.rule, 'decided');
    return decision;
  }

  #pass(signal: Signal, says: string): void {
    this.#consider(signal, says, 'passed');
  }

  #consider(signal: Signal, says: string, outcome: Considered['outcome']): void {
    this.#considered.push({ signal, says, outcome });
  }

  #grant(decision: Decision, route: Route): Grant {
    const alias = route.kind === 'server' ? route.alias : undefined;
    const { spaceId, setIds, isPending = false } = decision;
    const { setBound: boundIds, isOutside = false } = this.#facts.access ?? {};
    const bound = boundIds === undefined ? '' : `|${boundIds.join(',')}`;
    return {
      key: `${spaceId}|${alias ?? ''}|${setIds.join(',')}${bound}${isOutside ? '|outside' : ''}`,
      spaceId,
      setIds,
      boundIds,
      takesAll: false,
      isOutside,
      alias,
      usesOriginalNames: alias !== undefined,
      signal: decision.signal,
      rule: decision.rule,
      mapping: decision.mapping,
      considered: this.#considered,
      isPending,
      unmappedFolder: decision.mapping === undefined ? this.#unmapped[0] : undefined,
    };
  }
}

function namesOf(sets: readonly { readonly name: string }[]): string {
  return sets.length === 0 ? 'no set, so nothing,' : sets.map(({ name }) => `"${name}"`).join(' + ');
}
