/**
 * gateway/serve/views.property.test — whatever servers, sets, nesting and rules there are: what is listed is what can be called.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeMapping, makeSet } from '../../../test/support/access-world.ts';
import { firstSpace, firstSpaceId, firstStarter } from '../../../test/support/first-space.ts';
import { principalOf } from '../../../test/support/principals.ts';
import { raw } from '../../../test/support/raw-json.ts';
import { AccessRegister } from '../../access/index.ts';
import { Catalogue, type View } from '../../catalogue/index.ts';
import {
  annotationHints,
  type Caller,
  type CatalogueRepository,
  type Feature,
  type FeatureId,
  type FeatureKind,
  type FeatureSet,
  type FeatureSetId,
  featureKinds,
  type InstalledServer,
  nameKeys,
  type ServerId,
  type SetMember,
} from '../../model/index.ts';
import { InstalledServerList } from '../manage/installed-server-list.ts';
import { type GrantedView, Views } from './views.ts';

const aliases = ['a', 'a-b', 'b', 'long-alias-of-a-server'];
/** Names that meet across servers, that are long, that are odd. */
const names = [
  'x',
  'b_x',
  'read',
  'ä/ö',
  'n'.repeat(60),
  `${'n'.repeat(60)}2`,
  'file:///x',
  'res://{id}',
  'res://1',
];
const setNames = ['one', 'two', 'three', 'four'];

const feature = fc.record({
  kind: fc.constantFrom(...featureKinds),
  name: fc.constantFrom(...names),
  isAvailable: fc.boolean(),
  annotations: fc.dictionary(fc.constantFrom(...annotationHints), fc.boolean()),
});

const server = fc.record({
  isEnabled: fc.boolean(),
  features: fc.uniqueArray(feature, {
    maxLength: 8,
    selector: ({ kind, name }) => `${kind} ${name}`,
  }),
});

const mode = fc.constantFrom('include' as const, 'exclude' as const);
const member: fc.Arbitrary<SetMember> = fc.oneof(
  fc.record({
    mode,
    kind: fc.constant('feature' as const),
    server: fc.constantFrom(...aliases),
    feature: fc.constantFrom(...featureKinds),
    name: fc.constantFrom(...names),
  }),
  fc.record({ mode, kind: fc.constant('server' as const), server: fc.constantFrom(...aliases) }),
  fc.record({
    mode,
    kind: fc.constant('pattern' as const),
    pattern: fc.constantFrom('*', 'a_*', '*x', '*:read', 'a-b:*', '*n*'),
  }),
  fc.record({
    mode,
    kind: fc.constant('rule' as const),
    hint: fc.constantFrom(...annotationHints),
    value: fc.boolean(),
  }),
  fc.record({
    mode,
    kind: fc.constant('set' as const),
    set: fc.constantFrom(...setNames).map((name) => name as FeatureSetId),
  }),
);

const world = fc.record({
  servers: fc.array(server, { minLength: 1, maxLength: aliases.length }),
  sets: fc.array(fc.array(member, { maxLength: 5 }), {
    minLength: setNames.length,
    maxLength: setNames.length,
  }),
  chosen: fc.subarray(setNames),
});
type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never;

async function build({ servers, sets, chosen }: World) {
  const installed = new InstalledServerList();
  const features: Feature[] = [];
  servers.forEach(({ isEnabled, features: offered }, at) => {
    const alias = aliases[at] as string;
    const id = `s${at}` as ServerId;
    installed.put({
      id,
      spaceId: firstSpaceId,
      name: alias,
      alias,
      isEnabled,
      createdAt: at,
    } as unknown as InstalledServer);
    offered.forEach(({ kind, name, isAvailable, annotations }, position) => {
      features.push({
        id: `${id}/${kind}/${name}` as FeatureId,
        serverId: id,
        kind,
        originalName: name,
        item: raw({ [nameKeys[kind]]: name, annotations }),
        position,
        isAvailable,
      });
    });
  });
  const own: FeatureSet[] = setNames.map((name, at) => makeSet(name, firstSpaceId, sets[at] ?? []));
  const access = new AccessRegister({
    spaces: [firstSpace],
    sets: [firstStarter, ...own],
    mappings: [makeMapping('ci', firstSpaceId, chosen)],
    unmapped: 'starter',
  });
  const catalogue = new Catalogue({
    load: async () => features,
  } as Partial<CatalogueRepository> as CatalogueRepository);
  await catalogue.load();
  // Loading offers everything; the rest is as it is said above.
  const views = new Views(access, installed, catalogue);
  const caller = (workspace: string | undefined, alias?: string): Caller => ({
    principal: principalOf('a'),
    route: alias === undefined ? { kind: 'all' } : { kind: 'server', alias },
    client: { era: 'modern', revision: '2026-07-28', info: undefined, capabilities: {} },
    sessionKey: undefined,
    workspace,
  });
  return { views, caller, features, own, chosen, installed };
}

/** What the sets choose, said in the plainest way: the union of includes without all excludes. */
function isChosen(
  feature: Feature,
  alias: string,
  chosen: readonly FeatureSet[],
  all: readonly FeatureSet[],
  path: readonly FeatureSetId[] = [],
): boolean {
  const includes: SetMember[] = [];
  const excludes: { readonly member: SetMember; readonly path: readonly FeatureSetId[] }[] = [];
  const seen = new Set<FeatureSetId>();
  const walk = (set: FeatureSet, way: readonly FeatureSetId[]): void => {
    if (seen.has(set.id) || path.includes(set.id)) return;
    seen.add(set.id);
    const here = [...way, set.id];
    for (const one of set.members) {
      if (one.kind === 'set' && one.mode === 'include') {
        const nested = all.find(({ id }) => id === one.set);
        if (nested !== undefined) walk(nested, here);
      } else if (one.mode === 'include') includes.push(one);
      else excludes.push({ member: one, path: here });
    }
  };
  for (const set of chosen) walk(set, path);
  const speaksOf = (one: SetMember, way: readonly FeatureSetId[]): boolean => {
    switch (one.kind) {
      case 'feature':
        return one.server === alias && one.feature === feature.kind && one.name === feature.originalName;
      case 'server':
        return one.server === alias;
      case 'pattern': {
        const [left, right] = one.pattern.includes(':') ? one.pattern.split(':') : [undefined, one.pattern];
        const fits = (glob: string, text: string): boolean =>
          new RegExp(`^${glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^]*')}$`).test(text);
        return left === undefined
          ? fits(right as string, `${alias}_${feature.originalName}`)
          : fits(left, alias) && fits(right as string, feature.originalName);
      }
      case 'rule': {
        if (feature.kind !== 'tool') return false;
        const said = feature.item.object('annotations')?.value ?? {};
        const reads = said['readOnlyHint'] === true;
        const hints = {
          readOnlyHint: reads,
          destructiveHint: !reads && said['destructiveHint'] !== false,
          idempotentHint: reads || said['idempotentHint'] === true,
          openWorldHint: said['openWorldHint'] !== false,
        };
        return hints[one.hint] === one.value;
      }
      case 'set': {
        const nested = all.find(({ id }) => id === one.set);
        if (nested === undefined || way.includes(nested.id)) return false;
        return isChosen(feature, alias, [nested], all, way);
      }
    }
  };
  return (
    includes.some((one) => speaksOf(one, path)) &&
    !excludes.some(({ member: one, path: way }) => speaksOf(one, way))
  );
}

const shownOf = (view: View, kind: FeatureKind) => [...view.list(kind)].map(({ shownName }) => shownName);

it('lists exactly what the sets choose, and finds exactly that by name', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (given) => {
      const { views, caller, features, own, chosen, installed } = await build(given);
      const { view } = views.for(caller('ci')) as GrantedView;
      const active = own.filter(({ slug }) => chosen.includes(slug));
      for (const one of features) {
        const { alias, isEnabled } = installed.get(one.serverId) as InstalledServer;
        const target = view.targetOf(one.serverId, one.kind, one.originalName);
        expect(target !== undefined).toBe(isEnabled && isChosen(one, alias, active, own));
        if (target === undefined) continue;
        // The name leads to it, and it gives its own name back.
        expect(view.find(one.kind, target.shownName)).toBe(target);
        expect([target.originalName, target.serverId]).toEqual([one.originalName, one.serverId]);
        if (one.kind === 'resource')
          expect(view.findResource(target.shownName)).toMatchObject({ originalUri: one.originalName });
      }
    }),
    { numRuns: 150 },
  );
});

it('reaches what is not chosen by no name and no address', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (given) => {
      const { views, caller, features, installed } = await build(given);
      const { view } = views.for(caller('ci')) as GrantedView;
      for (const one of features) {
        if (view.targetOf(one.serverId, one.kind, one.originalName) !== undefined) continue;
        const { alias } = installed.get(one.serverId) as InstalledServer;
        const shown = views
          .namesOf(firstSpaceId)
          .shownName(one.serverId, one.kind, one.originalName) as string;
        if (one.kind === 'resource') expect(view.findResource(shown)?.server.id).not.toBe(one.serverId);
        else expect(view.find(one.kind, shown)).toBeUndefined();
        // On the server's own URL it is as unknown.
        const alone = views.for(caller('ci', alias))?.view;
        if (one.kind === 'resource') expect(alone?.findResource(one.originalName)).toBeUndefined();
        else expect(alone?.find(one.kind, one.originalName)).toBeUndefined();
      }
    }),
    { numRuns: 150 },
  );
});

it('gives each name once, in an order that stays, and no set renames anything', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (given) => {
      const { views, caller } = await build(given);
      const again = await build(given);
      const narrow = (views.for(caller('ci')) as GrantedView).view;
      const wide = (views.for(caller(undefined)) as GrantedView).view;
      const later = (again.views.for(again.caller('ci')) as GrantedView).view;
      for (const kind of featureKinds) {
        const shown = shownOf(narrow, kind);
        expect(new Set(shown).size).toBe(shown.length);
        expect(shownOf(later, kind)).toEqual(shown);
        // A part of the whole, in its order.
        const inWide = new Set(shown);
        expect(shownOf(wide, kind).filter((name) => inWide.has(name))).toEqual(shown);
        expect([...later.list(kind)].map(({ item }) => item.toText())).toEqual(
          [...narrow.list(kind)].map(({ item }) => item.toText()),
        );
      }
    }),
    { numRuns: 100 },
  );
});
