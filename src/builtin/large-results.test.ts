/**
 * builtin/large-results.test — results over a limit: what the client gets, and how it reads on.
 */
import { beforeEach, expect, it } from 'vitest';
import { BuiltInRig } from '../../test/support/builtin-rig.ts';
import { firstSpaceId, firstStarter } from '../../test/support/first-space.ts';
import { raw } from '../../test/support/raw-json.ts';
import type { JsonObject } from '../base/index.ts';
import { SpaceNames } from '../catalogue/index.ts';
import type { FeatureId, ServerId } from '../model/index.ts';
import { followPath } from './json-path.ts';
import { shapeOf } from './result-digest.ts';

let rig: BuiltInRig;
beforeEach(async () => {
  rig = await BuiltInRig.open();
  await rig.limits.set({ kind: 'set', id: firstStarter.id }, 2_000);
});

const lines = Array.from({ length: 1_000 }, (_, at) => `line ${at + 1}: ${at === 499 ? 'NEEDLE' : 'hay'}`);
const items = Array.from({ length: 500 }, (_, at) => ({ id: at, name: `item ${at}`, tags: ['a'] }));

function answers(result: JsonObject): void {
  rig.answer = { kind: 'result', result: raw(result) };
}

const text = (value: string): JsonObject => ({ content: [{ type: 'text', text: value }] });

async function cutOff(): Promise<{ id: string; shown: string; whole: JsonObject }> {
  const { text: shown, whole } = await rig.result('mongo_find', {});
  return { id: /"id":"([^"]+)"/.exec(shown)?.[1] ?? '', shown, whole };
}

it('leaves a result alone that is within the limit, and every result where there is no limit', async () => {
  answers(text('x'.repeat(1_900)));
  expect(await rig.call('mongo_find', {})).toBe(rig.answer);
  await rig.limits.set({ kind: 'set', id: firstStarter.id }, undefined);
  answers(text('x'.repeat(1_000_000)));
  expect(await rig.call('mongo_find', {})).toBe(rig.answer);
});

it('shows the head, the shape and the way to read on, and keeps the rest of the answer', async () => {
  answers({
    ...text(lines.join('\n')),
    isError: true,
    structuredContent: { whole: lines },
    _meta: { 'x/y': 1 },
  });
  const { shown, whole } = await cutOff();
  expect(shown.startsWith('line 1: hay\nline 2: hay\n')).toBe(true);
  expect(shown).toContain('characters in 1000 lines of text');
  expect(shown.length).toBeLessThan(1_200);
  expect(whole).toMatchObject({ isError: true, _meta: { 'x/y': 1 } });
  expect(whole).not.toHaveProperty('structuredContent');
  expect(whole['content']).toMatchObject([
    { type: 'text' },
    { type: 'resource_link', mimeType: 'text/plain' },
  ]);
});

it('keeps pictures and sound where they are', async () => {
  const image = { type: 'image', data: 'x'.repeat(5_000), mimeType: 'image/png' };
  answers({ content: [image, { type: 'text', text: 'small' }] });
  expect(await rig.call('mongo_find', {})).toBe(rig.answer);
  answers({ content: [image, { type: 'text', text: lines.join('\n') }] });
  const answer = await rig.call('mongo_find', {});
  expect(answer.kind === 'result' && answer.result.value['content']).toContainEqual(image);
});

it('reads on by page until the whole of it was there', async () => {
  answers(text(lines.join('\n')));
  const { id } = await cutOff();
  let read = '';
  for (let page = 1; ; page += 1) {
    const { text: part, isError } = await rig.result('mcpmux_read_result', { id, page });
    if (isError) break;
    read += part.replace(/\n\[Page \d+ of \d+\]$/, '');
  }
  expect(read).toBe(lines.join('\n'));
});

it('finds lines by words, in any case', async () => {
  answers(text(lines.join('\n')));
  const { id } = await cutOff();
  expect(await rig.text('mcpmux_read_result', { id, grep: 'needle' })).toBe(
    '500: line 500: NEEDLE\n[1 lines]',
  );
  expect(await rig.text('mcpmux_read_result', { id, grep: 'hay', page: 2 })).toContain(
    '[999 lines, page 2 of 17]',
  );
  expect(await rig.text('mcpmux_read_result', { id, grep: '(((' })).toBe('No line has "(((".');
});

it('finds parts of JSON by path', async () => {
  answers(text(JSON.stringify({ items, total: 500 })));
  const { id, shown } = await cutOff();
  expect(shown).toContain('characters of JSON: {items: [500 × {id, name, tags: [1]}], total}');
  const read = (path: string) => rig.text('mcpmux_read_result', { id, path });
  expect(await read('items[3].name')).toBe('item 3');
  expect(await read('$.total')).toBe('500');
  expect(await rig.text('mcpmux_read_result', { id, grep: '"item 7"' })).toMatch(
    /: +"name": "item 7",\n\[1 lines\]$/,
  );
  expect(JSON.parse(await read('items[*].id'))).toEqual(items.map((item) => item.id));
  expect((await rig.result('mcpmux_read_result', { id, path: 'nothing' })).text).toMatch(/^not_found/);
  expect((await rig.result('mcpmux_read_result', { id, path: 'a..[' })).text).toMatch(/^invalid_argument/);
});

it('is read as a resource too, by its owner alone', async () => {
  answers(text(lines.join('\n')));
  const { id } = await cutOff();
  const read = (scope = rig.scope()) =>
    rig.serve.answer({ method: 'resources/read', params: raw({ uri: `mcpmux://result/${id}` }), scope });
  const own = await read();
  expect(own.kind === 'result' && own.result.value).toMatchObject({ contents: [{ text: lines.join('\n') }] });
  const stranger = rig.scope('legacy', rig.route, 'bob');
  expect(await read(stranger)).toMatchObject({ kind: 'error', error: { code: -32002 } });
  const call = { method: 'tools/call', params: raw({ name: 'mcpmux_read_result', arguments: { id } }) };
  const refused = await rig.serve.answer({ ...call, scope: stranger });
  expect(refused.kind === 'result' && refused.result.value).toMatchObject({ isError: true });
});

it('cannot be passed off by a server: a URI of ours has the alias of its server in front', () => {
  const feature = {
    id: 'f' as FeatureId,
    serverId: 'evil' as ServerId,
    kind: 'resource' as const,
    originalName: 'mcpmux://result/abc',
    item: raw({ uri: 'mcpmux://result/abc', name: 'x' }),
    position: 0,
    isAvailable: true,
  };
  const names = new SpaceNames([{ id: feature.serverId, alias: 'evil', features: [feature] }]);
  expect(names.shownName(feature.serverId, 'resource', feature.originalName)).toBe(
    'mux-evil+mcpmux://result/abc',
  );
});

it('is gone after an hour, and when its owner has too much', async () => {
  answers(text(lines.join('\n')));
  const { id } = await cutOff();
  rig.clock.advance(3_600_000 + 1);
  expect((await rig.result('mcpmux_read_result', { id })).text).toMatch(/^not_found: There is no result/);
  const owner = rig.scope().caller.principal.id;
  const first = rig.results.keep(owner, 't', 'x'.repeat(20_000_000), false);
  const other = rig.results.keep('client:bob' as never, 't', 'short', false);
  const second = rig.results.keep(owner, 't', 'x'.repeat(20_000_000), false);
  expect(rig.results.find(owner, first?.id ?? '')).toBeUndefined();
  expect(rig.results.find(owner, second?.id ?? '')).toBe(second);
  expect(rig.results.find('client:bob' as never, other?.id ?? '')).toBe(other);
  expect(rig.results.keep(owner, 't', 'x'.repeat(40_000_000), false)).toBeUndefined();
});

it('promises no output schema where a result may be cut', async () => {
  const schemas = async (): Promise<number> => {
    const answer = await rig.serve.answer({ method: 'tools/list', params: undefined, scope: rig.scope() });
    const tools = answer.kind === 'result' ? (answer.result.value['tools'] as JsonObject[]) : [];
    return tools.filter((tool) => tool['outputSchema'] !== undefined).length;
  };
  expect(await schemas()).toBe(0);
  await rig.limits.set({ kind: 'set', id: firstStarter.id }, undefined);
  expect(await schemas()).toBeGreaterThan(5);
});

it('cuts nothing for whoever has no tool to read on', async () => {
  answers(text(lines.join('\n')));
  await rig.control.set(undefined, 'mcpmux_read_result', false);
  expect(await rig.call('mongo_find', {})).toBe(rig.answer);
});

it('takes the lowest limit of the sets, else that of the Space', async () => {
  await rig.limits.set({ kind: 'space', id: firstSpaceId }, 1_000);
  expect(rig.limits.limitFor([firstStarter.id], firstSpaceId)).toBe(2_000);
  expect(rig.limits.limitFor([], firstSpaceId)).toBe(1_000);
});

it.each([
  ['a.b', { a: { b: 1 } }, [1]],
  ["['a.b'][0]", { 'a.b': [7] }, [7]],
  ['[*].x', [{ x: 1 }, { y: 2 }, { x: 3 }], [1, 3]],
  ['a.*', { a: { b: 1, c: 2 } }, [1, 2]],
  ['__proto__', {}, []],
  ['', 5, [5]],
  ['a[', {}, undefined],
])('follows the path %s', (path, value, found) => {
  expect(followPath(value as never, path)).toEqual(found);
});

it('describes text and JSON in a line', () => {
  expect(shapeOf({ text: 'a\nb', isJson: false })).toBe('3 characters in 2 lines of text');
  expect(shapeOf({ text: '[{"a":[1,2],"b":null}]', isJson: true })).toContain('[1 × {a: [2 × number], b}]');
});
