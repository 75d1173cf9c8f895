/**
 * e2e/edit — an installed server is changed while the daemon runs: what is told to it, what stays, what lies in the database.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/deadline.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repositoryPath } from '../support/paths.ts';

const fixture = repositoryPath('test/fixtures/servers/stdio-server.mjs');
const key = 'Zk3v9QpL0xTw7RmB2sYd8HcN';
const other = 'Qb7Wn2Lk5Xc9Vt4Mz1Rs8Pj3';

/** Notes what it is asked, and speaks no MCP. */
interface Listener {
  readonly origin: string;
  readonly asked: { readonly url: string; readonly authorization: string | undefined }[];
  readonly server: Server;
}

async function listen(): Promise<Listener> {
  const asked: Listener['asked'] = [];
  const server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', authorization: request.headers.authorization });
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, server };
}

let gateway: Gateway;
let first: Listener;
let second: Listener;

beforeAll(async () => {
  [first, second] = await Promise.all([listen(), listen()]);
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway?.stop();
  first?.server.close();
  second?.server.close();
});

/** Every byte of the data folder, logs included. */
function everythingStored(folder = gateway.dataDir): string {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? everythingStored(path) : readFileSync(path, 'latin1');
    })
    .join('\n');
}

async function tools(): Promise<string[]> {
  return (await gateway.admin.listTools()).tools.map(({ name }) => name);
}

describe('R13 an installed server', () => {
  it('R13 keeps id, process, log and features when its name changes', async () => {
    await gateway.cli(['add', 'good', '-e', 'TOKEN=one', '--', process.execPath, fixture]);
    const before = await gateway.admin.getServer('good');
    const features = await gateway.admin.listFeatures('good');
    const { code, stderr } = await gateway.cli(['edit', 'good', '--name', 'Better one', '--alias', 'better']);
    expect([code, stderr]).toEqual([
      0,
      "Changed Better one\n  name   good → Better one\n  alias  good → better\nUndo: mcpmux edit 'Better one' --name good --alias good\n",
    ]);
    const after = await gateway.admin.getServer('better');
    expect([after.id, after.state.pid, after.createdAt]).toEqual([
      before.id,
      before.state.pid,
      before.createdAt,
    ]);
    expect((await gateway.admin.listFeatures('better')).features.map(({ id }) => id)).toEqual(
      features.features.map(({ id }) => id),
    );
    expect((await tools()).every((name) => name.startsWith('better_'))).toBe(true);
    expect((await gateway.cli(['logs', 'better'])).stdout).toContain('starting');
    await expect(gateway.admin.getServer('good')).rejects.toThrow('no server');
  });

  it('R13 gets a new value, and is started again for it', async () => {
    const before = await gateway.admin.getServer('better');
    expect((await gateway.cli(['edit', 'better', '-e', 'TOKEN=two'])).code).toBe(0);
    const after = await gateway.admin.getServer('better');
    expect([after.id, after.state.status]).toEqual([before.id, 'connected']);
    expect(after.state.pid).not.toBe(before.state.pid);
  });

  it('R13 sends its headers to another origin only when told so', async () => {
    await gateway.cli(['add', 'web', `${first.origin}/mcp`, '-H', 'Authorization: Bearer one', '--no-wait']);
    const refused = await gateway.cli(['edit', 'web', `${second.origin}/mcp`]);
    expect([refused.code, refused.stderr]).toEqual([
      8,
      expect.stringContaining('next: give the values again'),
    ]);
    expect(second.asked).toEqual([]);
    await gateway.cli(['edit', 'web', `${second.origin}/mcp`, '--keep-secrets', '--no-wait']);
    const asked = await eventually('a request at the new address', () => second.asked[0]);
    expect(asked.authorization).toBe('Bearer one');
  });
});

describe('R42 a key in a URL', () => {
  it('R42 reaches the server and nobody else', async () => {
    const { stderr, stdout } = await gateway.cli(['add', 'keyed', `${first.origin}/mcp?api_key=${key}&v=2`]);
    const asked = await eventually('a request with the key', () =>
      first.asked.find(({ url }) => url.includes('api_key')),
    );
    expect(asked.url).toBe(`/mcp?api_key=${key}&v=2`);
    const shown = (await gateway.cli(['show', 'keyed', '--json'])).stdout;
    expect(JSON.parse(shown)).toMatchObject({
      launch: { url: `${first.origin}/mcp?api_key=\${input:API_KEY}&v=2` },
    });
    for (const text of [stderr, stdout, shown, everythingStored()]) expect(text).not.toContain(key);
  });
});

describe('R53 a secret in an argument', () => {
  it('R53 reaches the server, and lies nowhere in plain', async () => {
    const script = `process.stderr.write('argv ' + process.argv.at(-1) + '\\n'); process.exit(3)`;
    const { stderr, stdout } = await gateway.cli([
      'add',
      'args',
      process.execPath,
      '-e',
      script,
      '--',
      '--token',
      other,
    ]);
    const { state } = await gateway.admin.getServer('args');
    expect(JSON.stringify(state)).toContain('argv [secret]');
    const shown = (await gateway.cli(['show', 'args'])).stdout;
    expect(shown).toContain(`--token '\${input:TOKEN}'`);
    for (const text of [stderr, stdout, shown, everythingStored()]) expect(text).not.toContain(other);
  });
});

describe('R54 a secret that a server quotes', () => {
  it.each([
    ['by name, an ordinary word', 'DB_PASSWORD', 'production'],
    ['by its looks', 'CONFIG', 'Hd5Wq8Zx1Nc6Vb3Ml9Ty2Rk7'],
    ['in base64', 'API_KEY', 'p@ssw0rd-of-mine'],
  ])('R54 is in no state: %s', async (how, name, value) => {
    const said =
      how === 'in base64' ? `Buffer.from(process.env.${name}).toString('base64')` : `process.env.${name}`;
    const script = `console.error('error: refused ' + ${said}); process.exit(1)`;
    const server = `quotes-${name.toLowerCase().replaceAll('_', '-')}`;
    const added = await gateway.cli([
      'add',
      server,
      '-e',
      `${name}=${value}`,
      process.execPath,
      '-e',
      script,
    ]);
    const texts = [
      added.stdout,
      (await gateway.cli(['status'])).stdout,
      (await gateway.cli(['show', server])).stdout,
      JSON.stringify(await gateway.admin.getServer(server)),
    ];
    expect(texts[0]).toContain('refused [secret]');
    for (const text of texts) {
      expect(text).not.toContain(value);
      expect(text).not.toContain(Buffer.from(value).toString('base64').slice(0, -4));
    }
  });
});
