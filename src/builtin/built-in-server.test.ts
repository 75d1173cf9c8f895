/**
 * builtin/built-in-server.test — our own tools as a client sees and calls them, before 504 tools of 24 real servers.
 */
import { beforeEach, expect, it } from 'vitest';
import { BuiltInRig } from '../../test/support/builtin-rig.ts';
import type { ServerId, ServerState } from '../model/index.ts';

let rig: BuiltInRig;
beforeEach(async () => {
  rig = await BuiltInRig.open();
});

const ours = [
  'mcpmux_search_tools',
  'mcpmux_call_tool',
  'mcpmux_call_read_tool',
  'mcpmux_list_all_tools',
  'mcpmux_read_result',
  'mcpmux_status',
  'mcpmux_list_spaces',
  'mcpmux_list_feature_sets',
  'mcpmux_manage_feature_set',
  'mcpmux_bind_current_workspace',
];

it('are listed before those of servers, in both eras', async () => {
  expect((await rig.listed('legacy')).slice(0, ours.length)).toEqual(ours);
  expect((await rig.listed('modern')).slice(0, ours.length)).toEqual(ours);
});

it('say of themselves whether they read or write', async () => {
  const answer = await rig.serve.answer({ method: 'tools/list', params: undefined, scope: rig.scope() });
  const tools = answer.kind === 'result' ? (answer.result.value['tools'] as never[]) : [];
  const hints = tools
    .slice(0, ours.length)
    .map(({ name, annotations }: { name: string; annotations: { readOnlyHint: boolean } }) => [
      name,
      annotations.readOnlyHint,
    ]);
  expect(hints).toEqual([
    ['mcpmux_search_tools', true],
    ['mcpmux_call_tool', false],
    ['mcpmux_call_read_tool', true],
    ['mcpmux_list_all_tools', true],
    ['mcpmux_read_result', true],
    ['mcpmux_status', true],
    ['mcpmux_list_spaces', true],
    ['mcpmux_list_feature_sets', true],
    ['mcpmux_manage_feature_set', false],
    ['mcpmux_bind_current_workspace', false],
  ]);
});

it('are not on the URL of one server', () => {
  const { caller } = rig.scope('legacy', { kind: 'server', alias: 'gitlab' });
  const names = [...(rig.serve.viewFor(caller)?.view.tools.keys() ?? [])];
  expect(names).toContain('get_project');
  expect(names.filter((name) => name.startsWith('mcpmux_'))).toEqual([]);
});

it('answer a modern client in its shape', async () => {
  const answer = await rig.call('mcpmux_search_tools', { query: 'list branches' }, 'modern');
  expect(answer.kind === 'result' && answer.result.value).toMatchObject({ resultType: 'complete' });
  const legacy = await rig.call('mcpmux_search_tools', { query: 'list branches' });
  expect(legacy.kind === 'result' && Object.keys(legacy.result.value)).toEqual(['content']);
});

it('find tools by words, and what they name can be called', async () => {
  const text = await rig.text('mcpmux_search_tools', { query: 'create a merge request', limit: 3 });
  const names = [...text.matchAll(/^([\w-]+)\(/gm)].map(([, name]) => name as string);
  expect(names[0]).toBe('gitlab_create_merge_request');
  expect(names.length).toBe(3);
  for (const name of names) await rig.call('mcpmux_call_tool', { name, arguments: {} });
  expect(rig.passed.map(({ alias, params }) => `${alias}_${params['name'] as string}`)).toEqual(names);
});

it('say that nothing fits', async () => {
  expect(await rig.text('mcpmux_search_tools', { query: 'order a pizza' })).toMatch(/^Nothing/);
  expect(await rig.text('mcpmux_search_tools', { query: 'qwzx' })).toMatch(
    /^Nothing fits "qwzx" among 504 tools/,
  );
});

it('give the whole definition for an exact name', async () => {
  const text = await rig.text('mcpmux_search_tools', { query: 'mongo_create-index' });
  expect(JSON.parse(text)).toMatchObject({ name: 'mongo_create-index', inputSchema: { type: 'object' } });
});

it.each([
  [{}, 'invalid_argument: "query" is missing'],
  [{ query: '   ' }, 'invalid_argument: "query" is missing'],
  [{ query: { a: 1 } }, 'invalid_argument: "query" must be a text'],
  [{ query: 'x'.repeat(3_000) }, 'invalid_argument: "query" is longer than'],
  [{ query: 'x', limit: 'many' }, 'invalid_argument: "limit" must be a number'],
])('refuse to search with %j', async (args, message) => {
  const { text, isError } = await rig.result('mcpmux_search_tools', args);
  expect([isError, text.startsWith(message)]).toEqual([true, true]);
});

it('hold a limit within bounds', async () => {
  const lines = async (limit: unknown): Promise<number> => {
    const text = await rig.text('mcpmux_search_tools', { query: 'file', limit: limit as number });
    return [...text.matchAll(/^[\w-]+\(/gm)].length;
  };
  expect([await lines(1_000), await lines(0), await lines('2')]).toEqual([25, 1, 2]);
});

it('pass a call on with the arguments as they were, and its answer as it came', async () => {
  rig.answer = {
    kind: 'error',
    error: { code: -32602, message: 'no such project' },
  };
  const args = { project_id: 'a/b', n: 12345678901234567890n.toString() };
  const answer = await rig.call('mcpmux_call_tool', { name: 'gitlab_get_project', arguments: args });
  expect(answer).toBe(rig.answer);
  expect(rig.passed).toEqual([{ alias: 'gitlab', params: { name: 'get_project', arguments: args } }]);
});

it('take arguments that a model wrote as text', async () => {
  await rig.call('mcpmux_call_tool', { name: 'gitlab_get_project', arguments: '{"project_id":"a/b"}' });
  expect(rig.passed[0]?.params['arguments']).toEqual({ project_id: 'a/b' });
  const { text } = await rig.result('mcpmux_call_tool', { name: 'gitlab_get_project', arguments: '{oops' });
  expect(text).toMatch(/^invalid_argument: "arguments" must be an object/);
});

it('call for reads only what says that it only reads', async () => {
  await rig.call('mcpmux_call_read_tool', { name: 'files_read_text_file', arguments: { path: 'a' } });
  expect(rig.passed).toHaveLength(1);
  const { text, isError } = await rig.result('mcpmux_call_read_tool', { name: 'files_write_file' });
  expect([isError, text.startsWith('not_read_only: files_write_file')]).toEqual([true, true]);
  expect(rig.passed).toHaveLength(1);
});

it('name the nearest tools where there is none of that name', async () => {
  const { text, isError } = await rig.result('mcpmux_call_tool', { name: 'gitlab_get_projct' });
  expect([isError, text]).toEqual([true, expect.stringContaining('gitlab_get_project')]);
  const { text: own } = await rig.result('mcpmux_call_tool', { name: 'mcpmux_status' });
  expect(own).toContain('call it directly');
  expect(rig.passed).toEqual([]);
});

it('list every tool, page by page and by server', async () => {
  const first = await rig.text('mcpmux_list_all_tools', {});
  expect(first).toContain('504 tools of 24 servers');
  expect(first).toContain('Page 1 of 6.');
  expect(first).not.toContain('mcpmux_');
  const names = new Set<string>();
  for (let page = 1; page <= 6; page += 1)
    for (const [, name] of (await rig.text('mcpmux_list_all_tools', { page })).matchAll(
      /^([a-z0-9]+_[\w-]+)/gm,
    ))
      names.add(name as string);
  expect(names).toEqual(new Set((await rig.listed()).filter((name) => !name.startsWith('mcpmux_'))));
  expect(await rig.text('mcpmux_list_all_tools', { server: 'Memory' })).toContain('9 tools of memory');
  const { text, isError } = await rig.result('mcpmux_list_all_tools', { server: 'gitlib' });
  expect([isError, text]).toEqual([true, expect.stringContaining('gitlab')]);
  expect((await rig.result('mcpmux_list_all_tools', { page: 7 })).isError).toBe(true);
});

it('say which servers need something', async () => {
  const state = (status: ServerState['status'], more: Partial<ServerState> = {}): ServerState =>
    ({ status, reason: undefined, nextStep: undefined, ...more }) as ServerState;
  const states: Record<string, ServerState> = {
    gitlab: state('authenticating', { nextStep: 'mcpmux login gitlab' }),
    k8s: state('failed', { reason: 'the command "kubectl"\nwas not found' }),
  };
  const other = await BuiltInRig.open({
    states: {
      stateOf: (id) => states[id] ?? state('connected'),
      signInUrlOf: (id) =>
        Promise.resolve(id === ('gitlab' as ServerId) ? 'https://idp.example/x' : undefined),
    },
  });
  expect((await other.text('mcpmux_status')).split('\n')).toEqual([
    '22 of 24 servers work.',
    'gitlab: waits for the person to sign in; the person opens https://idp.example/x; mcpmux login gitlab',
    'k8s: does not work; the command "kubectl" was not found',
  ]);
});

it('can be switched off one by one and all together; what is off is not callable', async () => {
  const spaceId = undefined;
  await rig.control.set(spaceId, 'mcpmux_status', false);
  expect(await rig.listed()).not.toContain('mcpmux_status');
  expect(await rig.call('mcpmux_status', {})).toMatchObject({ kind: 'error', error: { code: -32602 } });
  await rig.control.set(spaceId, 'all', false);
  expect((await rig.listed()).filter((name) => name.startsWith('mcpmux_'))).toEqual([]);
  expect(rig.control.list(spaceId).some(({ isOn }) => isOn)).toBe(false);
  await rig.control.set(spaceId, 'search_tools', true);
  expect((await rig.listed()).filter((name) => name.startsWith('mcpmux_'))).toEqual(['mcpmux_search_tools']);
  expect(rig.changes).toEqual(['default', 'default', 'default']);
  await expect(rig.control.set(spaceId, 'mcpmux_serch_tools', true)).rejects.toMatchObject({
    code: 'builtin.no_such_tool',
    hint: 'did you mean: mcpmux_search_tools',
  });
});

it('lists exactly what can be called', async () => {
  for (const name of await rig.listed()) {
    const answer = await rig.call(name, {});
    expect([name, answer.kind]).toEqual([name, 'result']);
  }
});
