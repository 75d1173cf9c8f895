/**
 * cli/tool.test — `mcpmux tool` over the real rules and views.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CliBench, openCliBench } from '../../test/support/cli-harness.ts';
import { grantOfAll } from '../access/index.ts';
import type { JsonObject } from '../base/index.ts';
import type { ServerId } from '../model/index.ts';
import { RawJson } from '../protocol/index.ts';

let bench: CliBench;
const github = 's1' as ServerId;
const properties: JsonObject = {
  owner: { type: 'string' },
  count: { type: 'integer', description: 'how many' },
  labels: { type: 'array' },
};

beforeAll(async () => {
  bench = await openCliBench();
});
afterAll(() => bench.close());

async function shows(changed: JsonObject = properties): Promise<void> {
  await bench.fake.review.pins.setPolicy(github, 'follow');
  await bench.fake.review.catalogue.replace(github, {
    tools: [
      {
        name: 'list',
        description: 'Lists.',
        inputSchema: { type: 'object', properties: changed, required: ['owner'] },
      },
      { name: 'drop', inputSchema: { type: 'object' } },
    ].map((tool) => RawJson.ofText(JSON.stringify(tool))),
    prompts: [],
    resources: [],
    templates: [],
  });
}
const names = (): string[] => {
  const { views, access } = bench.fake.presentations;
  return [...(views.of(grantOfAll(access.snapshot.defaultSpace.id))?.view.tools.keys() ?? [])];
};

beforeEach(async () => {
  bench.reset();
  await shows();
});

describe('mcpmux tool', () => {
  it('renames, describes, pins, fills in, hides, and shows it all', async () => {
    for (const words of [
      ['rename', 'github_list', 'issues'],
      ['describe', 'issues', 'Lists our issues.'],
      ['describe', 'issues', 'at most', '--argument', 'count'],
      ['pin', 'issues', 'owner=acme'],
      ['default', 'issues', 'count=20'],
      ['hide', 'issues', 'labels'],
    ])
      expect(await bench.run(['tool', ...words])).toMatchObject({ code: 0 });
    expect(names()).toEqual(['issues', 'github_drop']);
    const { out } = await bench.run(['tool', 'show', 'issues']);
    expect(out).toContain('issues (list of github)\nLists our issues.');
    expect(out).toMatch(/owner +pinned to "acme"/);
    expect(out).toMatch(/count +default 20 +at most/);
    expect(out).toMatch(/labels +hidden/);
    expect((await bench.run(['tool'])).out).toContain('name, description, count, owner, labels');
    const json = JSON.parse((await bench.run(['tool', 'show', 'github_list', '--json'])).out) as JsonObject;
    expect(json).toMatchObject({ shownName: 'issues', qualifiedName: 'github_list', originalName: 'list' });
  });

  it('takes one argument back, or all of it', async () => {
    await bench.run(['tool', 'pin', 'github_list', 'owner=acme', 'count=3']);
    await bench.run(['tool', 'reset', 'github_list', 'count']);
    const { out } = await bench.run(['tool', 'show', 'github_list', '--json']);
    expect((JSON.parse(out) as { patches: unknown }).patches).toEqual([
      { set: null, patch: { arguments: { owner: { pinned: 'acme' } } } },
    ]);
    expect((await bench.run(['tool', 'reset', 'github_list'])).err).toBe(
      'github_list looks as its server shows it.\n',
    );
    expect((await bench.run(['tool', 'list'])).err).toContain('Every tool looks as its server shows it.');
  });

  it('warns when its server moves beneath it, and keeps a tool back whose pin would not hold', async () => {
    await bench.run(['tool', 'describe', 'github_list', 'Mine.', '--argument', 'count']);
    await shows({ ...properties, count: { type: 'number' } });
    expect((await bench.run(['tool', 'show', 'github_list'])).out).toContain(
      'look at it: its argument "count" is another one by now',
    );
    await bench.run(['tool', 'pin', 'github_list', 'owner=acme']);
    await shows({ organisation: { type: 'string' } });
    expect(names()).toEqual(['github_drop']);
    expect((await bench.run(['tool', 'list'])).out).toContain(
      'not offered: its argument "owner" is pinned and no longer there',
    );
  });

  it('changes it for one FeatureSet only', async () => {
    expect((await bench.run(['tool', 'rename', 'github_list', 'issues', '--set', 'starter'])).code).toBe(0);
    expect(names()).toEqual(['github_list', 'github_drop']);
    expect((await bench.run(['tool', 'show', 'issues'])).out).toContain('With the FeatureSet starter');
    await bench.run(['tool', 'reset', 'issues', '--set', 'starter']);
    expect((await bench.run(['tool', 'list'])).out).toBe('');
  });

  it.each<[says: string, words: string[], code: number, err: string]>([
    [
      'a name that another tool has',
      ['rename', 'github_list', 'github_drop'],
      2,
      'is the name of another tool',
    ],
    ['a name of ours', ['rename', 'github_list', 'mcpmux_search'], 2, 'those of McpMux itself'],
    ['a name that no client takes', ['rename', 'github_list', 'a b'], 2, "cannot be a tool's name"],
    ['an unknown tool', ['rename', 'github_lst', 'x'], 4, 'did you mean: github_list'],
    ['an unknown argument', ['pin', 'github_list', 'ownr=x'], 2, 'did you mean'],
    ['a value of another type', ['pin', 'github_list', 'count=many'], 2, '"many" is no integer'],
    ['no value', ['pin', 'github_list', 'count'], 2, 'is not ARGUMENT=VALUE'],
    [
      'to hide what is required',
      ['hide', 'github_list', 'owner'],
      2,
      'it can be pinned to a value, not hidden',
    ],
    ['an unknown set', ['rename', 'github_list', 'x', '--set', 'moon'], 4, 'there is no FeatureSet "moon"'],
  ])('refuses %s', async (_, words, code, err) => {
    const refused = await bench.run(['tool', ...words]);
    expect(refused.code).toBe(code);
    expect(refused.err).toContain(err);
  });
});
