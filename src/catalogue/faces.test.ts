/**
 * catalogue/faces.test — what callers see of a server whose legs show different things.
 */
import { describe, expect, it } from 'vitest';
import { raw } from '../../test/support/raw-json.ts';
import type { DiscoveredFeatures, Feature, FeatureId, ServerId } from '../model/index.ts';
import { Faces } from './faces.ts';

const serverId = 's' as ServerId;

function found(...names: string[]): DiscoveredFeatures {
  return { tools: names.map((name) => raw({ name })), prompts: [], resources: [], templates: [] };
}

function primaryOf(...names: string[]): Feature[] {
  return names.map((originalName, position) => ({
    id: `id of ${originalName}` as FeatureId,
    serverId,
    kind: 'tool',
    originalName,
    item: raw({ name: originalName }),
    position,
    isAvailable: true,
  }));
}

const namesOf = (features: readonly Feature[] | undefined): string[] | undefined =>
  features?.map(({ originalName }) => originalName);

describe('Faces', () => {
  it('R17 R18 shows each caller the closest face, and the primary one where that shows the same', () => {
    const faces = new Faces();
    const primary = primaryOf('a', 'b');
    expect(faces.isEmpty).toBe(true);
    expect(faces.set(serverId, 'era:legacy', found('a'), primary)).toBe(true);
    expect(faces.set(serverId, 'owner:one', found('a', 'b', 'c'), primary)).toBe(true);
    expect(faces.set(serverId, 'owner:two', found('a', 'b'), primary)).toBe(false);
    const seen = (...keys: Parameters<Faces['find']>[1]) => faces.find(serverId, keys, primary);
    expect([
      seen('owner:one', 'era:legacy'),
      seen('owner:other', 'era:legacy'),
      seen('owner:two', 'era:legacy'),
      seen('owner:other', 'era:modern'),
    ]).toEqual(['owner:one', 'era:legacy', undefined, undefined]);
    expect(namesOf(faces.featuresOf(serverId, 'owner:one'))).toEqual(['a', 'b', 'c']);
    expect(namesOf([...faces.beside(serverId, primary)])).toEqual(['c']);
  });

  it('keeps ids over faces and reads, and a list that did not come', () => {
    const faces = new Faces();
    const primary = primaryOf('a');
    faces.set(serverId, 'owner:one', found('a', 'own'), primary);
    const first = faces.featuresOf(serverId, 'owner:one');
    faces.set(serverId, 'owner:one', { ...found('own', 'a'), prompts: undefined }, primary);
    const second = faces.featuresOf(serverId, 'owner:one');
    expect(second?.map(({ id }) => id)).toEqual([first?.[1]?.id, 'id of a']);
    expect(faces.set(serverId, 'owner:one', { ...found(), tools: undefined }, primary)).toBe(false);
  });

  it('is gone with its leg', () => {
    const faces = new Faces();
    const primary = primaryOf('a');
    faces.set(serverId, 'owner:one', found('own'), primary);
    expect(faces.set(serverId, 'owner:one', undefined, primary)).toBe(true);
    expect([faces.isEmpty, faces.set(serverId, 'owner:one', undefined, primary)]).toEqual([true, false]);
  });

  it('does not change with the primary face, and follows its server when that is away', () => {
    const faces = new Faces();
    const old = primaryOf('a');
    faces.set(serverId, 'owner:same', found('a'), old);
    faces.set(serverId, 'era:legacy', found('b'), old);
    const changed = primaryOf('a', 'new');
    faces.follow(serverId, old, changed);
    expect(faces.find(serverId, ['owner:same'], changed)).toBe('owner:same');
    expect(namesOf(faces.featuresOf(serverId, 'owner:same'))).toEqual(['a']);
    const away = changed.map((feature) => ({ ...feature, isAvailable: false }));
    faces.follow(serverId, changed, away);
    expect(faces.featuresOf(serverId, 'era:legacy')?.map(({ isAvailable }) => isAvailable)).toEqual([false]);
    faces.follow(serverId, away, changed);
    expect(faces.featuresOf(serverId, 'era:legacy')?.map(({ isAvailable }) => isAvailable)).toEqual([true]);
  });
});
