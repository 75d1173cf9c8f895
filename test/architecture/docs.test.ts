import { describe, expect, it } from 'vitest';
import {
  checkCommands,
  checkDottedNames,
  checkHints,
  checkLinks,
  checkPaths,
  checkScripts,
  checkVariables,
} from './docs.ts';
import { plant, readRepository, report } from './tree.ts';

const repository = readRepository();

describe('pages', () => {
  it.each([
    ['files', checkPaths],
    ['links', checkLinks],
    ['npm scripts', checkScripts],
    ['commands and flags', checkCommands],
    ['error codes, events and settings', checkDottedNames],
    ['environment variables', checkVariables],
  ])('name only %s that exist in this repository', (_, check) => {
    expect(report(check(repository))).toEqual([]);
  });
});

describe('a page', () => {
  const page = (text: string, more: Record<string, string> = {}) => plant({ 'docs/a.md': text, ...more });
  const cli = { 'src/cli/add.ts': "program.command('add <name>').option('--cwd <dir>');" };
  const source = { 'src/upstream/errors.ts': "timed_out: {}; read('MCPMUX_PORT');" };

  it.each([
    ['a file', checkPaths, page('see `src/base/gone.ts`'), 'names src/base/gone.ts'],
    ['a file, in a command', checkPaths, page('```\nnode scripts/gone.ts\n```'), 'names scripts/gone.ts'],
    ['a folder', checkPaths, page('see `src/gone/`'), 'names src/gone/'],
    [
      'a page, in a comment',
      checkPaths,
      plant({ 'src/base/a.ts': '// see docs/gone.md' }),
      'names docs/gone.md',
    ],
    ['a link', checkLinks, page('[x](gone.md)'), 'links to gone.md'],
    ['a picture', checkLinks, page('<img src="gone.svg">'), 'links to gone.svg'],
    ['a heading', checkLinks, page('# One\n[x](#two)'), 'has no such heading'],
    [
      'a heading elsewhere',
      checkLinks,
      page('[x](b.md#two)', { 'docs/b.md': '# One' }),
      'has no such heading',
    ],
    [
      'an npm script',
      checkScripts,
      page('run `npm run gone`', { 'package.json': '{}' }),
      'the npm script "gone"',
    ],
    [
      'npm test',
      checkScripts,
      page('`npm ci && npm test`', { 'package.json': '{}' }),
      'the npm script "test"',
    ],
    ['a command', checkCommands, page('`mcpmux gone x`', cli), 'the command "mcpmux gone"'],
    [
      'a command in a block',
      checkCommands,
      page('```sh\nnpx mcpmux gone\n```', cli),
      'the command "mcpmux gone"',
    ],
    ['a flag', checkCommands, page('`mcpmux add x --gone`', cli), 'the flag "--gone"'],
    ['an error code', checkDottedNames, page('`upstream.gone`', source), 'names upstream.gone'],
    ['a variable', checkVariables, page('set MCPMUX_GONE', source), 'the variable MCPMUX_GONE'],
  ])('is refused when it names %s that does not exist', (_, check, tree, says) => {
    expect(report(check(tree)).join()).toContain(says);
  });

  it.each([
    [
      'files and folders',
      checkPaths,
      page('`src/base/`, `src/base/a.ts`, `src/<room>/index.ts`', { 'src/base/a.ts': '' }),
    ],
    [
      'links',
      checkLinks,
      page('# Two words\n[x](../README.md) [y](#two-words) [z](https://x.example)', { 'README.md': '' }),
    ],
    [
      'npm scripts',
      checkScripts,
      page('`npm ci && npm run lint`', { 'package.json': '{"scripts":{"lint":""}}' }),
    ],
    ['commands', checkCommands, page('`mcpmux add x --cwd . -- npx --gone`, `mcpmux NAME`', cli)],
    ['error codes', checkDottedNames, page('`upstream.timed_out`, `base.ts`', source)],
    ['variables', checkVariables, page('MCPMUX_PORT', source)],
  ])('may name %s that exist', (_, check, tree) => {
    expect(report(check(tree))).toEqual([]);
  });
});

describe('a message', () => {
  const cli = "program.command('add <name>');";
  const tree = (text: string) => plant({ 'src/cli/program.ts': cli, 'src/upstream/errors.ts': text });

  it('names only commands that exist in this repository', () => {
    expect(report(checkHints(repository))).toEqual([]);
  });

  it.each(['hint: () => `run: mcpmux gone`', "hint = 'mcpmux gone NAME'", "says = 'type `mcpmux gone`'"])(
    'is refused when it names another: %s',
    (text) => {
      expect(report(checkHints(tree(text), {}))).toEqual([
        'src/upstream/errors.ts:1 tells people to run "mcpmux gone", which does not exist',
      ]);
    },
  );

  it('may name a command that is awaited, as long as it is', () => {
    const awaited = { gone: 'comes with the rest' };
    expect(report(checkHints(tree("hint = 'run: mcpmux gone'"), awaited))).toEqual([]);
    expect(report(checkHints(tree("hint = 'run: mcpmux add'"), awaited))).toHaveLength(1);
  });

  it.each(["'mcpmux is running'", "'another mcpmux made it'", "'run: mcpmux add x'"])(
    'may say %s',
    (text) => {
      expect(report(checkHints(tree(`const says = ${text};`), {}))).toEqual([]);
    },
  );
});
