/**
 * cli/clients-here/import.test — servers of clients come here: preview, duplicates, refusals, taken out and put back.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  bench.fake.servers.length = 0;
  rmSync(home, { recursive: true, force: true });
  rmSync(join(bench.folder, 'clients'), { recursive: true, force: true });
  mkdirSync(home);
});

function write(path: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text);
  return text;
}

const read = (path: string): string => readFileSync(join(home, path), 'utf8');
const run = (words: readonly string[], options: RunOptions = {}): Promise<CliResult> =>
  bench.run(['import', ...words], { ...options, env: { HOME: home, PATH: '', ...options.env } });
const names = (): string[] => bench.fake.servers.map(({ server }) => server.name);

const notes = { command: 'npx', args: ['-y', 'notes-server'] };
const docs = {
  url: 'https://docs.example.com/mcp',
  headers: { Authorization: 'Bearer abcdef0123456789abcdef' },
};

describe('import', () => {
  it('shows what would run, hides secrets, and adds nothing with --print', async () => {
    write('.cursor/mcp.json', { mcpServers: { notes, docs } });
    write(
      '.codex/config.toml',
      '[mcp_servers.tickets]\ncommand = "uvx"\nargs = ["tickets", "--token", "ghp_0123456789abcdef0123456789abcdef0123"]\n',
    );
    const { code, out } = await run(['--print']);
    expect(code).toBe(0);
    expect(out).toContain('Found 3 servers in 2 files; 3 are different.');
    expect(out).toMatch(/notes +Cursor +- +npx -y notes-server/);
    expect(out).toMatch(/docs +Cursor +Authorization +https:\/\/docs\.example\.com\/mcp/);
    expect(out).toMatch(/tickets +Codex +in arguments +uvx tickets --token …/);
    expect(out).not.toContain('ghp_0123');
    expect(out).not.toContain('abcdef0123456789');
    expect(names()).toEqual([]);
  });

  it('knows one server in two files by what it runs, and keeps two of one name apart', async () => {
    write('.cursor/mcp.json', { mcpServers: { notes, db: { command: 'db-one' } } });
    write('.gemini/settings.json', {
      mcpServers: { memo: { command: 'npx', args: ['notes-server@1.2.3'] }, db: { command: 'db-two' } },
    });
    const { out } = await run(['--yes', '--no-wait']);
    expect(out).toContain('Found 4 servers in 2 files; 3 are different.');
    expect(out).toMatch(/notes +Cursor, Gemini CLI/);
    expect(names().toSorted()).toEqual(['db', 'db-2', 'notes']);
  });

  it('leaves out what is here already, McpMux itself, and what cannot be read, with the reason', async () => {
    write('.cursor/mcp.json', {
      mcpServers: {
        notes,
        mcpmux: { url: 'http://127.0.0.1:45818/mcp', headers: { Authorization: 'Bearer mcpk_a' } },
        old: {},
      },
    });
    await run(['cursor', '--yes', '--no-wait']);
    expect(names()).toEqual(['notes']);
    const again = await run(['cursor', '--yes', '--no-wait']);
    expect(again.out).toContain('Here already: notes');
    expect(again.out).toContain(
      'Not imported: "old" in Cursor: it has neither a command nor a URL (~/.cursor/mcp.json)',
    );
    expect(names()).toEqual(['notes']);
  });

  it('says what took the place of an archived package', async () => {
    write('.cursor/mcp.json', {
      mcpServers: { pg: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-postgres'] } },
    });
    expect((await run(['--print'])).out).toContain('archived package; replace it with @bytebase/dbhub');
  });

  it('R32 refuses variables that change what is executed, unless they are allowed', async () => {
    write('.cursor/mcp.json', {
      mcpServers: { evil: { command: 'node', args: ['a.js'], env: { NODE_OPTIONS: '--require=/a' } } },
    });
    const refused = await run(['--yes', '--no-wait']);
    expect(refused.out).toContain('not imported: its variable NODE_OPTIONS loads other code into Node');
    expect(names()).toEqual([]);
    await run(['--yes', '--no-wait', '--allow-env']);
    expect(names()).toEqual(['evil']);
  });

  it('asks, and needs --yes where nobody is there', async () => {
    write('.cursor/mcp.json', { mcpServers: { notes } });
    const silent = await run(['cursor']);
    expect(silent.code).toBe(2);
    expect(silent.err).toContain('next: mcpmux import cursor --yes (to look first: --print)');
    const no = await run([], { isTerminal: true, input: 'n\n' });
    expect(no.err).toContain('Import 1 server? [Y/n] Nothing was imported.');
    expect(names()).toEqual([]);
  });

  it('reads files of any dialect, and what is piped in', async () => {
    write('pasted.json', '"notes": { "command": "npx", "args": ["-y", "notes-server"] },');
    await run([join(home, 'pasted.json'), '--yes', '--no-wait']);
    await run(['-', '--yes', '--no-wait'], {
      input: '[mcp_servers.docs]\nurl = "https://docs.example.com/mcp"\n',
    });
    expect(names()).toEqual(['notes', 'docs']);
  });

  it('says the line of a broken file', async () => {
    write('a.json', '{\n  "mcpServers": {\n    "a": \n  }\n}');
    const { code, err } = await run([join(home, 'a.json'), '--yes']);
    expect(code).toBe(2);
    expect(err).toMatch(/a\.json:4 is not valid: value expected/);
  });

  it('takes servers out of the file on request, and puts back every byte with --undo', async () => {
    const text = `// mine\n${JSON.stringify({ mcpServers: { notes, keep: {}, docs } }, null, 4)}`;
    write('.cursor/mcp.json', text);
    await run(['--yes', '--no-wait', '--remove']);
    expect(read('.cursor/mcp.json')).toBe(
      `// mine\n${JSON.stringify({ mcpServers: { keep: {} } }, null, 4)}`,
    );
    const { err } = await run(['--undo', '--yes']);
    expect(err).toContain('Removed 2 servers.');
    expect(read('.cursor/mcp.json')).toBe(text);
    expect(names()).toEqual([]);
    expect((await run(['--undo', '--yes'])).err).toContain('There is no import to take back.');
  });

  it('shows what a client holds twice, and takes it out on request', async () => {
    write('.cursor/mcp.json', { mcpServers: { notes, keep: {} } });
    await run(['--yes', '--no-wait']);
    const list = await bench.run(['connect'], { env: { HOME: home, PATH: '' } });
    expect(list.out).toContain('also holds what is here: notes; out with: mcpmux import cursor --remove');
    await run(['cursor', '--remove', '--yes']);
    expect(JSON.parse(read('.cursor/mcp.json'))).toEqual({ mcpServers: { keep: {} } });
    expect(names()).toEqual(['notes']);
    await run(['--undo', '--yes']);
    expect(JSON.parse(read('.cursor/mcp.json'))).toEqual({ mcpServers: { notes, keep: {} } });
    expect(names()).toEqual(['notes']);
  });

  it('puts entries back beside what a person wrote since', async () => {
    write('.cursor/mcp.json', { mcpServers: { notes } });
    await run(['--yes', '--no-wait', '--remove']);
    write('.cursor/mcp.json', '{ "mcpServers": { "mine": { "command": "x" } } }');
    await run(['--undo', '--yes']);
    expect(JSON.parse(read('.cursor/mcp.json'))).toEqual({ mcpServers: { notes, mine: { command: 'x' } } });
  });
});
