/**
 * cli/clients-here/connect.test — what a person sees of connect and disconnect, with a home of their own.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type CliBench,
  type CliResult,
  openCliBench,
  type RunOptions,
} from '../../../test/support/cli-harness.ts';

let bench: CliBench;
let home: string;

beforeAll(async () => {
  bench = await openCliBench();
  home = join(bench.folder, 'home');
});
afterAll(() => bench.close());
beforeEach(() => {
  bench.reset();
  rmSync(home, { recursive: true, force: true });
  rmSync(join(bench.folder, 'clients'), { recursive: true, force: true });
  write('.cursor/mcp.json', '{\n  "mcpServers": {}\n}\n');
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text);
}

const read = (path: string): string => readFileSync(join(home, path), 'utf8');
const run = (words: readonly string[], options: RunOptions = {}): Promise<CliResult> =>
  bench.run(words, { ...options, env: { HOME: home, PATH: '', ...options.env } });

describe('connect', () => {
  it('alone shows what is found, and how it stands', async () => {
    write('.codex/config.toml', 'a = \n');
    const { code, out } = await run(['connect']);
    expect(code).toBe(0);
    expect(out).toMatch(/^CLIENT +STATE +FILE\nCursor +found, not connected +~\/\.cursor\/mcp\.json\n/);
    expect(out).toMatch(/Codex +file is broken +~\/\.codex\/config\.toml:1/);
    expect(out).toContain('Connect one: mcpmux connect CLIENT · all: mcpmux connect --all');
  });

  it('shows the change, asks, writes with a key of its own, and says how to take it back', async () => {
    const { code, out, err } = await run(['connect', 'cursor'], { isTerminal: true, input: '\n' });
    expect(code).toBe(0);
    expect(out).toContain('Cursor · ~/.cursor/mcp.json\n');
    expect(out).toMatch(/^ {2}\+ +"Authorization": "Bearer mcpk_…"$/m);
    expect(err).toContain('Write? A copy is kept. [Y/n] ');
    expect(err).toContain('Written. Cursor reads it at its next start. Undo: mcpmux disconnect cursor');
    const keys = await bench.fake.parts.apiKeys.list();
    expect(keys.map(({ name }) => name)).toContain('Cursor');
    expect(read('.cursor/mcp.json')).toContain('"Authorization": "Bearer mcpk_');
    expect((await run(['connect', 'cursor', '--yes'])).err).toContain('Cursor is connected already');
  });

  it('writes nothing when the answer is no, or when nobody is there to be asked', async () => {
    expect((await run(['connect', 'cursor'], { isTerminal: true, input: 'n\n' })).err).toContain(
      'Nothing was written.',
    );
    const silent = await run(['connect', 'cursor']);
    expect(silent.code).toBe(2);
    expect(silent.err).toContain('next: mcpmux connect cursor --yes (to look first: --print)');
    expect((await run(['connect', 'cursor', '--print'])).out).toContain('"url"');
    expect(read('.cursor/mcp.json')).toBe('{\n  "mcpServers": {}\n}\n');
  });

  it('puts no key into the file of a project: it names the bridge', async () => {
    const project = join(home, 'acme');
    mkdirSync(project);
    expect((await run(['connect', 'cursor', '--project', project, '--yes'])).code).toBe(0);
    expect(JSON.parse(readFileSync(join(project, '.cursor/mcp.json'), 'utf8'))).toEqual({
      mcpServers: { mcpmux: { command: 'mcpmux', args: ['stdio'] } },
    });
    await run(['disconnect', 'cursor', '--project', project, '--yes']);
    expect(existsSync(join(project, '.cursor/mcp.json'))).toBe(false);
  });

  it('goes on with the others when one file is broken, and says that something needs attention', async () => {
    write('.codex/config.toml', 'a = \n');
    const { code, err } = await run(['connect', '--all', '--yes']);
    expect(code).toBe(6);
    expect(err).toContain('Written. Cursor');
    expect(err).toContain('config.toml:1 is not valid');
  });

  it('knows a client by its nearest name', async () => {
    const { code, err } = await run(['connect', 'curser', '--yes']);
    expect(code).toBe(4);
    expect(err).toContain('there is no client "curser"');
    expect(err).toContain('cursor');
  });

  it('takes the key away when the file cannot be written', async () => {
    rmSync(join(home, '.cursor'), { recursive: true });
    write('.cursor', 'a file in the way');
    const { code, err } = await run(['connect', 'cursor', '--yes']);
    expect(code).toBe(9);
    expect(err).toContain('a file is where a folder should be');
    const keys = await bench.fake.parts.apiKeys.list();
    expect(keys.filter(({ name, revokedAt }) => name === 'Cursor' && revokedAt === undefined)).toEqual([]);
  });
});

describe('the program of a client', () => {
  const answering = (says: string): string => {
    const bin = join(home, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'codex'), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
    return `${bin}:/usr/bin:/bin`;
  };

  it('is asked whether it understands', async () => {
    const { code, err } = await run(['connect', 'codex', '--yes'], {
      env: { PATH: answering('mcpmux  http://127.0.0.1:45818/mcp  enabled') },
    });
    expect(code).toBe(0);
    expect(err).toContain('Read back: "codex mcp list" lists it.');
  });

  it('that does not understand has the entry taken out again, and the key with it', async () => {
    const { code, err } = await run(['connect', 'codex', '--yes'], {
      env: { PATH: answering('No MCP servers configured yet.') },
    });
    expect(code).toBe(1);
    expect(err).toContain('Codex does not understand the entry, so it was taken out again');
    expect(existsSync(join(home, '.codex/config.toml'))).toBe(false);
    const keys = await bench.fake.parts.apiKeys.list();
    expect(keys.filter(({ name, revokedAt }) => name === 'Codex' && revokedAt === undefined)).toEqual([]);
  });
});

describe('disconnect', () => {
  it('gives the file its bytes back and takes the key away', async () => {
    await run(['connect', 'cursor', '--yes']);
    const { code, err } = await run(['disconnect', '--all', '--yes']);
    expect({ code, err }).toEqual({
      code: 0,
      err: 'Cursor: ~/.cursor/mcp.json holds again exactly what it held before.\n',
    });
    expect(read('.cursor/mcp.json')).toBe('{\n  "mcpServers": {}\n}\n');
    const keys = await bench.fake.parts.apiKeys.list();
    expect(keys.find(({ name }) => name === 'Cursor')?.revokedAt).toBeTypeOf('number');
  });

  it('leaves what a person changed, unless that client is named', async () => {
    await run(['connect', 'cursor', '--yes']);
    write('.cursor/mcp.json', read('.cursor/mcp.json').replace('"url"', '"disabled": true, "url"'));
    const all = await run(['disconnect', '--all', '--yes']);
    expect(all.code).toBe(6);
    expect(all.err).toContain('changed by hand and is left as it is\n  next: mcpmux disconnect cursor');
    await run(['disconnect', 'cursor', '--yes']);
    expect(read('.cursor/mcp.json')).toBe('{\n  "mcpServers": {}\n}\n');
  });

  it('works without a daemon, and says that the key is still valid', async () => {
    await run(['connect', 'cursor', '--yes']);
    bench.hideDaemon();
    const { code, err } = await run(['disconnect', 'cursor', '--yes']);
    expect(code).toBe(0);
    expect(err).toContain('The daemon does not run, so the key "Cursor" is still valid.');
    expect(read('.cursor/mcp.json')).toBe('{\n  "mcpServers": {}\n}\n');
  });
});
