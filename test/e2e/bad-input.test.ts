/**
 * e2e/bad-input — what people get wrong, and that each of it is answered with the thing, the reason and the next step.
 *
 * The many ways to send a bad HTTP request: test/fault.
 */
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSqlite } from '../../src/store/index.ts';
import { runChild } from '../support/child.ts';
import { type CommandOutcome, freePort, type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';
import { MODERN_REVISION, RawHttpClient } from '../support/raw-client.ts';

const program = repositoryPath('bin/mcpmux.mjs');
const fixture = repositoryPath('test/fixtures/servers/stdio-server.mjs');

let folder: string;
let gateway: Gateway;
/** A web site: it answers, but not with MCP. */
let site: Server;
let siteUrl: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mcpmux-bad-')));
  site = createServer((request, response) => {
    if (request.url === '/page') response.setHeader('content-type', 'text/html').end('<h1>Hello</h1>');
    else response.writeHead(404).end('nothing here');
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  gateway = await startGateway({
    servers: [{ name: 'files', launch: { kind: 'stdio', command: process.execPath, args: [fixture] } }],
  });
});

afterAll(async () => {
  await gateway?.stop();
  site?.close();
  site?.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

/** Nothing that a person gets may look like this. */
function expectCalm({ stdout, stderr }: CommandOutcome): void {
  const text = `${stdout}${stderr}`;
  expect(text.trim()).not.toBe('');
  expect(text).not.toMatch(/^\s+at .*:\d+/m);
  expect(text).not.toMatch(/node:internal|\[object Object\]|undefined|should not have happened/);
}

describe('the command line', () => {
  const command = ['--', 'node', fixture];
  const rows: readonly (readonly [
    what: string,
    words: readonly string[],
    code: number,
    says: RegExp,
    next: RegExp,
  ])[] = [
    [
      'a command that is not there',
      ['add', 'one', '--', 'no-such-command', '--flag'],
      6,
      /command "no-such-command" was not found in PATH \(.*\/.*\)/,
      /next: install it, or give its full path/,
    ],
    [
      'a runner that is not installed',
      ['add', 'two', '-e', 'PATH=/nowhere', '--', 'uvx', 'mcp-server-time'],
      6,
      /command "uvx" was not found in PATH \(\/nowhere/,
      /next: install uv/,
    ],
    [
      'a path where no program is',
      ['add', 'three', '--cwd', '/', '--', './no-such-file'],
      6,
      /there is no program \/no-such-file/,
      /--cwd/,
    ],
    [
      'a name that is taken',
      ['add', 'FILES', ...command],
      7,
      /there is a server named "files" already/,
      /mcpmux edit files/,
    ],
    [
      'a name with other characters',
      ['add', 'a/b', ...command],
      2,
      /"a\/b" cannot be a server's name/,
      /use letters, digits/,
    ],
    [
      'a name with a line break',
      ['add', 'a\nb', ...command],
      2,
      /"a\\nb" cannot be a server's name/,
      /use letters, digits/,
    ],
    ['an empty name', ['add', '', ...command], 2, /cannot be a server's name: it is empty/, /use letters/],
    [
      'a name that is too long',
      ['add', 'x'.repeat(65), ...command],
      2,
      /cannot be a server's name: it has 65 characters, and 64 is the most/,
      /use letters/,
    ],
    ['nothing to run', ['add', 'four'], 2, /what is to be run or reached is missing/, /mcpmux add NAME URL/],
    [
      'a URL of another kind',
      ['add', 'five', 'ftp://example.com/mcp'],
      2,
      /"ftp:\/\/example.com\/mcp" cannot be used .*http:\/\/ or https:\/\//,
      /^/,
    ],
    ['a URL that is none', ['add', 'six', 'http://[x'], 2, /"http:\/\/\[x" cannot be used/, /^/],
    [
      'a URL where nothing listens',
      ['add', 'seven', 'http://127.0.0.1:1/mcp'],
      6,
      /nothing listens at 127.0.0.1:1/,
      /check that the server runs/,
    ],
    [
      'a header with a line break',
      ['add', 'eight', 'http://127.0.0.1:1/mcp', '-H', 'X-Key: a\r\nX-Other: b'],
      2,
      /header "X-Key" cannot be used: its value has a line break/,
      /^/,
    ],
    [
      'a header without a colon',
      ['add', 'nine', 'http://127.0.0.1:1/mcp', '-H', 'nonsense'],
      2,
      /-H takes a header as "Name: value"/,
      /Authorization/,
    ],
    ['a tool that is not there', ['call', 'files_ehco', '{}'], 4, /no tool "files_ehco"/, /files_echo/],
    [
      'arguments that are an array',
      ['call', 'files_echo', '[1]'],
      2,
      /must be a JSON object, not an array/,
      /'\{/,
    ],
    [
      'arguments that are a text',
      ['call', 'files_echo', '"x"'],
      2,
      /must be a JSON object, not a string/,
      /'\{/,
    ],
    ['arguments that are no JSON', ['call', 'files_echo', '{path: 1}'], 2, /are not valid JSON/, /'\{/],
    ['a server that is not there', ['show', 'flies'], 4, /no server "flies"/, /next: /],
    ['a key that is not there', ['key', 'revoke', 'nobody'], 4, /key .*"nobody"/, /mcpmux key list/],
    ['a word that is no command', ['strat'], 2, /no command "strat"/, /did you mean "start"/],
    ['an option that is not there', ['list', '--jsno'], 2, /--jsno/, /^/],
  ];

  it.each(rows)('%s', async (_, words, code, says, next) => {
    const outcome = await gateway.cli(words);
    const text = `${outcome.stdout}${outcome.stderr}`;
    expect(text).toMatch(says);
    expect(text).toMatch(next);
    expect(outcome.code).toBe(code);
    expectCalm(outcome);
  });

  it.each([
    ['/', /answered HTTP 404/],
    ['/page', /does not speak MCP/],
  ])('a URL that is not MCP: %s', async (path, says) => {
    const name = `site-${path.length}`;
    const outcome = await gateway.cli(['add', name, `${siteUrl}${path}`]);
    expect(outcome.stdout).toMatch(says);
    expect(outcome.stdout).toMatch(/next: check the URL.*\/mcp or \/sse/);
    expect(outcome.code).toBe(6);
    expectCalm(outcome);
    // It stays, to be put right or removed, and it is not tried for ever.
    expect((await gateway.admin.getServer(name)).state.status).toBe('failed');
  });
});

describe('a start that cannot be', () => {
  async function start(
    env: Readonly<Record<string, string>>,
    ...flags: readonly string[]
  ): Promise<CommandOutcome> {
    const outcome = await runChild({
      command: process.execPath,
      args: [program, 'start', ...flags],
      env: {
        MCPMUX_DATA_DIR: join(folder, 'unused'),
        MCPMUX_SOCKET: join(folder, 'admin.sock'),
        MCPMUX_KEY_SOURCE: 'file',
        ...env,
      },
      cwd: folder,
    });
    expectCalm(outcome);
    return outcome;
  }

  it.each(['65536', '-1', '80.5', 'http'])('on port %s', async (port) => {
    const outcome = await start({ MCPMUX_PORT: port });
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(/port .*MCPMUX_PORT.* whole number from 0 to 65535/);
  });

  it('on a port given as a flag', async () => {
    const outcome = await start({}, '--port', '70000');
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(/port is 70000 \(from --port\)/);
  });

  it('in a data folder that cannot be written to', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const outcome = await start({ MCPMUX_DATA_DIR: join(file, 'data') });
    expect(outcome.code).toBe(9);
    expect(outcome.stderr).toContain(`the data folder ${join(file, 'data')} cannot be used`);
    expect(outcome.stderr).toMatch(/next: .*MCPMUX_DATA_DIR/);
  });

  it('beside another daemon in the same data folder', async () => {
    const port = String(await freePort());
    const outcome = await start({ MCPMUX_DATA_DIR: gateway.dataDir, MCPMUX_PORT: port });
    expect(outcome.code).toBe(7);
    expect(outcome.stderr).toContain(`already running with this data folder (${gateway.dataDir})`);
    expect(outcome.stderr).toContain(`pid ${gateway.pid}`);
    expect(outcome.stderr).toMatch(/next: .*mcpmux stop/);
    expect((await gateway.cli(['status'])).code).toBe(0);
  });

  it('on a port that another daemon has, or another program', async () => {
    const taken = await start({ MCPMUX_PORT: String(gateway.port) });
    expect(taken.code).toBe(7);
    expect(taken.stderr).toMatch(new RegExp(`port ${gateway.port} .* in use by another mcpmux`));
    const sitePort = new URL(siteUrl).port;
    const other = await start({ MCPMUX_PORT: sitePort });
    expect(other.code).toBe(7);
    expect(other.stderr).toContain(`port ${sitePort} on 127.0.0.1 is in use by`);
    expect(other.stderr).not.toContain('another mcpmux');
  });

  it('on a database that is damaged, which is kept', async () => {
    const dataDir = join(folder, 'damaged');
    await mkdir(dataDir, { mode: 0o700 });
    const file = join(dataDir, 'mcpmux.db');
    const bytes = Buffer.alloc(8_192, 'not a database ');
    await writeFile(file, bytes, { mode: 0o600 });
    const outcome = await start({ MCPMUX_DATA_DIR: dataDir, MCPMUX_PORT: '0' });
    expect(outcome.code).toBe(9);
    expect(outcome.stderr).toMatch(/the database .*mcpmux\.db is damaged .*left as it is/);
    expect(outcome.stderr).toMatch(/next: restore a backup/);
    expect(await readFile(file)).toEqual(bytes);
  });

  it('on a database of a newer version, which is kept', async () => {
    const dataDir = join(folder, 'newer');
    await mkdir(dataDir, { mode: 0o700 });
    await (await startGateway({ dataDir })).stop();
    const file = join(dataDir, 'mcpmux.db');
    const { DatabaseSync } = await loadSqlite();
    const database = new DatabaseSync(file);
    database.exec(
      `update schema_versions set version = 99 where version = (select max(version) from schema_versions)`,
    );
    database.close();
    const before = await readFile(file);
    const outcome = await start({ MCPMUX_DATA_DIR: dataDir, MCPMUX_PORT: '0' });
    expect(outcome.code).toBe(9);
    expect(outcome.stderr).toMatch(/schema version 99, written by a newer mcpmux/);
    expect(outcome.stderr).toMatch(/next: install the newer mcpmux again/);
    expect(await readFile(file)).toEqual(before);
  });
});

describe('the endpoint', () => {
  let client: RawHttpClient;
  const modern = { 'mcp-protocol-version': MODERN_REVISION };
  beforeAll(() => {
    client = new RawHttpClient({ url: gateway.mcpUrl(), era: 'modern', headers: gateway.headers });
  });
  afterAll(() => client.close());

  it('refuses a body that is too large with 413, before and after it has come', async () => {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'ping',
      params: { x: 'x'.repeat(5_000_000) },
    });
    expect((await client.send(body).answer).status).toBe(413);
  });

  it('refuses other content types with 415', async () => {
    const call = client.send('a=b', { headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    expect((await call.answer).status).toBe(415);
  });

  it('refuses an unknown session with 404, and keeps the id', async () => {
    const call = client.send('{"jsonrpc":"2.0","id":"a","method":"tools/list"}', {
      headers: { 'mcp-session-id': 'nobody' },
    });
    const answer = await call.answer;
    expect([answer.status, answer.message?.id]).toEqual([404, 'a']);
  });

  it.each([
    ['no JSON', '{"jsonrpc":', 400, -32700, null],
    ['no JSON-RPC', '{"id":5,"method":"tools/list"}', 400, -32600, 5],
    ['no method', '{"jsonrpc":"2.0","id":6}', 400, -32600, 6],
    ['an id of the wrong type', '{"jsonrpc":"2.0","id":{},"method":"tools/list"}', 400, -32600, null],
  ])('refuses what is %s', async (_, body, status, code, id) => {
    const answer = await client.send(body, { headers: modern }).answer;
    expect([answer.status, answer.error?.code, answer.message?.id]).toEqual([status, code, id]);
  });

  it('names the nearest tools when there is none of that name', async () => {
    const { error } = await client.callTool('files_ehco');
    expect(error?.code).toBe(-32602);
    expect(error?.message).toContain('files_ehco');
    expect(JSON.stringify(error)).toContain('files_echo');
  });
});

it('no stack trace has reached the log', () => {
  expect(gateway.log()).not.toMatch(/^\s+at .*:\d+/m);
});
