/**
 * cli/edit.test — what `mcpmux edit` sends, shows and refuses, by options and in an editor.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CliBench, openCliBench } from '../../test/support/cli-harness.ts';
import { plantedSecrets } from '../../test/support/fake-admin.ts';
import { Secret } from '../base/index.ts';

let bench: CliBench;

beforeAll(async () => {
  bench = await openCliBench();
});
afterAll(() => bench.close());
beforeEach(() => bench.reset());

/** With every secret opened. */
function open(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(open);
  if (typeof value !== 'object' || value === null) return value;
  const known = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(known.map(([name, one]) => [name, open(one)]));
}

/** The change that reached the gateway last. */
function sent(): unknown {
  const given = bench.fake.asked.filter(({ what }) => what === 'changeServer').at(-1)?.with;
  return open((given as { change: object } | undefined)?.change);
}

describe('R13 mcpmux edit with options', () => {
  const cases: readonly (readonly [string, readonly string[], object])[] = [
    ['a name', ['github', '--name', 'hub'], { name: 'hub' }],
    ['an alias', ['github', '--alias', 'gh'], { alias: 'gh' }],
    [
      'a variable, and one less',
      ['github', '-e', 'A=b', '--unset-env', 'GITHUB_TOKEN'],
      { launch: { env: { A: 'b', GITHUB_TOKEN: null } } },
    ],
    ['a header', ['files', '-H', 'X-Team: a'], { launch: { headers: { 'X-Team': 'a' } } }],
    [
      'a header less',
      ['files', '--unset-header', 'Authorization'],
      { launch: { headers: { Authorization: null } } },
    ],
    ['a transport', ['files', '--transport', 'sse'], { launch: { flavour: 'sse' } }],
    ['a URL', ['files', 'https://files.example/v2'], { launch: { url: 'https://files.example/v2' } }],
    ['a command', ['github', 'npx', '-y', 'x', '--json'], { launch: { command: 'npx' } }],
    ['a folder of its own', ['github', '--own-folder'], { launch: { cwd: null } }],
    ['secrets that lie in plain', ['github', '--seal'], { sealsSecrets: true }],
    ['what may be run for secrets', ['github', '--allow-exec'], { launch: { allowsExec: true } }],
  ];
  it.each(cases)('R13 changes %s', async (_, words, expected) => {
    const { code, err } = await bench.run(['edit', ...words]);
    expect([code, err.includes('mcpmux:')]).toEqual([0, false]);
    expect(sent()).toMatchObject(expected);
  });

  it('R13 says what has changed, and how to take it back', async () => {
    const { out, err } = await bench.run(['edit', 'github', '--name', 'my hub', '--alias', 'gh']);
    expect(err).toBe(
      `Changed my hub\n  name   github → my hub\n  alias  github → gh\nUndo: mcpmux edit 'my hub' --name github --alias github\n`,
    );
    expect(out).toBe('my hub: connected, 3 tools\n');
  });

  const refused: readonly (readonly [string, readonly string[], number, string])[] = [
    ['nothing to change', ['github'], 2, 'you did not say what to change\n  next: mcpmux help edit'],
    [
      'a header for a command',
      ['github', '-H', 'A: b'],
      2,
      '"github" is run by a command; it takes -e, not -H',
    ],
    ['a variable for a URL', ['files', '-e', 'A=b'], 2, '"files" is reached by a URL; it takes -H, not -e'],
    ['a folder that is not there', ['github', '--cwd', 'nowhere'], 2, 'there is no folder '],
    ['a server that is not there', ['nobody', '--name', 'x'], 4, 'there is no server "nobody"'],
    [
      'secrets at another host',
      ['files', 'https://other.example/mcp'],
      8,
      'the server "files" would send what was given for https://files.example to https://other.example: Authorization',
    ],
  ];
  it.each(refused)('R13 refuses %s', async (_, words, code, says) => {
    const result = await bench.run(['edit', ...words]);
    expect(result.code).toBe(code);
    expect(result.err).toContain(`mcpmux: ${says.split('\n')[0]}`);
    expect(result.err).toContain(says.split('\n')[1] ?? '');
  });

  it.each([
    ['with --keep-secrets', ['--keep-secrets'], {}],
    ['when a person says yes', [], { isTerminal: true, input: 'y\n' }],
  ])('R13 sends secrets to another host %s', async (_, flags, how) => {
    const { code } = await bench.run(['edit', 'files', 'https://other.example/mcp', ...flags], how);
    expect(code).toBe(0);
    expect(sent()).toMatchObject({ keepsSecrets: true });
  });

  it('R13 asks for a new secret without showing it', async () => {
    const { out, err } = await bench.run(['edit', 'github', '-e', 'GITHUB_TOKEN=-'], {
      input: 'new-planted\n',
    });
    expect(sent()).toMatchObject({
      launch: { env: { GITHUB_TOKEN: 'new-planted' }, secretNames: ['GITHUB_TOKEN'] },
    });
    expect(out + err).not.toContain('new-planted');
  });
});

describe('R13 mcpmux edit in an editor', () => {
  it('R13 shows the definition without a secret', async () => {
    let shown = '';
    const { code, err } = await bench.run(['edit', 'github'], {
      edits: (text) => {
        shown = text;
        return text;
      },
    });
    expect([code, err]).toEqual([0, 'github is as it was.\n']);
    expect(JSON.parse(shown.replace(/^#.*$/gm, ''))).toEqual({
      name: 'github',
      alias: 'github',
      command: 'npx',
      args: ['-y', '@modelcontextprotocol/server-github', '--token', '…'],
      cwd: null,
      env: { GITHUB_TOKEN: '(sealed)' },
    });
    for (const secret of plantedSecrets) expect(shown).not.toContain(secret);
  });

  it.each([
    ['a name', '"name": "github"', '"name": "hub"', { name: 'hub' }],
    ['a secret', '"(sealed)"', '"ghp_new"', { launch: { env: { GITHUB_TOKEN: 'ghp_new' } } }],
    ['a secret less', /"GITHUB_TOKEN": "\(sealed\)"/, '', { launch: { env: { GITHUB_TOKEN: null } } }],
    ['a variable more', '"env": {', '"env": { "A": "b",', { launch: { env: { A: 'b' } } }],
    [
      'arguments',
      '"…"',
      '"written-out"',
      { launch: { args: ['-y', '@modelcontextprotocol/server-github', '--token', 'written-out'] } },
    ],
  ])('R13 changes %s', async (_, from, to, expected) => {
    const { code } = await bench.run(['edit', 'github'], { edits: (text) => text.replace(from, to) });
    expect([code, sent()]).toEqual([0, expected]);
  });

  it('R13 comes back with the reason until the text can be taken', async () => {
    const texts: string[] = [];
    const answers = [
      (text: string) => text.replace('"github"', 'github'),
      (text: string) => text.replaceAll('"name": github', '"name": "files"'),
      (text: string) => text.replaceAll('"name": "files"', '"name": "hub"'),
    ];
    await bench.run(['edit', 'github'], {
      edits: (text) => {
        texts.push(text);
        return answers[texts.length - 1]?.(text) ?? text;
      },
    });
    expect(texts[1]).toMatch(/^# NOT CHANGED: it is no JSON/);
    expect(texts[2]).toMatch(/^# NOT CHANGED: there is a server named "files" already/);
    expect(sent()).toEqual({ name: 'hub' });
  });
});
