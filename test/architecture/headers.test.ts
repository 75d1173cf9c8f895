import { describe, expect, it } from 'vitest';
import { checkHeaders } from './headers.ts';
import { plant, readRepository, report } from './tree.ts';

const repository = readRepository();

describe('file headers', () => {
  it('open every source file of this repository', () => {
    expect(report(checkHeaders(repository))).toEqual([]);
  });

  it.each([
    ['no header', 'src/base/clock.ts', "import x from './x.ts';\n"],
    ['a line comment', 'src/base/clock.ts', '// base/clock — time.\n'],
    ["another file's name", 'src/base/clock.ts', '/**\n * base/async — small tools.\n */\n'],
    ['a hyphen for the dash', 'src/base/clock.ts', '/**\n * base/clock - time.\n */\n'],
    ['a name and no sentence', 'src/base/clock.ts', '/**\n * base/clock — \n */\n'],
    [
      'the path of a nested file cut short',
      'src/gateway/manage/control.ts',
      '/**\n * gateway/control — x.\n */\n',
    ],
    ["an index by its file's name", 'src/base/index.ts', '/**\n * base/index — x.\n */\n'],
  ])('refuses %s', (_, file, text) => {
    expect(report(checkHeaders(plant({ [file]: text })))).toHaveLength(1);
  });

  it.each([
    ['a file', 'src/base/clock.ts', '/**\n * base/clock — time as a collaborator.\n */\n'],
    ['an index', 'src/base/index.ts', '/**\n * base — what every room may use.\n */\n'],
    ['a test, which needs none', 'src/base/clock.test.ts', ''],
  ])('accepts %s', (_, file, text) => {
    expect(report(checkHeaders(plant({ [file]: text })))).toEqual([]);
  });
});
