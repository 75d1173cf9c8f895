/**
 * gateway/serve/presenters.test — whatever people make of tools: what is listed can be called, under one name each, and what
 * is fixed holds.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstSpaceId } from '../../../test/support/first-space.ts';
import { baseOf } from '../../access/index.ts';
import type { JsonObject } from '../../base/index.ts';
import { SpaceNames, View, type ViewServer } from '../../catalogue/index.ts';
import type {
  ArgumentPatch,
  Feature,
  FeatureId,
  FeatureSetId,
  Presentation,
  ServerId,
  SpaceId,
  ToolPatch,
} from '../../model/index.ts';
import { RawJson } from '../../protocol/index.ts';
import { Presenters } from './presenters.ts';

const argumentNames = ['owner', 'repo', 'limit', 'a"b'];
const setIds = ['one' as FeatureSetId, 'two' as FeatureSetId];

const tool = fc.record({
  server: fc.constantFrom('a', 'b', 'a-b'),
  name: fc.constantFrom('list', 'read', 'b_list', 'drop', 'löschen', 'x'.repeat(60)),
  properties: fc.subarray(argumentNames),
  required: fc.subarray(argumentNames),
});
const argumentPatch: fc.Arbitrary<ArgumentPatch> = fc.oneof(
  fc.record({ pinned: fc.jsonValue({ maxDepth: 1 }) }),
  fc.constant({ isHidden: true }),
  fc.record({ default: fc.jsonValue({ maxDepth: 1 }) }),
  fc.constant({ description: 'mine' }),
) as never;
const patch = fc.record(
  {
    // Names of others, names of nobody, and one that many want.
    name: fc.constantFrom('a_list', 'b_read', 'mine', 'ours', 'a-b_drop'),
    description: fc.constant('Mine.'),
    arguments: fc.dictionary(fc.constantFrom(...argumentNames, 'gone'), argumentPatch),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<ToolPatch>;

interface World {
  readonly servers: readonly ViewServer[];
  readonly presentations: readonly Presentation[];
}

const world: fc.Arbitrary<World> = fc
  .tuple(
    fc.uniqueArray(tool, { maxLength: 8, selector: ({ server, name }) => `${server} ${name}` }),
    fc.array(fc.record({ at: fc.nat(8), set: fc.constantFrom(undefined, ...setIds), patch }), {
      maxLength: 10,
    }),
  )
  .map(([tools, patches]) => {
    const features = tools.map(({ server, name, properties, required }, at): Feature => {
      const schema: JsonObject = {
        type: 'object',
        properties: Object.fromEntries(properties.map((one) => [one, {}])),
        required: required.filter((one) => properties.includes(one)),
      };
      const item = RawJson.ofText(JSON.stringify({ name, description: 'Its own.', inputSchema: schema }));
      return {
        id: `f${at}` as FeatureId,
        serverId: server as ServerId,
        kind: 'tool',
        originalName: name,
        item,
        position: at,
        isAvailable: true,
      };
    });
    const servers = ['a', 'b', 'a-b'].map((alias) => ({
      id: alias as ServerId,
      name: alias,
      alias,
      features: features.filter(({ serverId }) => serverId === alias),
    }));
    const byKey = new Map<string, Presentation>();
    for (const { at, set, patch: given } of patches) {
      const feature = features[at];
      if (feature === undefined) continue;
      byKey.set(`${set} ${feature.id}`, {
        spaceId: firstSpaceId,
        setId: set,
        featureId: feature.id,
        patch: given,
        base: baseOf(given, feature.item),
        updatedAt: 0,
      });
    }
    return { servers, presentations: [...byKey.values()] };
  });

function viewOf({ servers, presentations }: World, usesOriginalNames = false): View {
  const present = new Presenters().for(presentations, firstSpaceId, setIds);
  const shown = usesOriginalNames ? servers.slice(0, 1) : servers;
  return new View(shown, usesOriginalNames, new SpaceNames(servers), present);
}

const patchesOf = ({ presentations }: World, id: FeatureId): readonly ToolPatch[] =>
  presentations.filter(({ featureId }) => featureId === id).map((one) => one.patch);

describe('a view of tools that people have changed', () => {
  it('lists each under one name that leads back to it', () => {
    fc.assert(
      fc.property(world, fc.boolean(), (given, usesOriginalNames) => {
        const view = viewOf(given, usesOriginalNames);
        const listed = [...view.list('tool')];
        const names = listed.map(({ item }) => item.text('name'));
        expect(new Set(names).size).toBe(names.length);
        for (const target of listed) {
          expect(target.item.text('name')).toBe(target.shownName);
          expect(view.tools.get(target.shownName)).toBe(target);
          expect(view.targetOf(target.serverId, 'tool', target.originalName)).toBe(target);
          expect(target.original.text('name')).toBe(target.originalName);
        }
        // Nothing is lost but what cannot be offered, and the order is that of the servers.
        const ids = listed.map(({ featureId }) => featureId);
        const all = (usesOriginalNames ? given.servers.slice(0, 1) : given.servers).flatMap(({ features }) =>
          features.map(({ id }) => id),
        );
        expect(all.filter((id) => ids.includes(id))).toEqual(ids);
        for (const id of all) if (!ids.includes(id)) expect(patchesOf(given, id)).not.toEqual([]);
      }),
    );
  });

  it('never gives a tool the name that another has by itself', () => {
    fc.assert(
      fc.property(world, (given) => {
        const names = new SpaceNames(given.servers);
        for (const { shownName, featureId } of viewOf(given).list('tool')) {
          const owner = names.find('tool', shownName);
          if (owner !== undefined) expect(owner.feature.id).toBe(featureId);
        }
      }),
    );
  });

  it('shows no fixed or hidden argument, and lets no call set one', () => {
    fc.assert(
      fc.property(
        world,
        fc.dictionary(fc.constantFrom(...argumentNames, 'gone'), fc.jsonValue()),
        (given, call) => {
          for (const target of viewOf(given).list('tool')) {
            const patches = patchesOf(given, target.featureId).map((one) => one.arguments ?? {});
            const shown = (target.item.object('inputSchema')?.object('properties')?.entries() ?? []).map(
              ([name]) => name,
            );
            const mapped = target.toServer?.(RawJson.ofText(JSON.stringify(call)));
            const sent =
              mapped === undefined || 'fault' in mapped
                ? undefined
                : ((mapped.arguments?.parse() ?? {}) as JsonObject);
            for (const name of [...argumentNames, 'gone']) {
              const own = patches.flatMap((one) =>
                Object.hasOwn(one, name) ? [one[name] as ArgumentPatch] : [],
              );
              const pins = own.flatMap(({ pinned }) =>
                pinned === undefined ? [] : [JSON.stringify(pinned)],
              );
              if (pins.length > 0) {
                expect(shown).not.toContain(name);
                if (sent !== undefined) expect(pins).toContain(JSON.stringify(sent[name]));
              } else if (own.some(({ isHidden }) => isHidden === true)) {
                expect(shown).not.toContain(name);
                if (sent !== undefined) expect(Object.hasOwn(sent, name)).toBe(false);
              }
            }
          }
        },
      ),
    );
  });
});

describe('Presenters', () => {
  const one: Presentation = {
    spaceId: firstSpaceId,
    setId: undefined,
    featureId: 'f' as FeatureId,
    patch: { name: 'mine' },
    base: {},
    updatedAt: 0,
  };

  it('give the same function as long as the same patches count, and none where none do', () => {
    const presenters = new Presenters();
    const all = [one];
    const first = presenters.for(all, firstSpaceId, setIds);
    expect(first).toBeDefined();
    expect(presenters.for(all, firstSpaceId, setIds)).toBe(first);
    expect(presenters.for([...all], firstSpaceId, setIds)).not.toBe(first);
    expect(presenters.for(all, 'work' as SpaceId, [])).toBeUndefined();
    expect(presenters.for([], firstSpaceId, setIds)).toBeUndefined();
    expect(presenters.for(undefined, firstSpaceId, setIds)).toBeUndefined();
  });
});
