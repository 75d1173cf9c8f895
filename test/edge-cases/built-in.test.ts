/**
 * edge-cases/built-in — our own tools through the daemon, in both eras: search and call, a change that a person allows in the
 * client or on the command line, lazy mode, a large result, and a server whose sign of life is missing.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/deadline.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { type Json, RawHttpClient } from '../support/raw-client.ts';
import { namesOfServersTools } from '../support/tool-names.ts';

type Era = 'legacy' | 'modern';

let gateway: Gateway;
const open: RawHttpClient[] = [];

beforeAll(async () => {
  gateway = await startGateway({
    servers: [
      {
        name: 'fixture',
        launch: {
          kind: 'stdio',
          command: process.execPath,
          args: [repositoryPath('test/fixtures/servers/stdio-server.mjs')],
        },
      },
      { name: 'broken', launch: { kind: 'stdio', command: process.execPath, args: ['--no-such-flag'] } },
    ],
    waitForServers: false,
  });
  await eventually('the fixture is connected', async () => {
    const { tools } = await gateway.admin.listTools();
    return tools.find(({ name }) => name === 'fixture_echo');
  });
});

afterAll(async () => {
  for (const client of open) client.close();
  await gateway.stop();
});

async function connect(
  era: Era,
  options: Partial<Parameters<typeof RawHttpClient.connect>[0]> = {},
): Promise<RawHttpClient> {
  const { headers = {}, ...rest } = options;
  const client = await RawHttpClient.connect({
    url: gateway.mcpUrl(),
    era,
    ...rest,
    headers: { ...gateway.headers, ...headers },
  });
  open.push(client);
  return client;
}

function textOf(result: Json | undefined): string {
  const [content] = (result?.['content'] ?? []) as { text?: string }[];
  return content?.text ?? '';
}

const call = async (client: RawHttpClient, name: string, args: Json = {}) =>
  (await client.callTool(name, args)).result;

describe.each<Era>(['legacy', 'modern'])('a %s client', (era) => {
  it('finds a tool, reads its definition and calls it', async () => {
    const client = await connect(era);
    const found = textOf(await call(client, 'mcpmux_search_tools', { query: 'echo' }));
    expect(found).toMatch(/^fixture_echo\(/m);
    const definition = textOf(await call(client, 'mcpmux_search_tools', { query: 'fixture_echo' }));
    expect(JSON.parse(definition)).toMatchObject({ name: 'fixture_echo' });
    const direct = await call(client, 'fixture_echo', { text: 'Grüße' });
    const through = await call(client, 'mcpmux_call_tool', {
      name: 'fixture_echo',
      arguments: { text: 'Grüße' },
    });
    expect(through?.['content']).toEqual(direct?.['content']);
  });

  it('hears which server does not work', async () => {
    const client = await connect(era);
    await eventually(
      'the broken one is seen',
      async () => /^broken: .*bad option/m.exec(textOf(await call(client, 'mcpmux_status'))) ?? undefined,
    );
  });

  it('changes a FeatureSet when the person allows it on the command line', async () => {
    const client = await connect(era);
    const name = `Made over the command line ${era}`;
    const asked = call(client, 'mcpmux_manage_feature_set', {
      action: 'create',
      name,
      add: ['fixture_echo'],
    });
    const { number } = await waiting();
    const { stdout } = await gateway.cli(['approvals']);
    expect(stdout).toContain('mcpmux_manage_feature_set');
    await gateway.admin.answerApproval(number, { answer: 'allow' });
    expect(textOf(await asked)).toContain('was created with 1 tools');
    expect(textOf(await call(client, 'mcpmux_list_feature_sets'))).toContain(name);
  });

  it('is refused when the person says no, and nothing is stored', async () => {
    const client = await connect(era);
    const asked = client.callTool('mcpmux_manage_feature_set', {
      action: 'create',
      name: 'Never',
      add: ['fixture_echo'],
    });
    const { number } = await waiting();
    await gateway.admin.answerApproval(number, { answer: 'deny' });
    expect((await asked).result?.['content']).toBeUndefined();
    expect(textOf(await call(client, 'mcpmux_list_feature_sets'))).not.toContain('Never');
  });
});

it('lets the person answer in a legacy client', async () => {
  const dialogs: Json[] = [];
  const client = await connect('legacy', {
    capabilities: { elicitation: {} },
    handlers: {
      'elicitation/create': (params) => {
        dialogs.push(params);
        return { action: 'accept', content: { answer: firstChoice(params) } };
      },
    },
  });
  const args = { action: 'create', name: 'Made in the client', add: ['fixture_echo'] };
  expect(textOf(await call(client, 'mcpmux_manage_feature_set', args))).toContain('was created');
  expect(String(dialogs[0]?.['message'])).toContain('+fixture_echo');
});

it('lets the person answer in a modern client, between two rounds', async () => {
  const client = await connect('modern', { capabilities: { elicitation: { form: {} } } });
  const args = { action: 'create', name: 'Made in two rounds', add: ['fixture_echo'] };
  const first = await client.request('tools/call', { name: 'mcpmux_manage_feature_set', arguments: args });
  expect(first.result).toMatchObject({ resultType: 'input_required' });
  const requests = first.result?.['inputRequests'] as Record<string, { params: Json }>;
  const [[key, ask]] = Object.entries(requests) as [[string, { params: Json }]];
  const second = await client.request('tools/call', {
    name: 'mcpmux_manage_feature_set',
    arguments: args,
    inputResponses: { [key]: { action: 'accept', content: { answer: firstChoice(ask.params) } } },
    requestState: first.result?.['requestState'],
  });
  expect(textOf(second.result)).toContain('was created');
});

/** The call that a person is asked about. */
const waiting = () => eventually('it waits', async () => (await gateway.admin.listApprovals()).waiting.at(0));

function firstChoice(params: Json): unknown {
  const schema = params['requestedSchema'] as { properties: { answer: { enum: unknown[] } } };
  return schema.properties.answer.enum[0];
}

it('binds the folder that a client names, and that client alone gets another list', async () => {
  const folder = process.cwd();
  const there = await connect('modern', { headers: { 'x-mcpmux-workspace': folder } });
  const elsewhere = await connect('modern');
  const asked = call(there, 'mcpmux_bind_current_workspace', { feature_sets: [] });
  const { number } = await waiting();
  await gateway.admin.answerApproval(number, { answer: 'allow' });
  expect(textOf(await asked)).toContain('no tools');
  expect(namesOfServersTools(await there.result('tools/list'))).toEqual([]);
  expect(namesOfServersTools(await elsewhere.result('tools/list'))).toContain('fixture_echo');
});

it('tells a client when it gets another list, and lists less in lazy mode', async () => {
  const client = await connect('legacy');
  const standing = client.openStream();
  await gateway.cli(['lazy', 'set', 'lazy']);
  await standing.inbox.take('the news', ({ method }) => method === 'notifications/tools/list_changed');
  expect(namesOfServersTools(await client.result('tools/list'))).toEqual([]);
  expect(textOf(await call(client, 'fixture_echo', { text: 'still' }))).toContain('still');
  await gateway.cli(['lazy', 'set', 'default']);
  expect(namesOfServersTools(await client.result('tools/list'))).toContain('fixture_echo');
  const { stdout } = await gateway.cli(['tokens']);
  expect(stdout).toMatch(/CLIENT +LISTS +SEARCHES +RESULTS/);
});

it('cuts a large result and lets its client read on, and nobody else', async () => {
  expect((await gateway.cli(['large-results', '2000'])).code).toBe(0);
  const client = await connect('legacy');
  const text = Array.from({ length: 500 }, (_, at) => `line ${at + 1}`).join('\n');
  const cut = textOf(await call(client, 'fixture_echo', { text }));
  expect(cut).toContain('was cut');
  const id = /"id":"([^"]+)"/.exec(cut)?.[1] ?? '';
  expect(textOf(await call(client, 'mcpmux_read_result', { id, grep: 'line 499' }))).toContain('line 499');
  const whole = await client.result('resources/read', { uri: `mcpmux://result/${id}` });
  expect(JSON.stringify(whole)).toContain('line 500');
  const { text: other } = await gateway.admin.createKey('stranger');
  const stranger = await connect('legacy', { headers: { authorization: `Bearer ${other}` } });
  expect((await call(stranger, 'mcpmux_read_result', { id }))?.['isError']).toBe(true);
  await gateway.cli(['large-results', 'off']);
});

it('takes a tool of ours away where it is switched off', async () => {
  const client = await connect('modern');
  await gateway.cli(['builtin', 'off', 'mcpmux_status']);
  const { tools } = (await client.result('tools/list')) as { tools: { name: string }[] };
  expect(tools.map(({ name }) => name)).not.toContain('mcpmux_status');
  expect((await client.callTool('mcpmux_status')).error?.code).toBe(-32602);
  await gateway.cli(['builtin', 'on', 'all']);
});
