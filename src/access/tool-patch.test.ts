import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../base/index.ts';
import { type ArgumentPatch, readPatch, type ToolPatch } from '../model/index.ts';
import { RawJson } from '../protocol/index.ts';
import { baseOf, faultOfPatch, mapArguments, mergePatches, patchTool } from './tool-patch.ts';

const schema: JsonObject = {
  type: 'object',
  properties: {
    owner: { type: 'string' },
    repo: { type: 'string', description: 'which one' },
    limit: { type: 'integer' },
  },
  required: ['owner', 'repo'],
};
const item = RawJson.ofText(
  JSON.stringify({ name: 'list_issues', description: 'Lists.', inputSchema: schema, 'x-own': 1.0 }),
);

const shown = (patch: ToolPatch, over = item): JsonObject =>
  patchTool(over, patch, {}).item.parse() as JsonObject;
const sent = (patch: ToolPatch, given?: JsonValue): unknown => {
  const mapped = mapArguments(patch, given === undefined ? undefined : RawJson.ofText(JSON.stringify(given)));
  return 'fault' in mapped ? mapped.fault : mapped.arguments?.parse();
};

describe('patchTool', () => {
  it('replaces words and leaves the rest as its server wrote it', () => {
    const patched = shown({ title: 'Issues', description: 'Lists issues.' });
    expect(patched).toEqual({
      title: 'Issues',
      name: 'list_issues',
      description: 'Lists issues.',
      inputSchema: schema,
      'x-own': 1,
    });
  });

  it.each<[says: string, argument: ArgumentPatch, properties: string[], required: string[] | undefined]>([
    ['hides', { isHidden: true }, ['owner', 'repo'], ['owner', 'repo']],
    ['pins', { pinned: 5 }, ['owner', 'repo'], ['owner', 'repo']],
    ['fills in', { default: 5 }, ['owner', 'repo', 'limit'], ['owner', 'repo']],
  ])('%s an argument', (_, argument, names, required) => {
    const input = shown({ arguments: { limit: argument } })['inputSchema'] as JsonObject;
    expect(Object.keys(input['properties'] as JsonObject)).toEqual(names);
    expect(input['required']).toEqual(required);
  });

  it('asks no longer for what is pinned or filled in', () => {
    const input = shown({
      arguments: { owner: { pinned: 'me' }, repo: { default: 'mine', description: 'mine' } },
    })['inputSchema'] as JsonObject;
    expect(input).toEqual({
      type: 'object',
      properties: {
        repo: { type: 'string', description: 'mine', default: 'mine' },
        limit: { type: 'integer' },
      },
    });
  });

  it('warns when what it was made over has moved, and not when something else has', () => {
    const patch: ToolPatch = {
      description: 'Mine.',
      arguments: { repo: { pinned: 'mine' }, limit: { default: 3 } },
    };
    const base = baseOf(patch, item);
    expect(patchTool(item, patch, base)).toMatchObject({ warnings: [], fault: undefined });
    const beside = item.with('title', '"New"').with('annotations', '{}');
    expect(patchTool(beside, patch, base).warnings).toEqual([]);
    const moved = item.with('description', '"Lists all."');
    expect(patchTool(moved, patch, base).warnings).toEqual(['the server describes it anew by now']);
    const other = item.with(
      'inputSchema',
      JSON.stringify({ ...schema, properties: { repo: { type: 'number' } } }),
    );
    expect(patchTool(other, patch, base).warnings).toEqual([
      'its argument "repo" is another one by now',
      'its argument "limit" is gone',
    ]);
  });

  it('does not offer a tool whose pinned argument is gone: what the person fixed would be free', () => {
    const gone = item.with('inputSchema', '{"type":"object","properties":{"repository":{"type":"string"}}}');
    expect(patchTool(gone, { arguments: { repo: { pinned: 'mine' } } }, {}).fault).toMatch(
      /"repo" is pinned/,
    );
    expect(patchTool(gone, { arguments: { repo: { isHidden: true } } }, {}).fault).toBeUndefined();
  });
});

describe('mapArguments', () => {
  it.each<[says: string, patch: Record<string, ArgumentPatch>, given: JsonObject | undefined, out: unknown]>([
    ['sends what is pinned', { repo: { pinned: 'mine' } }, { owner: 'me' }, { owner: 'me', repo: 'mine' }],
    [
      'takes a pinned value that is the same',
      { repo: { pinned: 'mine' } },
      { repo: 'mine' },
      { repo: 'mine' },
    ],
    [
      'refuses another value than the pinned one',
      { repo: { pinned: 'mine' } },
      { repo: 'yours' },
      'the argument "repo" is fixed by the person; call again without it',
    ],
    [
      'refuses what is hidden',
      { repo: { isHidden: true } },
      { repo: 'x' },
      'there is no argument "repo"; call again without it',
    ],
    ['fills in what is missing', { limit: { default: 3 } }, undefined, { limit: 3 }],
    ['leaves what is given', { limit: { default: 3 } }, { limit: 9 }, { limit: 9 }],
    ['an explicit null is given', { limit: { default: 3 } }, { limit: null }, { limit: null }],
    ['pins null', { limit: { pinned: null } }, {}, { limit: null }],
  ])('%s', (_, patch, given, out) => expect(sent({ arguments: patch }, given)).toEqual(out));

  it('knows a pinned name in any spelling', () => {
    const mapped = mapArguments(
      { arguments: { repo: { pinned: 'mine' } } },
      RawJson.ofText('{"re\\u0070o":"yours"}'),
    );
    expect(mapped).toHaveProperty('fault');
  });

  it('leaves numbers as they were written', () => {
    const mapped = mapArguments(
      { arguments: { repo: { pinned: 'mine' } } },
      RawJson.ofText('{"n":12345678901234567890}'),
    );
    expect('fault' in mapped ? '' : mapped.arguments?.toText()).toBe(
      '{"n":12345678901234567890,"repo":"mine"}',
    );
  });

  it('holds pins and never sends what is hidden, whatever the caller says', () => {
    const names = ['owner', 'repo', 'limit', '__proto__', 'a"b', 'ü'];
    const argument: fc.Arbitrary<ArgumentPatch> = fc.oneof(
      fc.record({ pinned: fc.jsonValue() }),
      fc.constant({ isHidden: true }),
      fc.record({ default: fc.jsonValue() }),
    ) as never;
    const given = fc.dictionary(fc.constantFrom(...names), fc.jsonValue());
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), argument), given, (patch, call) => {
        const mapped = mapArguments({ arguments: patch }, RawJson.ofText(JSON.stringify(call)));
        if ('fault' in mapped) return;
        const out = new Map(Object.entries((mapped.arguments?.parse() ?? {}) as JsonObject));
        for (const [name, one] of Object.entries(patch)) {
          if (one.pinned !== undefined)
            expect(JSON.stringify(out.get(name))).toBe(JSON.stringify(one.pinned));
          else if (one.isHidden === true) expect(out.has(name)).toBe(false);
          else expect(out.has(name)).toBe(true);
        }
        for (const name of Object.keys(call)) if (patch[name] === undefined) expect(out.has(name)).toBe(true);
      }),
    );
  });
});

describe('faultOfPatch', () => {
  it.each<[patch: ToolPatch, fault: RegExp | undefined]>([
    [{ name: 'issues' }, undefined],
    [{ name: 'has blank' }, /cannot be a tool's name/],
    [{ name: 'MCPMUX_search' }, /those of McpMux itself/],
    [{ arguments: { nope: { pinned: 1 } } }, /no argument "nope"; its arguments are: owner, repo, limit/],
    [{ arguments: { owner: { isHidden: true } } }, /is required/],
    [{ arguments: { owner: { isHidden: true, pinned: 'me' } } }, undefined],
  ])('%j', (patch, fault) => {
    const found = faultOfPatch(patch, item);
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(fault);
  });
});

describe('mergePatches', () => {
  it('lets the later one speak, except where the earlier has fixed an argument', () => {
    expect(
      mergePatches([
        { name: 'a', title: 'A', arguments: { x: { pinned: 1 }, y: { isHidden: true }, z: { default: 1 } } },
        { name: 'b', arguments: { x: { pinned: 2 }, y: { description: 'shown?' }, z: { default: 2 } } },
      ]),
    ).toEqual({
      name: 'b',
      title: 'A',
      arguments: { x: { pinned: 1 }, y: { isHidden: true, description: 'shown?' }, z: { default: 2 } },
    });
  });
});

it('reads a stored patch with care', () => {
  expect(readPatch({ name: 1, title: 'x', arguments: { a: 1, b: { pinned: 2 } } })).toEqual({
    title: 'x',
    arguments: { b: { pinned: 2 } },
  });
  expect(readPatch('x')).toBeUndefined();
});
