/**
 * registry/server-catalogue.test — several sources as one list: found by words, each server once, fast with many.
 */
import { describe, expect, it } from 'vitest';
import { BuiltInSource } from './built-in/source.ts';
import type { ServerDefinition } from './definition.ts';
import { ServerCatalogue } from './server-catalogue.ts';
import type { CatalogueSource } from './source.ts';

function sourceOf(name: string, definitions: readonly ServerDefinition[]): CatalogueSource {
  return {
    name,
    definitions: async () => definitions,
    state: () => ({ ...new BuiltInSource().state(), name, count: definitions.length }),
    refresh: async () => {},
  };
}

function npmServer(name: string, identifier: string, description = 'A server'): ServerDefinition {
  return {
    name,
    description,
    version: '1.0.0',
    packages: [{ registryType: 'npm', identifier, version: '1.0.0', transport: { type: 'stdio' } }],
  };
}

const builtIn = new ServerCatalogue([new BuiltInSource()]);
const first = async (catalogue: ServerCatalogue, query: string) =>
  (await catalogue.search(query, {}, 10)).entries.map(({ id }) => id);

describe('a search', () => {
  it.each([
    ['github', 'github'],
    ['linear', 'linear'],
    ['jira', 'atlassian'],
    ['postgres', 'postgres'],
    ['time zone', 'time'],
    ['playwrigth', 'playwright'],
    ['remember facts', 'memory'],
  ])('for "%s" finds %s first', async (query, expected) => {
    expect((await first(builtIn, query))[0]).toBe(expected);
  });

  it('keeps to what was asked for, and says how many there are', async () => {
    const { entries, total } = await builtIn.search(
      '',
      { category: 'search', runsOn: 'remote', auth: 'key' },
      1,
    );
    expect(entries).toHaveLength(1);
    expect(total).toBe(2);
  });
});

describe('several sources', () => {
  it('show a server once, as the first of them describes it, and say who has it too', async () => {
    const catalogue = new ServerCatalogue([
      sourceOf('ours', [npmServer('com.ours/x', 'same-package', 'Ours')]),
      sourceOf('theirs', [
        npmServer('io.theirs/y', 'Same-Package', 'Theirs'),
        npmServer('io.theirs/z', 'another'),
      ]),
    ]);
    const { entries } = await catalogue.search('', {}, 10);
    expect(entries.map(({ definition, source, alsoIn }) => [definition.name, source, alsoIn])).toEqual([
      ['com.ours/x', 'ours', ['theirs']],
      ['io.theirs/z', 'theirs', []],
    ]);
  });

  it('let a server be named by the end of its name, unless that can be two', async () => {
    const catalogue = new ServerCatalogue([
      sourceOf('a', [npmServer('io.a/one', 'a'), npmServer('io.a/two', 'b'), npmServer('io.b/two', 'c')]),
    ]);
    expect((await catalogue.get('ONE')).definition.name).toBe('io.a/one');
    expect((await catalogue.get('io.b/two')).definition.name).toBe('io.b/two');
    await expect(catalogue.get('two')).rejects.toMatchObject({
      code: 'registry.ambiguous',
      hint: 'give one whole: io.a/two, io.b/two',
    });
    await expect(builtIn.get('githib')).rejects.toMatchObject({
      code: 'registry.no_such_definition',
      hint: expect.stringContaining('github'),
    });
  });
});
