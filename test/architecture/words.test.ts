import { describe, expect, it } from 'vitest';
import { plant, readRepository, report } from './tree.ts';
import { checkWords } from './words.ts';

const repository = readRepository();

describe('words', () => {
  it('speak of the project alone in this repository', () => {
    expect(report(checkWords(repository))).toEqual([]);
  });

  it.each([
    ['the host of a package registry', 'docs/a.md', 'see https://registry.npmjs.org/zod'],
    ['an address in the lock file', 'package-lock.json', '"resolved": "https://mirror.example/zod.tgz"'],
    ['a path of one machine', 'src/base/a.ts', "const folder = '/work/main';"],
    ["root's home", 'scripts/a.ts', 'cd /root/x'],
    ['a fixed temporary path', 'src/daemon/a.ts', "const socket = '/tmp/mcpmux.sock';"],
    ['the number of an issue', 'src/base/a.ts', '// as issue 7 asks'],
    ['an issue to come', 'docs/a.md', 'left for the next issue'],
    ['a file outside the repository', 'docs/a.md', 'see ../reference/protocol.md'],
    ['a section number of a plan', 'src/base/a.ts', '// plan §4.8'],
    ['how it was made', 'docs/a.md', 'written by a subagent'],
  ])('refuses %s', (_, file, text) => {
    expect(report(checkWords(plant({ [file]: text })))).toHaveLength(1);
  });

  it.each([
    ['a temporary path in a test', 'test/e2e/a.test.ts', "cwd: '/tmp/x'"],
    ['a path that goes on before it', 'docs/a.md', 'open ~/work/project or src/work/item'],
    ['a section of an RFC', 'src/base/a.ts', '// RFC 9457 §3'],
  ])('allows %s', (_, file, text) => {
    expect(report(checkWords(plant({ [file]: text })))).toEqual([]);
  });
});
