/**
 * e2e/access.test — who sees what, through the built daemon: one URL, clients in two folders, a key that is bound to a Space.
 */
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runChild } from '../support/child.ts';
import { eventually } from '../support/deadline.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { RawHttpClient } from '../support/raw-client.ts';
import { namesOfServersTools } from '../support/tool-names.ts';

const server = (name: string, space?: string) => ({
  name,
  ...(space !== undefined && { space }),
  launch: {
    kind: 'stdio' as const,
    command: process.execPath,
    args: [repositoryPath('test/fixtures/servers/stdio-server.mjs')],
  },
});

let gateway: Gateway;
let folder: string;
let app: string;
let notes: string;
const open: RawHttpClient[] = [];

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-folders-')));
  [app, notes] = [join(folder, 'app'), join(folder, 'notes')];
  await mkdir(app);
  await mkdir(notes);
  const dataDir = join(folder, 'data');
  await mkdir(dataDir, { mode: 0o700 });
  gateway = await startGateway({ dataDir });
  const { admin } = gateway;
  await admin.createSpace({ name: 'Work' });
  for (const body of [server('files'), server('git'), server('git', 'work')]) await gateway.addServer(body);
  await admin.createSet({ name: 'Echo', include: ['files_echo'] });
  await admin.createSet({ name: 'Git', space: 'work', include: ['git_echo', 'git_env'] });
  await admin.createMapping({ key: app, sets: ['Git'] });
  await admin.createMapping({ key: notes, sets: ['Echo'], hasChildren: true });
});
afterAll(async () => {
  for (const client of open) client.close();
  await gateway.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A client that reports a folder, and listens. */
async function clientIn(at: string | undefined, key = gateway.key): Promise<RawHttpClient> {
  const client = await RawHttpClient.connect({
    url: gateway.mcpUrl(),
    era: 'legacy',
    headers: { authorization: `Bearer ${key}` },
    ...(at !== undefined && {
      capabilities: { roots: { listChanged: true } },
      handlers: { 'roots/list': () => ({ roots: [{ uri: pathToFileURL(at).href }] }) },
    }),
  });
  open.push(client);
  const standing = client.openStream();
  await standing.head;
  return client;
}

const names = async (client: RawHttpClient) => namesOfServersTools(await client.result('tools/list', {}));
const heard = (client: RawHttpClient) =>
  client.inbox.all.filter(({ method }) => method === 'notifications/tools/list_changed').length;

it('shows three lists under one URL, and a switched member reaches exactly the one whom it concerns', async () => {
  const { admin } = gateway;
  const { text: boundKey } = await admin.createKey('bound', { space: 'work' });
  const inApp = await clientIn(app);
  const inNotes = await clientIn(join(notes, 'deep', 'er'));
  const bound = await clientIn(undefined, boundKey);
  await eventually('the folders', async () => (await names(inApp)).length === 2 || undefined);
  await eventually('the folders', async () => (await names(inNotes)).length === 1 || undefined);
  expect(await names(inApp)).toEqual(['git_echo', 'git_env']);
  expect(await names(inNotes)).toEqual(['files_echo']);
  const wide = await names(bound);
  expect(wide).toEqual(expect.arrayContaining(['git_echo', 'git_env', 'git_grow']));
  expect(wide.some((name) => name.startsWith('files_'))).toBe(false);

  const modern = new RawHttpClient({
    url: gateway.mcpUrl(),
    era: 'modern',
    headers: { ...gateway.headers, 'x-mcpmux-workspace': app },
  });
  open.push(modern);
  expect(namesOfServersTools(await modern.result('tools/list', {}))).toEqual(['git_echo', 'git_env']);
  const listening = modern.listen({ toolsListChanged: true });
  await modern.inbox.take('the acknowledgement');

  const before = [inApp, inNotes, bound].map(heard);
  const startedAt = Date.now();
  await admin.changeSet('Git', { include: ['git_notify'] });
  await inApp.inbox.take('news', ({ method }) => method === 'notifications/tools/list_changed');
  await modern.inbox.take('news', ({ method }) => method === 'notifications/tools/list_changed');
  expect(Date.now() - startedAt).toBeLessThan(1_000);
  expect(await names(inApp)).toEqual(['git_echo', 'git_env', 'git_notify']);
  // What changes nothing for anybody is silent.
  await admin.changeSet('Git', { description: 'for the app' });
  await admin.createSet({ name: 'Unused', include: ['files_env'] });
  expect(await names(inNotes)).toEqual(['files_echo']);
  expect([inNotes, bound].map(heard)).toEqual(before.slice(1));
  listening.abort();
});

it('lets nobody call or name what it does not list', async () => {
  const client = await clientIn(notes);
  await eventually('the folder', async () => (await names(client)).length === 1 || undefined);
  const answer = await client.request('tools/call', { name: 'files_env', arguments: {} });
  expect(answer.error).toMatchObject({ code: -32602, message: expect.stringContaining('Unknown tool') });
  expect(
    (await client.result('tools/call', { name: 'files_echo', arguments: { a: 1 } }))['content'],
  ).toBeDefined();
});

it('keeps what a session was told over a restart: the same bytes, without asking again', async () => {
  const client = await clientIn(app);
  await eventually('the folder', async () => (await names(client)).length >= 2 || undefined);
  const text = async () =>
    JSON.stringify(((await client.result('tools/list', {})) as { tools: unknown }).tools);
  const first = await text();
  const { port, dataDir } = gateway;
  await gateway.kill();
  gateway = await startGateway({ dataDir, port });
  expect(await text()).toBe(first);
});

it('gives a Space and a set a URL of their own, and says the same of what is not there and what is not open', async () => {
  const list = async (path: string, key = gateway.key) => {
    const client = new RawHttpClient({
      url: `${gateway.url}${path}`,
      era: 'modern',
      headers: { authorization: `Bearer ${key}` },
    });
    open.push(client);
    const answer = await client.request('tools/list', {});
    return answer.result === undefined
      ? [answer.status, answer.error?.message]
      : namesOfServersTools(answer.result);
  };
  expect(await list('/sets/echo/mcp')).toEqual(['files_echo']);
  expect(await list('/spaces/work/mcp')).toContain('git_grow');
  expect(await list('/spaces/work/servers/git/mcp')).toContain('grow');
  const { text: key } = await gateway.admin.createKey('home only', { space: 'default' });
  expect(await list('/spaces/work/mcp', key)).toEqual([
    404,
    'There is no Space "work"; see: mcpmux space list',
  ]);
  expect(await list('/spaces/nope/mcp', key)).toEqual([
    404,
    'There is no Space "nope"; see: mcpmux space list',
  ]);
  expect((await list('/sets/git/mcp', key))[0]).toBe(404);
});

it('knows by the stdio bridge in which folder a client was started that reports none', async () => {
  const messages = [
    {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
    },
    { jsonrpc: '2.0', method: 'notifications/initialized' },
    { jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} },
  ];
  const { stdout } = await runChild({
    command: process.execPath,
    args: [repositoryPath('bin/mcpmux.mjs'), 'stdio'],
    env: { MCPMUX_DATA_DIR: gateway.dataDir, MCPMUX_SOCKET: gateway.socketPath },
    cwd: notes,
    input: `${messages.map((message) => JSON.stringify(message)).join('\n')}\n`,
  });
  const answer = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { id?: number; result: { tools: { name: string }[] } })
    .find(({ id }) => id === 2);
  expect(namesOfServersTools(answer?.result ?? { tools: [] })).toEqual(['files_echo']);
});

it('explains on the command line, and tells scripts by exit codes what cannot be called', async () => {
  const why = await gateway.cli(['why', '--client', 'New', '--folder', notes, 'files_env']);
  expect(why.code).toBe(4);
  expect(why.stdout).toContain(`New in ${notes} does not get files_env.`);
  expect(why.stdout).toContain('which is mapped to "Echo" of the Space "Default"');
  expect(why.stdout).toContain('mcpmux set add Echo files_env');
  const preflight = await gateway.cli(['preflight', 'files_echo', 'files_env', '--folder', notes]);
  expect([preflight.code, preflight.stdout.trim().split('\n').length]).toEqual([12, 2]);
  expect((await gateway.cli(['preflight', 'files_echo'])).code).toBe(0);
  expect((await gateway.cli(['preflight', 'files_eco'])).code).toBe(11);
  const removed = await gateway.cli(['space', 'delete', 'work']);
  expect([removed.code, removed.stderr]).toEqual([2, expect.stringContaining('servers   git')]);
  expect((await gateway.cli(['space', 'delete', 'work', '--yes'])).code).toBe(0);
  expect((await gateway.cli(['list', '--json'])).stdout).not.toContain('"space":"work"');
});
