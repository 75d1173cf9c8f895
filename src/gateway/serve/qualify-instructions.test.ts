/** gateway/serve/qualify-instructions — tests. */
import { expect, it } from 'vitest';
import type { Target } from '../../catalogue/index.ts';
import { qualifyInstructions } from './qualify-instructions.ts';

const tools = ['list_files', 'search', 'read-note', 'getUser', 'v2.move'].map(
  (originalName) => ({ originalName, shownName: `my_${originalName.replace('.', '_')}` }) as Target,
);
const line = '\n(Here the names of these tools begin with `my_`.)';

it.each([
  ['Call `search` first.', 'Call `my_search` first.'],
  ['Call `search("x")`, then `list_files`.', 'Call `my_search("x")`, then `my_list_files`.'],
  ['Use list_files, read-note and getUser.', 'Use my_list_files, my_read-note and my_getUser.'],
  ['First list_files.', 'First my_list_files.'],
  ['v2.move moves. See v2.move.', 'my_v2_move moves. See my_v2_move.'],
  ['`use list_files now`', '`use my_list_files now`'],
  ['You can search with it.', `You can search with it.${line}`],
  ['relist_files, list_files2, `searching`', 'relist_files, list_files2, `searching`'],
  ['Nothing of ours: `grep`, find_all.', 'Nothing of ours: `grep`, find_all.'],
])('R30 names the tools in %j as clients see them', (text, expected) => {
  expect(qualifyInstructions(text, 'my', tools)).toBe(expected);
});

it('R30 leaves the text alone where names are the own', () => {
  const own = [{ originalName: 'list_files', shownName: 'list_files' } as Target];
  expect(qualifyInstructions('Use list_files.', 'my', own)).toBe('Use list_files.');
});

it.each([['`'.repeat(100_000)], ['a-'.repeat(50_000)], ['`search('.repeat(20_000)]])(
  'R30 takes no long time over odd text',
  (text) => {
    const startedAt = performance.now();
    qualifyInstructions(text, 'my', tools);
    expect(performance.now() - startedAt).toBeLessThan(500);
  },
);
