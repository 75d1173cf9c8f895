/**
 * cli/messages.test — small words of the command line: hints that fit, units, names, keys, what a terminal may be sent.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CliBench, openCliBench } from '../../test/support/cli-harness.ts';
import { settingNames, settingsTable } from '../config/index.ts';
import { livenessMarker } from '../http/index.ts';
import { quoteShellWord } from './launch-description.ts';
import { limitSentence, limitValue } from './limit-text.ts';
import { exampleOf } from './program/builder.ts';
import { buildProgram } from './program.ts';
import { sanitizeToLine } from './style.ts';

let bench: CliBench;

beforeAll(async () => {
  bench = await openCliBench();
});
afterAll(() => bench.close());
beforeEach(() => bench.reset());

const silent = { env: {}, stdout: { write: () => {} }, stderr: { write: () => {} } } as never;

describe('R60 help', () => {
  const program = buildProgram(silent, () => {});
  const all = program.commands
    .filter((command) => !command.name().startsWith('__'))
    .flatMap((command) => (command.commands.length > 0 ? command.commands : [command]));

  it('R60 groups its commands', async () => {
    const { out } = await bench.run(['help']);
    const headings = [...out.matchAll(/^(\S.*):$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual([
      'Options',
      'Servers',
      'Catalogue',
      'Tools',
      'Who sees what',
      'Clients',
      'What happened',
      'Sign-in',
      'Daemon',
      'Secrets',
      'Other',
    ]);
  });

  it.each(all.map((command) => [command.name(), command] as const))(
    'R60 has a real example of %s',
    (_, command) => {
      const lines = exampleOf(command)?.split('\n') ?? [];
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) {
        expect(line).toContain('mcpmux ');
        // Its words exist: commands, and options of the command.
        const words = line.replace(/^.*?mcpmux /, '').split(' ');
        for (const word of words.filter((one) => /^--[a-z]/.test(one) || /^-[a-zA-Z]$/.test(one)))
          if (words.indexOf(word) < 4 && !/^npx|docker/.test(words[2] ?? ''))
            expect(
              [...command.options, ...program.options].some(
                ({ short, long }) => short === word || long === word,
              ),
              word,
            ).toBe(true);
      }
    },
  );

  it.each([
    [['logs', '-n', '0'], 'mcpmux help logs'],
    [['key', 'create'], 'mcpmux help key create'],
    [['add', '--nope', 'x', 'y'], 'mcpmux help add'],
    [['set', 'x', '--concurrency', 'many'], 'mcpmux help set'],
    [['nope'], 'mcpmux help'],
  ])('R60 of the very command is the next step after a mistake: %j', async (words, next) => {
    const { code, err } = await bench.run(words);
    expect(code).toBe(2);
    expect(err).toContain(`\n  next: ${next}\n`);
  });

  it('R60 names every variable', async () => {
    const { out } = await bench.run(['help', 'environment']);
    for (const name of settingNames) expect(out).toContain(settingsTable[name].env);
    expect(out).toContain('MCPMUX_KEY');
  });
});

describe('R60 keys', () => {
  it.each([[''], ['   '], ['x'.repeat(129)]])('R60 a key named %j is refused in words', async (name) => {
    const { code, err } = await bench.run(['key', 'create', name]);
    expect([code, bench.fake.asked.length]).toEqual([2, 0]);
    expect(err).toMatch(/^mcpmux: (a key needs a name|the name of a key has at most 128 characters)\n/);
  });

  it('R60 a key is whole in the line that is to be copied, and the outside URL is named', async () => {
    const { daemon } = bench.fake.parts;
    const facts = await daemon.describe();
    daemon.describe = () => ({ ...facts, publicUrl: 'https://mux.example/mcp' });
    const seen = await bench.run(['key', 'create', 'cursor'], { columns: 100 });
    expect(seen.err).toContain('  Authorization: Bearer mcpk_wxyz9876-the-whole-text\n');
    expect(seen.err).toContain('From outside the URL is https://mux.example/mcp\n');
    bench.reset();
    const kept = await bench.run(['key', 'create', 'cursor']);
    expect(kept.out).toBe('mcpk_wxyz9876-the-whole-text\n');
    expect(kept.err).not.toContain('mcpk_');
  });
});

describe('R60 units', () => {
  it.each([
    [
      'memoryBudgetBytes must be between 16777216 and 1099511627776, or 0 (no budget of its own), not 1048576',
      '--memory-budget must be between 16 and 1048576 MiB, or 0 (no budget of its own), not 1',
    ],
    [
      'callTimeoutMs must be between 1000 and 3600000, not 500',
      '--call-timeout must be between 1 and 3600 seconds, not 0.5',
    ],
    ['concurrency must be between 1 and 1024, not 0', '--concurrency must be between 1 and 1024, not 0'],
    ['there is no server "x"', 'there is no server "x"'],
  ])('R60 %s', (says, expected) => {
    expect(limitSentence(says)).toBe(expected);
  });

  it.each([
    ['memoryBudgetBytes', 268_435_456, '256 MiB'],
    ['callTimeoutMs', 300_000, '5 min'],
    ['callTimeoutMs', 90_000, '90 s'],
    ['idleStopMs', 0, 'never'],
    ['concurrency', 4, '4'],
  ])('R60 shows %s %d as %s', (name, value, expected) => {
    expect(limitValue(name, value)).toBe(expected);
  });
});

describe('R60 tools', () => {
  it('R60 show their arguments in the list, and in full by name', async () => {
    const tools = await bench.fake.parts.control.findTools(undefined, 10);
    const tool = tools[0];
    if (tool === undefined) throw new Error('the fake gateway has no tool');
    bench.fake.parts.control.findTools = () =>
      Promise.resolve([
        {
          ...tool,
          item: {
            name: 'create_issue',
            inputSchema: {
              type: 'object',
              required: ['title'],
              properties: {
                labels: { type: 'array', items: { type: 'string' } },
                title: { type: 'string', description: 'What it is called' },
                state: { enum: ['open', 'closed'] },
              },
            },
          },
        },
      ]);
    expect((await bench.run(['tools'])).out).toContain(
      'github_create_issue  (title, labels?, state?) Creates an issue.',
    );
    const { out } = await bench.run(['tools', 'github_create_issue']);
    expect(out).toMatch(/^ {2}title +string +required +What it is called$/m);
    expect(out).toMatch(/^ {2}state +"open" \| "closed"$/m);
    expect(out).toContain(`Call it: mcpmux call github_create_issue '{"title":"…"}'`);
  });
});

describe('R60 without a daemon', () => {
  beforeEach(() => bench.hideDaemon());

  it('R60 stop has nothing to stop, and does not advise to start it', async () => {
    expect(await bench.run(['stop'])).toEqual({
      code: 3,
      out: '',
      err: `mcpmux: mcpmux is not running (data folder ${bench.folder})\n`,
    });
  });

  it.each([[[]], [['--daemon']]])("R60 logs %j shows the end of the daemon's own log", async (flags) => {
    mkdirSync(join(bench.folder, 'logs'), { recursive: true });
    const line = (level: string, message: string) =>
      `${JSON.stringify({ level, time: '2026-12-01T12:00:00.000Z', message })}\n`;
    writeFileSync(
      join(bench.folder, 'logs', 'mcpmux.log'),
      line('info', 'first') + line('error', 'it ended badly'),
    );
    const { code, out } = await bench.run(['logs', ...flags, '--level', 'warn']);
    rmSync(join(bench.folder, 'logs'), { recursive: true });
    expect(code).toBe(0);
    expect(out).toContain('it ended badly');
    expect(out).not.toContain('first');
  });

  it('R58 doctor recognises another mcpmux on its port', async () => {
    const other = createServer((_, response) =>
      response.writeHead(200, { [livenessMarker.name]: livenessMarker.value }).end(),
    );
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { out } = await bench.run(['doctor', '--json'], { env: { SHELL: '', MCPMUX_PORT: String(port) } });
    other.close();
    const { findings } = JSON.parse(out) as { findings: { name: string; says: string; next: string }[] };
    const found = findings.find(({ name }) => name === 'port');
    expect(found?.says).toMatch(new RegExp(`^${port} is held by another mcpmux`));
    expect(found?.next).toContain('mcpmux stop --data-dir');
  });
});

describe('R58 doctor beside a daemon', () => {
  it.each([
    ['a program that only the daemon finds', { searchPath: bench_path() }, 'node', 'fine'],
    ['one that it does not find and nobody needs', { searchPath: '/nowhere' }, 'uvx', 'note'],
    ['one that it does not find and a server is run with', { searchPath: '/nowhere' }, 'npx', 'trouble'],
  ])('R58 looks where the daemon looks: %s', async (_, examination, name, verdict) => {
    bench.fake.parts.daemon.examine = () => Promise.resolve({ findings: [], ...examination });
    // This command's own PATH has nothing to say.
    const { out } = await bench.run(['doctor', '--json'], { env: { PATH: '/empty', SHELL: '' } });
    const { findings } = JSON.parse(out) as { findings: { name: string; verdict: string }[] };
    expect(findings.find((finding) => finding.name === name)?.verdict).toBe(verdict);
  });

  it('R58 tells what the daemon cannot use, though this command could', async () => {
    bench.fake.parts.daemon.examine = () =>
      Promise.resolve({
        searchPath: process.env['PATH'] ?? '',
        findings: [
          { name: 'data', verdict: 'trouble', says: '/data/mcpmux.db cannot be used: permission denied' },
        ],
      });
    const { code, out } = await bench.run(['doctor']);
    expect(code).toBe(6);
    expect(out).toContain('/data/mcpmux.db cannot be used: permission denied');
  });
});

function bench_path(): string {
  return join(process.execPath, '..');
}

describe('R62 steps that are told', () => {
  it.each([
    ['mcpmux', {}, 'mcpmux help edit'],
    ['npx mcpmux', { npm_lifecycle_script: 'mcpmux' }, 'npx mcpmux help edit'],
    ['npm start', { npm_lifecycle_script: 'node bin/mcpmux.mjs start' }, 'npx mcpmux help edit'],
    ['a script of somebody else', { npm_lifecycle_script: 'vitest run' }, 'mcpmux help edit'],
  ])('R62 begin as %s was typed', async (_, env, expected) => {
    expect((await bench.run(['edit', 'github'], { env })).err).toContain(`\n  next: ${expected}\n`);
  });
});

describe('R76 what a terminal may be sent', () => {
  it.each([
    ['tag characters', `a${String.fromCodePoint(0xe0041)}b`, 'a\\u{e0041}b'],
    ['a direction mark', 'a\u200fb', 'a\\u200fb'],
    ['a line separator', 'a\u2028b', 'a\\u2028b'],
    ['an escape', 'a\u001b[31mb', 'a\\u001b[31mb'],
  ])('R76 shows %s', (_, text, expected) => {
    expect(sanitizeToLine(text)).toBe(expected);
  });

  it.each([
    ['an unknown command', ['x'.repeat(100_000)]],
    ['an unknown option', ['list', `--${'x'.repeat(100_000)}`]],
    ['a name of a server', ['show', 'x'.repeat(100_000)]],
    ['a topic', ['help', 'x'.repeat(100_000)]],
  ])('R76 cuts %s', async (_, words) => {
    const { code, err } = await bench.run(words);
    expect(code).not.toBe(0);
    expect(err.length).toBeLessThan(700);
  });
});

describe('R107 a key that no client could send', () => {
  it.each(['mcpk_“quoted”', 'mcpk_ü', 'two words'])('R107 MCPMUX_KEY %j is told', async (key) => {
    const { code, err } = await bench.run(['stdio'], { env: { MCPMUX_KEY: key }, input: '' });
    expect(code).toBe(2);
    expect(err).toContain('mcpmux: MCPMUX_KEY has characters that are in no key');
    expect(err).not.toContain('report it');
  });
});

describe('R116 words for the shell of Windows', () => {
  it.each([
    ['a b', '"a b"', "'a b'"],
    ['say "x"', '"say \\"x\\""', `'say "x"'`],
    ["it's", `"it's"`, `'it'\\''s'`],
    ['plain', 'plain', 'plain'],
  ])('R116 quotes %s', (word, windows, posix) => {
    expect([quoteShellWord(word, true), quoteShellWord(word, false)]).toEqual([windows, posix]);
  });
});
