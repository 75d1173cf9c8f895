/**
 * clients/golden.test — a real file of each client: read into servers, connected, and given back.
 *
 * `test/fixtures/clients/<client>/` holds the file (`before.*`), what is read from it (`read.json`) and the file as it is
 * connected (`connected.*`). `UPDATE_GOLDEN=1` writes the last two anew; look at them then.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { repositoryPath } from '../../test/support/paths.ts';
import { ClientConnections } from './connections.ts';
import type { Endpoint } from './endpoint.ts';
import { findRow } from './find-client.ts';
import { loadFormat } from './formats/load-format.ts';
import type { Place } from './place.ts';
import { readServers } from './read-servers.ts';
import { clientTable } from './table/index.ts';

const folder = repositoryPath('test/fixtures/clients');
const home = mkdtempSync(join(tmpdir(), 'mcpmux-golden-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const goldens = readdirSync(folder).filter((name) => findRow(name) !== undefined);

/** Holds `text` against a file, or writes it anew when that is asked for. */
function holdGolden(file: string, text: string): void {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

describe.each(goldens)('%s', (id) => {
  const row = findRow(id);
  const before = readdirSync(join(folder, id)).find((name) => name.startsWith('before.')) ?? '';
  const text = readFileSync(join(folder, id, before), 'utf8');
  if (row === undefined) throw new Error(`no client ${id}`);

  it('is read', async () => {
    const parsed = (await loadFormat(row.dialect.format)).parse(text);
    if (!parsed.ok) throw new Error(parsed.reason);
    const read = readServers(parsed.value, { home: '/home/ada', urlIsSse: row.id === 'qwen' });
    holdGolden(join(folder, id, 'read.json'), `${JSON.stringify(read, null, 2)}\n`);
  });

  it('is connected and given its bytes back', async () => {
    const place: Place = { system: 'linux', home: join(home, id), env: {} };
    const [file = ''] = row.userFiles(place);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    const connections = new ClientConnections({ place, ledgerFolder: join(home, 'data'), now: () => 0 });
    const endpoint: Endpoint =
      row.dialect.http === undefined
        ? { kind: 'bridge', command: '/usr/bin/node', args: ['/opt/mcpmux/bin/mcpmux.mjs', 'stdio'] }
        : { kind: 'http', url: 'http://127.0.0.1:45818/mcp', key: 'mcpk_example' };
    await connections.connect({ row, project: null, endpoint, replaces: false });
    holdGolden(join(folder, id, before.replace('before', 'connected')), readFileSync(file, 'utf8'));
    // What we write, we also read, and know as our own.
    const parsed = (await loadFormat(row.dialect.format)).parse(readFileSync(file, 'utf8'));
    if (!parsed.ok) throw new Error(parsed.reason);
    const { servers } = readServers(parsed.value, { home: '/home/ada' });
    expect(servers.find(({ name }) => name === 'mcpmux')?.isOurs).toBe(true);
    await connections.disconnect(row, null);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

describe('the table', () => {
  it('has a golden file for each way of writing that it knows', () => {
    const held = new Set(goldens.map((id) => findRow(id)?.dialect));
    const without = clientTable.filter(({ dialect, id }) => !held.has(dialect) && id !== 'roo');
    expect(without.map(({ id }) => id)).toEqual([]);
  });

  it('gives no two words to different clients', () => {
    const words = clientTable.flatMap(({ id, name, aliases = [] }) => [
      ...new Set([id, name, ...aliases].map((word) => word.toLowerCase().replaceAll(/[\s_-]+/g, ''))),
    ]);
    expect(words.filter((word, at) => words.indexOf(word) !== at)).toEqual([]);
  });

  const systems: readonly (readonly [string, Place, RegExp])[] = [
    ['Linux', { system: 'linux', home: '/home/ada', env: {} }, /^\/home\/ada\/\./],
    [
      'macOS',
      { system: 'darwin', home: '/Users/ada', env: {} },
      /^\/Users\/ada\/(?:\.|Library\/Application Support\/)/,
    ],
    [
      'Windows',
      { system: 'win32', home: 'C:\\Users\\ada', env: {} },
      /^C:\\Users\\ada\\(?:\.|AppData\\(?:Roaming|Local)\\)/,
    ],
  ];
  it.each(systems)('has places in the home folder on %s', (_, place, pattern) => {
    for (const row of clientTable) {
      for (const file of [...row.userFiles(place), ...row.traces(place)])
        expect(file, row.id).toMatch(pattern);
    }
  });

  it.each([
    ['vscode', 'linux', '/home/ada/.config/Code/User/mcp.json'],
    ['vscode', 'darwin', '/home/ada/Library/Application Support/Code/User/mcp.json'],
    ['vscode', 'win32', '/home/ada\\AppData\\Roaming\\Code\\User\\mcp.json'],
    ['claude-desktop', 'darwin', '/home/ada/Library/Application Support/Claude/claude_desktop_config.json'],
    ['goose', 'win32', '/home/ada\\AppData\\Roaming\\Block\\goose\\config\\config.yaml'],
    ['zed', 'darwin', '/home/ada/.config/zed/settings.json'],
  ] as const)('keeps the file of %s on %s at %s', (id, system, wanted) => {
    const [file] = findRow(id)?.userFiles({ system, home: '/home/ada', env: {} }) ?? [];
    expect(file?.replaceAll('\\home\\ada', '/home/ada')).toBe(wanted);
  });

  it('follows the variables that the programs follow', () => {
    const env = { CODEX_HOME: '/x/codex', CLAUDE_CONFIG_DIR: '/x/claude', XDG_CONFIG_HOME: '/x/config' };
    const place: Place = { system: 'linux', home: '/home/ada', env };
    const fileOf = (id: string): string | undefined => findRow(id)?.userFiles(place)[0];
    expect(fileOf('codex')).toBe('/x/codex/config.toml');
    expect(fileOf('claude-code')).toBe('/x/claude/.claude.json');
    expect(fileOf('zed')).toBe('/x/config/zed/settings.json');
  });
});
