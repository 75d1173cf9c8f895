import { describe, expect, it } from 'vitest';
import { generatedPages } from '../../scripts/docs/pages.ts';
import { checkGenerated } from './generated.ts';
import { plant, readRepository, report } from './tree.ts';

const repository = readRepository();

describe('generated pages', () => {
  it('are what their tables say in this repository', () => {
    expect(report(checkGenerated(repository, generatedPages()))).toEqual([]);
  });

  it.each([
    ['changed by hand', { 'docs/a.md': 'one and a word' }],
    ['missing', {}],
  ])('are refused when %s', (_, files) => {
    expect(report(checkGenerated(plant(files), new Map([['docs/a.md', 'one']])))).toEqual([
      'docs/a.md is not what its table says; run: npm run docs',
    ]);
  });
});
