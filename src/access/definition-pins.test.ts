import { describe, expect, it } from 'vitest';
import { memoryPinRepository } from '../../test/support/fake-review.ts';
import { EventBus, type JsonObject, ManualClock, newId, silentLogger } from '../base/index.ts';
import type {
  DefinitionPolicy,
  DomainEvent,
  Feature,
  FeatureId,
  FeatureKind,
  ServerId,
} from '../model/index.ts';
import { RawJson } from '../protocol/index.ts';
import { DefinitionPins, type HeldDefinition } from './definition-pins.ts';

const server = 's1' as ServerId;

function feature(kind: FeatureKind, item: JsonObject): Feature {
  const originalName = (item['name'] ?? item['uri']) as string;
  return {
    id: newId<FeatureId>(),
    serverId: server,
    kind,
    originalName,
    item: RawJson.ofText(JSON.stringify(item)),
    position: 0,
    isAvailable: true,
  };
}

const tool = (name: string, more: JsonObject = {}): Feature =>
  feature('tool', { name, description: `Does ${name}.`, inputSchema: { type: 'object' }, ...more });
const optional = (name: string): JsonObject => ({
  inputSchema: { type: 'object', properties: { [name]: { type: 'string' } } },
});

async function open(repository = memoryPinRepository()) {
  const clock = new ManualClock(1_000);
  const told: DomainEvent[] = [];
  const events = new EventBus<DomainEvent>(clock, () => {});
  events.subscribe(({ event }) => told.push(event));
  const pins = new DefinitionPins({ repository, events, clock, logger: silentLogger });
  await pins.load();
  const names = async (...features: Feature[]): Promise<string[]> =>
    (await pins.review(server, features)).map(({ originalName }) => originalName);
  return { pins, told, names, repository };
}

const brief = ({ kind, name, face, level, isRejected }: HeldDefinition) => ({
  kind,
  name,
  face,
  level,
  isRejected,
});
const changed = { description: 'Does something else.' };

describe('DefinitionPins', () => {
  it.each<[policy: DefinitionPolicy, offered: string[], held: string[]]>([
    ['follow', ['same', 'more', 'text', 'behaviour', 'new'], []],
    ['default', ['same', 'more'], ['text text', 'behaviour behaviour', 'new new']],
    ['strict', ['same'], ['more additive', 'text text', 'behaviour behaviour', 'new new']],
  ])('under the policy %s', async (policy, offered, held) => {
    const { pins, names } = await open();
    expect(await names(tool('same'), tool('more'), tool('text'), tool('behaviour'))).toHaveLength(4);
    await pins.setPolicy(server, policy);
    const again = await names(
      tool('same'),
      tool('more', optional('x')),
      tool('text', changed),
      tool('behaviour', { annotations: { readOnlyHint: true } }),
      tool('new'),
    );
    expect(again).toEqual(offered);
    expect(pins.held(server).map(({ name, level }) => `${name} ${level}`)).toEqual(held);
  });

  it('holds the first definitions too when it is strict, until a person accepts them', async () => {
    const { pins, names } = await open();
    await pins.setPolicy(server, 'strict');
    expect(await names(tool('a'), tool('b'))).toEqual([]);
    const held = pins.held(server);
    expect(await pins.decide(server, held.slice(0, 1), true)).toHaveLength(1);
    expect(await names(tool('a'), tool('b'))).toEqual(['a']);
  });

  it('lets an empty first list approve nothing', async () => {
    const { names } = await open();
    expect(await names()).toEqual([]);
    expect(await names(tool('a'))).toEqual(['a']);
    expect(await names(tool('a'), tool('b'))).toEqual(['a']);
  });

  it('watches prompts, and lets resources be', async () => {
    const { pins, names } = await open();
    await names(feature('prompt', { name: 'p' }), feature('resource', { uri: 'x:/1', title: 'one' }));
    expect(
      await names(
        feature('prompt', { name: 'p', ...changed }),
        feature('resource', { uri: 'x:/1', title: 'two' }),
      ),
    ).toEqual(['x:/1']);
    expect(pins.held().map(brief)).toEqual([
      { kind: 'prompt', name: 'p', face: 'primary', level: 'text', isRejected: false },
    ]);
  });

  it('offers a tool again that goes back to its approved form', async () => {
    const { pins, names } = await open();
    await names(tool('a'));
    expect(await names(tool('a', changed))).toEqual([]);
    expect(await names(tool('a'))).toEqual(['a']);
    expect(pins.held()).toEqual([]);
  });

  it('remembers a tool that was away', async () => {
    const { names } = await open();
    await names(tool('a'), tool('b'));
    await names(tool('b'));
    expect(await names(tool('a', changed), tool('b'))).toEqual(['b']);
  });

  it('remembers over a restart, and compares with what is in the store', async () => {
    const { names, repository } = await open();
    await names(tool('a'), tool('b'));
    const second = await open(repository);
    expect(await second.names(tool('a', changed), tool('b'))).toEqual(['b']);
    expect(second.pins.held()[0]?.changes[0]).toMatchObject({ path: 'description', from: 'Does a.' });
  });

  it('keeps a refusal to the form that was refused, also under follow and over a restart', async () => {
    const { pins, names, repository } = await open();
    await names(tool('a'));
    await names(tool('a', changed), tool('evil'));
    await pins.decide(server, pins.held(server), false);
    expect(pins.held().map(({ isRejected }) => isRejected)).toEqual([true, true]);
    const second = await open(repository);
    await second.pins.setPolicy(server, 'follow');
    expect(await second.names(tool('a', changed), tool('evil'))).toEqual([]);
    expect(await second.names(tool('a', { description: 'Third.' }), tool('evil'))).toEqual(['a']);
  });

  it('decides nothing about a form that is not held', async () => {
    const { pins, names } = await open();
    await names(tool('a'));
    await names(tool('a', changed));
    const [held] = pins.held(server);
    await names(tool('a', { description: 'Changed under your eyes.' }));
    expect(await pins.decide(server, [held as HeldDefinition], true)).toEqual([]);
    expect(pins.held(server)).toHaveLength(1);
  });

  it('tells once that something is held, and what passed', async () => {
    const { names, told } = await open();
    await names(tool('a'), tool('b'));
    await names(tool('a', changed), tool('b', optional('x')));
    await names(tool('a', changed), tool('b', optional('x')));
    expect(told).toEqual([
      { type: 'access.definitions_held', serverId: server, names: ['tool:a'] },
      { type: 'access.definitions_followed', serverId: server, names: ['tool:b'] },
    ]);
  });

  it('says nothing of the same in another spelling', async () => {
    const { names, told } = await open();
    await names(tool('a'));
    await names(tool('a', { inputSchema: { $schema: 'x', type: 'object' } }));
    expect(told).toEqual([]);
  });

  describe('faces', () => {
    it('are judged by what the primary leg was approved for', async () => {
      const { pins, names } = await open();
      await names(tool('a'), tool('b'));
      const seen = pins.reviewFace(server, 'era:modern', [tool('a', changed), tool('b')]);
      expect(seen.map(({ originalName }) => originalName)).toEqual(['b']);
      expect(pins.held().map(brief)).toEqual([
        { kind: 'tool', name: 'a', face: 'era:modern', level: 'text', isRejected: false },
      ]);
      await pins.decide(server, pins.held(), true);
      expect(pins.reviewFace(server, 'era:modern', [tool('a', changed), tool('b')])).toHaveLength(2);
      expect(await names(tool('a', changed), tool('b'))).toEqual(['b']);
    });

    it('may show more than the primary leg when they are first seen, and not later', async () => {
      const { pins, names } = await open();
      await names(tool('a'));
      expect(pins.reviewFace(server, 'owner:one', [tool('a'), tool('own')])).toHaveLength(2);
      expect(pins.reviewFace(server, 'owner:two', [tool('a'), tool('own'), tool('more')])).toHaveLength(2);
      expect(pins.held()).toHaveLength(1);
      pins.reviewFace(server, 'owner:two', []);
      expect(pins.held()).toEqual([]);
    });

    it('do not smuggle in what is held on the primary leg', async () => {
      const { pins, names } = await open();
      await names(tool('a'));
      expect(await names(tool('a', changed))).toEqual([]);
      expect(pins.reviewFace(server, 'era:modern', [tool('a', changed)])).toEqual([]);
    });
  });

  describe('instructions', () => {
    it('stay the approved ones while others are held', async () => {
      const { pins } = await open();
      expect(pins.instructionsFor(server, 'legacy', 'Be kind.')).toBe('Be kind.');
      expect(pins.instructionsFor(server, 'legacy', 'Be cruel.')).toBe('Be kind.');
      expect(pins.instructionsFor(server, 'modern', 'Be cruel.')).toBe('Be kind.');
      expect(pins.held().map(({ kind, level }) => `${kind} ${level}`)).toEqual(['instructions text']);
      await pins.decide(server, pins.held(), true);
      for (const era of ['legacy', 'modern'] as const)
        expect(pins.instructionsFor(server, era, 'Be cruel.')).toBe('Be cruel.');
    });

    it('that come later are held where there were none, over a restart', async () => {
      const { pins, repository } = await open();
      expect(pins.instructionsFor(server, 'legacy', '')).toBe('');
      await Promise.resolve();
      const second = await open(repository);
      expect(second.pins.instructionsFor(server, 'legacy', 'Always call me first.')).toBe('');
    });

    it('are none until somebody accepts them when the server is watched strictly', async () => {
      const { pins } = await open();
      await pins.setPolicy(server, 'strict');
      expect(pins.instructionsFor(server, 'legacy', 'Hi.')).toBeUndefined();
    });
  });
});
