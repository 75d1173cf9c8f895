/**
 * clients/connections.test — connect, look, change, disconnect, with real files in a home of their own.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClientConnections, type ConnectRequest } from './connections.ts';
import type { Endpoint } from './endpoint.ts';
import { findRow } from './find-client.ts';
import type { ClientRow } from './table/index.ts';

let home: string;
let connections: ClientConnections;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mcpmux-clients-'));
  connections = open();
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function open(): ClientConnections {
  return new ClientConnections({
    place: { system: 'linux', home, env: {} },
    ledgerFolder: join(home, 'data', 'clients'),
    now: () => 1_000,
  });
}

const url = 'http://127.0.0.1:45818/mcp';
const http = (key = 'mcpk_first', at = url): Endpoint => ({ kind: 'http', url: at, key });

function row(id: string): ClientRow {
  const found = findRow(id);
  if (found === undefined) throw new Error(`no client ${id}`);
  return found;
}

function request(id: string, more: Partial<ConnectRequest> = {}): ConnectRequest {
  return { row: row(id), project: null, endpoint: http(), replaces: false, ...more };
}

function write(path: string, content: string | Buffer): string {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const stateOf = async (id: string, at = url): Promise<string> =>
  (await connections.stand(row(id), null, at)).state;

describe('connect and disconnect', () => {
  const files: readonly (readonly [string, string, string])[] = [
    [
      'cursor',
      '.cursor/mcp.json',
      '\ufeff{\r\n\t"mcpServers": {\r\n\t\t// a\r\n\t\t"a": {"command":"x"},\r\n\t}\r\n}',
    ],
    ['claude-code', '.claude.json', '{"n":12345678901234567890}'],
    ['codex', '.codex/config.toml', 'model = "é" # x\r\n'],
    ['gemini', '.gemini/settings.json', '{}'],
    ['vscode', '.config/Code/User/mcp.json', ''],
  ];

  it.each(files)('gives %s its very bytes back', async (id, path, text) => {
    const file = write(path, text);
    await connections.connect(request(id));
    expect(readFileSync(file, 'utf8')).toContain(url);
    expect(await stateOf(id)).toBe('connected');
    expect((await connections.disconnect(row(id), null))?.how).toBe('original');
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(await stateOf(id)).toBe('found');
  });

  it('makes a file that only its owner can read, and removes it again', async () => {
    const done = await connections.connect(request('cursor'));
    expect(done.copy).toBeUndefined();
    expect(statSync(done.file).mode & 0o777).toBe(0o600);
    expect((await connections.disconnect(row('cursor'), null))?.how).toBe('file-removed');
    expect(existsSync(done.file)).toBe(false);
  });

  it('takes only its own out when other things were changed since', async () => {
    const file = write('.cursor/mcp.json', '{\n  "mcpServers": {}\n}\n');
    await connections.connect(request('cursor'));
    writeFileSync(file, readFileSync(file, 'utf8').replace('{\n', '{\n  "theme": 1,\n'));
    expect((await connections.disconnect(row('cursor'), null))?.how).toBe('entry-out');
    expect(readFileSync(file, 'utf8')).toBe('{\n  "theme": 1,\n  "mcpServers": {}\n}\n');
  });

  it('moves an entry to another address and still knows the bytes from before', async () => {
    const text = '{ "mcpServers": { "a": { "command": "x" } } }\n';
    const file = write('.cursor/mcp.json', text);
    await connections.connect(request('cursor'));
    const other = 'http://127.0.0.1:5000/mcp';
    expect(await stateOf('cursor', other)).toBe('stale');
    await connections.connect(request('cursor', { endpoint: http('mcpk_second', other) }));
    expect(readFileSync(file, 'utf8')).not.toContain('mcpk_first');
    expect(await stateOf('cursor', other)).toBe('connected');
    await connections.disconnect(row('cursor'), null);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('keeps no key in its own record', async () => {
    write('.codex/config.toml', 'a = 1\n');
    await connections.connect(request('codex'));
    expect(readFileSync(join(home, 'data/clients/ledger.json'), 'utf8')).not.toContain('mcpk_');
  });

  it('shows what would be written and writes nothing', async () => {
    const file = write('.cursor/mcp.json', '{\n  "mcpServers": {}\n}\n');
    const change = await connections.planConnect(request('cursor', { endpoint: http('mcpk_…') }));
    expect(change.lines.filter(({ kind }) => kind === 'new').map(({ text }) => text.trim())).toContain(
      `"url": "${url}",`,
    );
    expect(readFileSync(file, 'utf8')).toBe('{\n  "mcpServers": {}\n}\n');
    expect(existsSync(join(home, 'data'))).toBe(false);
  });

  it('has a record of its own for each project', async () => {
    const project = join(home, 'code', 'acme');
    const endpoint: Endpoint = { kind: 'bridge', command: 'mcpmux', args: ['stdio'] };
    await connections.connect(request('cursor', { project, endpoint }));
    expect(JSON.parse(readFileSync(join(project, '.cursor/mcp.json'), 'utf8'))).toEqual({
      mcpServers: { mcpmux: { command: 'mcpmux', args: ['stdio'] } },
    });
    const standings = await connections.list(url);
    expect(standings.filter((one) => one.project === project).map(({ state }) => state)).toEqual([
      'connected',
    ]);
    await connections.disconnect(row('cursor'), project);
    expect(existsSync(join(project, '.cursor/mcp.json'))).toBe(false);
  });
});

describe("a person's own hand", () => {
  it('is respected: a changed entry is shown, and not written over', async () => {
    const file = write('.cursor/mcp.json', '{}\n');
    await connections.connect(request('cursor'));
    writeFileSync(file, readFileSync(file, 'utf8').replace('"url"', '"disabled": true,\n      "url"'));
    expect(await stateOf('cursor')).toBe('changed-by-hand');
    await expect(connections.connect(request('cursor'))).rejects.toThrow('changed since');
    await connections.connect(request('cursor', { replaces: true, endpoint: http('mcpk_third') }));
    expect(await stateOf('cursor')).toBe('connected');
    expect(readFileSync(file, 'utf8')).not.toContain('disabled');
  });

  it('is seen when the entry was taken out', async () => {
    const file = write('.cursor/mcp.json', '{}\n');
    await connections.connect(request('cursor'));
    writeFileSync(file, '{}\n');
    expect(await stateOf('cursor')).toBe('removed-by-hand');
    expect((await connections.disconnect(row('cursor'), null))?.how).toBe('was-gone');
    expect(readFileSync(file, 'utf8')).toBe('{}\n');
  });

  it('is seen when it wrote the entry, under whatever name', async () => {
    write('.cursor/mcp.json', JSON.stringify({ mcpServers: { mux: { url } } }));
    expect(await stateOf('cursor')).toBe('connected-by-hand');
    write('.gemini/settings.json', JSON.stringify({ mcpServers: { mcpmux: { url } } }));
    await expect(connections.connect(request('gemini'))).rejects.toThrow('that McpMux did not write');
  });
});

describe('files that are not as they should be', () => {
  it('says line and reason of a broken one, and leaves it', async () => {
    const file = write('.cursor/mcp.json', '{\n  "a": 1\n  "b": 2\n}\n');
    await expect(connections.connect(request('cursor'))).rejects.toThrow(
      `${file}:3 is not valid: comma expected`,
    );
    expect(await connections.stand(row('cursor'), null)).toMatchObject({ state: 'broken-file', line: 3 });
  });

  it.each([
    ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), 'UTF-16'],
    ['Latin-1', Buffer.from('{"a":"é"}', 'latin1'), 'not text in UTF-8'],
    ['zero bytes', Buffer.from('{}\0'), 'zero bytes'],
  ])('refuses %s', async (_, bytes, reason) => {
    const file = write('.cursor/mcp.json', bytes);
    await expect(connections.connect(request('cursor'))).rejects.toThrow(reason);
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(await stateOf('cursor')).toBe('unreadable-file');
  });

  it('writes behind a link and keeps the link', async () => {
    const real = write('dotfiles/cursor.json', '{}\n');
    mkdirSync(join(home, '.cursor'));
    symlinkSync(real, join(home, '.cursor/mcp.json'));
    await connections.connect(request('cursor'));
    expect(lstatSync(join(home, '.cursor/mcp.json')).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, 'utf8')).toContain(url);
    await connections.disconnect(row('cursor'), null);
    expect(readFileSync(real, 'utf8')).toBe('{}\n');
  });

  it('refuses a link that leads nowhere', async () => {
    mkdirSync(join(home, '.cursor'));
    symlinkSync(join(home, 'gone.json'), join(home, '.cursor/mcp.json'));
    await expect(connections.connect(request('cursor'))).rejects.toThrow(
      'a link to a file that is not there',
    );
  });

  it('leaves a read-only file alone and says how to open it', async () => {
    const file = write('.cursor/mcp.json', '{}\n');
    chmodSync(file, 0o444);
    await expect(connections.connect(request('cursor'))).rejects.toMatchObject({
      message: `${file} cannot be written: it is read-only; it is as it was`,
      hint: `chmod u+w ${file}, then run the command again`,
    });
    expect(await connections.ledger.list()).toEqual([]);
    expect(readdirSync(dirname(file))).toEqual(['mcp.json']);
  });

  it('keeps the mode', async () => {
    const file = write('.cursor/mcp.json', '{}\n');
    chmodSync(file, 0o640);
    await connections.connect(request('cursor'));
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });
});

describe('a crash', () => {
  it('between the copy and the write loses nothing, and the record settles itself', async () => {
    const file = write('.cursor/mcp.json', '{}\n');
    await connections.connect(request('cursor'));
    const [written] = await connections.ledger.list();
    await connections.disconnect(row('cursor'), null);
    if (written === undefined) throw new Error('nothing was noted');
    // As if the process had ended behind `begin`.
    await connections.ledger.begin(written, (await import('./text-file.ts')).digestOf('{}\n'));
    expect(await open().ledger.list()).toEqual([]);
    expect(readFileSync(file, 'utf8')).toBe('{}\n');
    // As if it had ended behind the write.
    await connections.connect(request('cursor'));
    const [again] = await connections.ledger.list();
    if (again === undefined) throw new Error('nothing was noted');
    await connections.ledger.begin(again, (await import('./text-file.ts')).digestOf('{}\n'));
    expect(await open().ledger.list()).toHaveLength(1);
    expect((await open().disconnect(row('cursor'), null))?.how).toBe('original');
    expect(readFileSync(file, 'utf8')).toBe('{}\n');
  });

  it('of the holder of the lock does not shut out the next', async () => {
    const dead = execFileSync(process.execPath, ['-e', 'console.log(process.pid)']).toString().trim();
    mkdirSync(join(home, 'data/clients'), { recursive: true });
    writeFileSync(join(home, 'data/clients/lock'), `${dead} x`);
    await connections.connect(request('cursor'));
    expect(existsSync(join(home, 'data/clients/lock'))).toBe(false);
  });
});

describe('two at once', () => {
  it('do one after the other, and no file is torn', async () => {
    const text = '{\n  "mcpServers": {}\n}\n';
    const file = write('.cursor/mcp.json', text);
    const keys = Array.from({ length: 6 }, (_, at) => `mcpk_${at}`);
    await Promise.all(
      keys.map((key) => open().connect(request('cursor', { endpoint: http(key), replaces: true }))),
    );
    const { mcpServers } = JSON.parse(readFileSync(file, 'utf8')) as { mcpServers: Record<string, unknown> };
    expect(Object.keys(mcpServers)).toEqual(['mcpmux']);
    expect(await stateOf('cursor')).toBe('connected');
    await connections.disconnect(row('cursor'), null);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});
