/**
 * access/selection — which features several FeatureSets choose together.
 *
 * The union of what is included, without what is excluded anywhere: exclude wins. A nested set brings its members; one that
 * is excluded takes away what it would choose by itself. A set that holds itself, however far down, is read once.
 * Compiled once for each change; then each feature is judged by a few lookups.
 * Knows nothing of: who asks, names that clients see.
 */
import {
  type AnnotationHint,
  type Feature,
  type FeatureKind,
  type FeatureSet,
  type FeatureSetId,
  type SetMember,
  serverKeyOf,
} from '../model/index.ts';
import type { RawJson } from '../protocol/index.ts';

/** A server as members speak of it. */
export interface SelectableServer {
  readonly name: string;
  readonly alias: string;
}

type JudgedFeature = Pick<Feature, 'kind' | 'originalName' | 'item'>;
type Matcher = (feature: JudgedFeature, server: SelectableServer, serverKey: string) => boolean;

/** A member that spoke for or against a feature, and the set it stands in. */
export interface Vote {
  readonly set: FeatureSet;
  readonly member: SetMember;
}

interface Judge {
  readonly member: SetMember;
  readonly set: FeatureSet;
  readonly matches: Matcher;
}

export class Selection {
  readonly #includes: Judges;
  readonly #excludes: Judges;

  /** @param setOf finds nested sets; one that is not there chooses nothing */
  constructor(sets: readonly FeatureSet[], setOf: (id: FeatureSetId) => FeatureSet | undefined) {
    const judges = collect(sets, setOf, new Set(), []);
    this.#includes = new Judges(judges.filter(({ member }) => member.mode === 'include'));
    this.#excludes = new Judges(judges.filter(({ member }) => member.mode === 'exclude'));
  }

  has(feature: JudgedFeature, server: SelectableServer): boolean {
    const key = serverKeyOf(server);
    return this.#includes.any(feature, server, key) && !this.#excludes.any(feature, server, key);
  }

  /** Everything of this server, known or not, for certain: then what it does not list may be asked of it too. */
  isWhole(server: SelectableServer): boolean {
    const key = serverKeyOf(server);
    return this.#includes.takeAllOf(key) && !this.#excludes.mayTouch(key);
  }

  /** Can anything of this server be chosen, now or later? */
  mayHave(server: SelectableServer): boolean {
    return this.#includes.mayTouch(serverKeyOf(server));
  }

  /** Who spoke for and against it. */
  votes(
    feature: JudgedFeature,
    server: SelectableServer,
  ): { readonly includes: readonly Vote[]; readonly excludes: readonly Vote[] } {
    const key = serverKeyOf(server);
    return {
      includes: this.#includes.all(feature, server, key),
      excludes: this.#excludes.all(feature, server, key),
    };
  }
}

/** Judges, with those that name features or servers found by lookup. */
class Judges {
  readonly #features = new Map<string, Judge[]>();
  readonly #servers = new Map<string, Judge[]>();
  readonly #others: Judge[] = [];
  readonly #takesEverything: boolean;

  constructor(judges: readonly Judge[]) {
    for (const judge of judges) {
      const { member } = judge;
      if (member.kind === 'feature')
        add(this.#features, featureKey(member.server, member.feature, member.name), judge);
      else if (member.kind === 'server') add(this.#servers, member.server, judge);
      else this.#others.push(judge);
    }
    this.#takesEverything = judges.some(
      ({ member }) =>
        member.kind === 'pattern' && member.feature === undefined && /^\*+(?::\*+)?$/.test(member.pattern),
    );
  }

  any(feature: JudgedFeature, server: SelectableServer, key: string): boolean {
    return (
      this.#takesEverything ||
      this.#features.has(featureKey(key, feature.kind, feature.originalName)) ||
      this.#servers.get(key)?.some(({ matches }) => matches(feature, server, key)) === true ||
      this.#others.some(({ matches }) => matches(feature, server, key))
    );
  }

  all(feature: JudgedFeature, server: SelectableServer, key: string): Vote[] {
    const asked = [
      ...(this.#features.get(featureKey(key, feature.kind, feature.originalName)) ?? []),
      ...(this.#servers.get(key) ?? []),
      ...this.#others,
    ];
    return asked
      .filter(({ matches }) => matches(feature, server, key))
      .map(({ set, member }) => ({ set, member }));
  }

  takeAllOf(key: string): boolean {
    return (
      this.#takesEverything ||
      this.#servers.get(key)?.some(({ member }) => member.kind === 'server' && member.known === undefined) ===
        true
    );
  }

  mayTouch(key: string): boolean {
    if (this.#takesEverything || this.#servers.has(key)) return true;
    for (const feature of this.#features.keys()) if (feature.startsWith(`${key}\u0000`)) return true;
    return this.#others.some(
      ({ member }) => member.kind !== 'rule' || member.server === undefined || member.server === key,
    );
  }
}

function add<Key>(map: Map<Key, Judge[]>, key: Key, judge: Judge): void {
  const kept = map.get(key);
  if (kept === undefined) map.set(key, [judge]);
  else kept.push(judge);
}

function featureKey(serverKey: string, kind: FeatureKind, name: string): string {
  return `${serverKey}\u0000${kind}\u0000${name}`;
}

function collect(
  sets: readonly FeatureSet[],
  setOf: (id: FeatureSetId) => FeatureSet | undefined,
  seen: Set<FeatureSetId>,
  path: readonly FeatureSetId[],
): Judge[] {
  const judges: Judge[] = [];
  for (const set of sets) {
    if (seen.has(set.id)) continue;
    seen.add(set.id);
    const here = [...path, set.id];
    for (const member of set.members) {
      if (member.kind !== 'set') {
        judges.push({ set, member, matches: matcherOf(member) });
        continue;
      }
      const nested = setOf(member.set);
      if (nested === undefined || nested.spaceId !== set.spaceId) continue;
      if (member.mode === 'include') judges.push(...collect([nested], setOf, seen, here));
      else if (!here.includes(nested.id))
        judges.push({ set, member, matches: matcherOfNested(nested, setOf, here) });
    }
  }
  return judges;
}

/** What the nested set would choose by itself; the sets that lead to it are not read again. */
function matcherOfNested(
  nested: FeatureSet,
  setOf: (id: FeatureSetId) => FeatureSet | undefined,
  path: readonly FeatureSetId[],
): Matcher {
  const selection = new Selection([nested], (id) => (path.includes(id) ? undefined : setOf(id)));
  return (feature, server) => selection.has(feature, server);
}

function matcherOf(member: Exclude<SetMember, { kind: 'set' }>): Matcher {
  switch (member.kind) {
    case 'feature':
      return ({ kind, originalName }, _server, key) =>
        key === member.server && kind === member.feature && originalName === member.name;
    case 'server': {
      const known = member.known === undefined ? undefined : new Set(member.known);
      return ({ kind, originalName }, _server, key) =>
        key === member.server && (known === undefined || known.has(`${kind}:${originalName}`));
    }
    case 'pattern': {
      const matches = patternMatcher(member.pattern);
      return (feature, server, key) =>
        (member.feature === undefined || feature.kind === member.feature) && matches(feature, server, key);
    }
    case 'rule':
      return ({ kind, item }, _server, key) =>
        kind === 'tool' &&
        (member.server === undefined || member.server === key) &&
        hintOf(item, member.hint) === member.value;
  }
}

function patternMatcher(pattern: string): Matcher {
  const colon = pattern.indexOf(':');
  if (colon === -1) {
    const matches = globMatcher(pattern);
    return ({ originalName }, { alias }) => matches(`${alias}_${originalName}`);
  }
  const [ofServer, ofName] = [
    globMatcher(pattern.slice(0, colon).toLowerCase()),
    globMatcher(pattern.slice(colon + 1)),
  ];
  return ({ originalName }, { alias }, key) => (ofServer(alias) || ofServer(key)) && ofName(originalName);
}

/** `*` stands for any text. Takes time in proportion to the text, whatever the pattern. */
export function globMatcher(pattern: string): (text: string) => boolean {
  const parts = pattern.split(/\*+/);
  const [first, last] = [parts[0] as string, parts.at(-1) as string];
  if (parts.length === 1) return (text) => text === pattern;
  const between = parts.slice(1, -1);
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
      return false;
    let at = first.length;
    const end = text.length - last.length;
    for (const part of between) {
      const found = text.indexOf(part, at);
      if (found === -1 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}

/** What the specification takes for granted where a tool says nothing. @see MCP, ToolAnnotations */
const hintDefaults: Readonly<Record<AnnotationHint, boolean>> = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: true,
};

type Hints = Readonly<Record<AnnotationHint, boolean>>;
const readHints = new WeakMap<RawJson, Hints>();

/** What a tool says of itself, or what is taken for granted. What only reads destroys nothing. */
export function hintOf(item: RawJson, hint: AnnotationHint): boolean {
  let hints = readHints.get(item);
  if (hints === undefined) {
    const given = item.object('annotations');
    const read = (name: AnnotationHint): boolean =>
      given?.is(name, 'true') === true || (given?.is(name, 'false') !== true && hintDefaults[name]);
    const isReadOnly = read('readOnlyHint');
    hints = {
      readOnlyHint: isReadOnly,
      destructiveHint: !isReadOnly && read('destructiveHint'),
      idempotentHint: isReadOnly || read('idempotentHint'),
      openWorldHint: read('openWorldHint'),
    };
    readHints.set(item, hints);
  }
  return hints[hint];
}
